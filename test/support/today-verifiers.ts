/** What hosts of today say of a message: mailauth and, where it is installed, opendkim. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DNSResolver } from 'mailauth'
import { arc } from 'mailauth/lib/arc/index.js'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { type Zone, zoneResolver } from '../../src/dns/zone-resolver.ts'

export interface TodaysVerdict {
  /** One for each DKIM-Signature: its domain, selector and result. */
  readonly dkim: readonly string[]
  /** `none`, `pass` or `fail`. */
  readonly arc: string
  readonly arcComment: string | undefined
  /** The highest instance of a chain that passes. */
  readonly instance: number | false
}

/** By mailauth; strict, as the RFCs have it. */
export async function mailauthVerdict(octets: Buffer, zone: Zone): Promise<TodaysVerdict> {
  const resolver = txtResolver(zone)
  const result = await dkimVerify(octets, { resolver, strict: true })
  const chain = await arc(chainOf(result), { resolver, strict: true })
  return {
    dkim: result.results
      .filter(({ status }) => status.result !== 'none')
      .map(({ signingDomain, selector, status }) => `${signingDomain} ${selector} ${status.result}`),
    arc: chain.status.result,
    arcComment: chain.status.comment,
    instance: chain.i,
  }
}

/** It is no enumerable property. */
function chainOf(result: Awaited<ReturnType<typeof dkimVerify>>) {
  if (result.arc === undefined) throw new Error('mailauth has not looked for an ARC chain')
  const { chain, ...rest } = result.arc
  return { ...rest, chain: chain === undefined || chain === false ? [] : chain }
}

export function txtResolver(zone: Zone): DNSResolver {
  const answers = zoneResolver(zone)
  return async (name, type) => {
    const answer = await answers.txt(name)
    if (type === 'TXT' && answer.kind === 'records') return answer.records.map(text => [text])
    throw Object.assign(new Error(`no ${type} records at ${name}`), { code: 'ENOTFOUND' })
  }
}

const opendkimFile = '/usr/sbin/opendkim'

/** Why opendkim cannot be asked; undefined where it can. The reason is printed. */
export function whyNoOpendkim(): string | undefined {
  if (existsSync(opendkimFile)) return undefined
  const reason = 'opendkim is not installed'
  console.warn(`tests with opendkim are skipped: ${reason}`)
  return reason
}

/** Results of opendkim for each DKIM-Signature, such as `list.example rsa pass`, from the top. */
export async function opendkimVerdict(octets: Buffer, zone: Zone): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'opendkim-'))
  try {
    const message = join(folder, 'message.eml')
    writeFileSync(message, octets)
    writeFileSync(join(folder, 'zone'), keyLines(zone))
    const configuration = `TestDNSData file:${join(folder, 'zone')}\nMode v\nSyslog no\n`
    writeFileSync(join(folder, 'opendkim.conf'), configuration)
    const printed = await printedBy(['-x', join(folder, 'opendkim.conf'), '-vv', '-t', message])
    const result = /dkim=(\w+)[^;]*?header\.d=(\S+)[^;]*?header\.s=(\S+)/g
    return [...printed.matchAll(result)].map(([, word, domain, selector]) => `${domain} ${selector} ${word}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function keyLines(zone: Zone): string {
  const records = Object.entries(zone).flatMap(([domain, labels]) =>
    Object.entries(labels).flatMap(([label, entries]) =>
      entries
        .filter(([type, text]) => type === 'txt' && typeof text === 'string' && label.endsWith('_domainkey'))
        .map(([, text]) => `${label}.${domain} ${text}`),
    ),
  )
  return `${records.join('\n')}\n`
}

function printedBy(parameters: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(opendkimFile, parameters, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 30_000 })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.once('error', reject)
  child.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  return promise
}
