/** A real opendkim, as Debian packages it, as the milter of a Postfix: it signs every message with RSA-2048. */
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../support/free-ports.ts'

const startMilliseconds = 10_000

export interface Opendkim {
  readonly pid: number
  /** As `smtpd_milters` names it. */
  readonly milter: string
  stop(): Promise<void>
}

/** @param domain whose mail it signs: that of From */
export async function startOpendkim(domain: string): Promise<Opendkim> {
  const folder = mkdtempSync(join(tmpdir(), 'opendkim-'))
  const [port = 0] = await freePorts(1)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keyFile = join(folder, 'key.pem')
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })
  const configuration = [
    'Mode s',
    'Syslog no',
    'Background no',
    `Socket inet:${port}@127.0.0.1`,
    `Domain ${domain}`,
    'Selector bench',
    `KeyFile ${keyFile}`,
    'InternalHosts 127.0.0.1',
    'Canonicalization relaxed/relaxed',
    // The folder belongs to whoever runs the bench.
    'RequireSafeKeys no',
  ]
  writeFileSync(join(folder, 'opendkim.conf'), `${configuration.join('\n')}\n`)
  const child = spawn('/usr/sbin/opendkim', ['-f', '-x', join(folder, 'opendkim.conf')], { stdio: 'ignore' })
  await answers(port, child)
  return {
    pid: child.pid ?? 0,
    milter: `inet:127.0.0.1:${port}`,
    async stop() {
      const ended = once(child, 'exit')
      if (child.kill('SIGTERM')) await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let waited = 0; waited < startMilliseconds && child.exitCode === null; waited += 50) {
    if (await isOpen(port)) return
    await pause(50)
  }
  throw new Error('opendkim did not start')
}

function isOpen(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  return new Promise(resolve => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}
