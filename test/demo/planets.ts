/** The parties of the act in space: Ada, Earth, Mars with its colony, and the light between the planets. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../../src/cli/run.ts'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import type { LogFields } from '../../src/log/log.ts'
import { testCertificate } from '../support/certificates.ts'
import type { Sink } from '../support/sink.ts'
import { SpaceLink } from '../support/space-link.ts'
import type { OpenZone } from '../support/test-relay.ts'
import { publishKeys } from '../support/test-relay.ts'
import type { DemoRelay, Scene } from './parties.ts'
import { relayFor, sinkFor } from './parties.ts'

/** Twenty minutes, so many times as fast. */
export const timesFaster = 4_000
export const lightMilliseconds = (20 * 60 * 1000) / timesFaster

const token = 'a-token-that-both-planets-know-0123456789'

export interface SpaceParties {
  readonly ada: DemoRelay
  /** Where Ada reads her mail. */
  readonly home: Sink
  /** Where the crew reads its mail. */
  readonly colony: Sink
  /** The zone file of Mars, as far as Earth has written it. */
  readonly exported: OpenZone
  /** Resolves when this planet has the first answer of the other one about mail for this address or domain. */
  answers(planet: Planet, addressOrDomain: string): Promise<void>
}

export async function openPlanets(scene: Scene): Promise<SpaceParties> {
  const files = writeFiles(scene.folder)
  const [toMars, toEarth] = [await linkOf(scene), await linkOf(scene)]
  const ada = await relayFor(
    scene,
    'author.example',
    { domains: { 'author.example': { aliases: { ada: ['ada@home.example'] } } } },
    { party: 'ada', tell: () => undefined },
  )
  const home = await sinkFor(scene, 'home.example')
  const answered = new Answers()
  const earth = await planetFor(scene, 'earth', answered, {
    domains: {
      'earth.example': { aliases: { crew: ['crew@mars.example'], lost: ['lost@mars.example'] } },
    },
    routes: { 'mars.example': gatewayAt(toMars, files.tokenFile) },
    batchSmtp: { peers: { mars: { tokenFile: files.tokenFile } } },
  })
  const exported = await exportedKeys(scene, earth)
  const { colony, local } = await colonyOf(scene)
  writeFileSync(files.zoneFile, JSON.stringify({ ...exported, ...local }))
  const mars = await planetFor(scene, 'mars', answered, {
    domains: {
      'mars.example': { aliases: { crew: ['crew@colony.example'], lost: ['lost@colony.example'] } },
    },
    resolver: { zoneFile: files.zoneFile },
    routes: { 'earth.example': gatewayAt(toEarth, files.tokenFile) },
    batchSmtp: { peers: { earth: { tokenFile: files.tokenFile } } },
  })
  toMars.leadTo(mars.relay.http?.port ?? 0)
  toEarth.leadTo(earth.relay.http?.port ?? 0)
  return { ada, home, colony, exported, answers: (planet, address) => answered.about(`${planet} ${address}`) }
}

/** A zone file for a terminal: keys cut short. */
export function exportText(zone: OpenZone): string {
  const names = Object.entries(zone).flatMap(([domain, records]) =>
    Object.entries(records).map(([name, [entry]]) => {
      const fullName = name === '@' ? domain : `${name}.${domain}`
      return `${fullName.padEnd(32)} TXT ${String(entry?.[1]).slice(0, 34)}...`
    }),
  )
  return names.toSorted().join('\n')
}

type Planet = 'earth' | 'mars'

/** What was answered so far, by whom it was sent and where to. */
class Answers {
  readonly #all = new Map<string, PromiseWithResolvers<void>>()

  about(what: string): Promise<void> {
    return this.#of(what).promise
  }

  came(planet: Planet, forwardPath: string): void {
    for (const part of [forwardPath, forwardPath.split('@')[1]]) this.#of(`${planet} ${part}`).resolve()
  }

  #of(what: string): PromiseWithResolvers<void> {
    const known = this.#all.get(what) ?? Promise.withResolvers<void>()
    this.#all.set(what, known)
    return known
  }
}

/** The other end of a link, as people call it. */
const farther = { earth: 'Mars', mars: 'Earth' } as const

function planetFor(
  scene: Scene,
  planet: Planet,
  answered: Answers,
  config: Partial<RelayConfigInput> & Pick<RelayConfigInput, 'domains'>,
): Promise<DemoRelay> {
  const file = (name: string) => join(scene.folder, name)
  const certificate = { certificateFile: file('cert.pem'), keyFile: file('key.pem') }
  const tell = (text: string, fields: LogFields) => {
    if (text === 'delivered' && String(fields.nextHop).startsWith('https:'))
      setImmediate(() => answered.came(planet, String(fields.forwardPath)))
    return planetLine(farther[planet], text, fields)
  }
  return relayFor(
    scene,
    `${planet}.example`,
    {
      http: { port: 0, publicUrl: `https://relay.${planet}.example`, certificate },
      delivery: {
        allowPrivateAddresses: true,
        serviceCertificates: 'encrypt-only',
        certificateAuthoritiesFile: certificate.certificateFile,
      },
      ...config,
    },
    { party: planet, tell },
  )
}

/** The steps of the message path, as far as they tell the story. */
function planetLine(far: string, text: string, fields: LogFields): string | undefined {
  const { forwardPath, forwardPaths, reversePath, nextHop } = fields
  const tellers: Readonly<Record<string, () => string>> = {
    admitted: () =>
      reversePath === ''
        ? `took a report (chain: ${fields.dkim2})`
        : `took a message for ${forwardPaths} (chain: ${fields.dkim2}, hops: ${fields.hops})`,
    'an object begins': () => `an object of ${far} comes in over HTTPS`,
    object: () => `answers ${far}: ${fields.isAllTaken === true ? 'all of it is taken' : 'not all is taken'}`,
    delivered: () =>
      String(nextHop).startsWith('https:')
        ? `has the answer of ${far}: its object was taken`
        : `handed the mail for ${forwardPath} on, by SMTP`,
    failed: () => `mail for ${forwardPath} failed: "550 5.1.1 no such user"`,
    'failure reported to the previous hop': () => `writes a signed report to ${far}, the hop before`,
    bounce: () => 'knows it: a report about a copy that it sent itself',
    'bounce passed on to the previous hop': () => `passes it on to ${fields.to}`,
  }
  return tellers[text]?.()
}

/** What Mars can know without being asked: the keys of those whose mail comes that way. */
async function exportedKeys(scene: Scene, earth: DemoRelay): Promise<OpenZone> {
  const { dataDirectory, keysDirectory, hostname } = earth.config
  const config = join(scene.folder, 'earth.config.json')
  writeFileSync(
    config,
    JSON.stringify({
      hostname,
      dataDirectory,
      keysDirectory,
      listeners: [{ name: 'mx', port: 0, tls: 'none' }],
      domains: { 'earth.example': {} },
      resolver: { servers: [scene.dns.address] },
    }),
  )
  let said = ''
  const names = ['ed', 'rsa'].map(selector => `${selector}._domainkey.author.example`)
  const status = await runCommand(['keys', 'export', '--config', config, '--name', ...names], {
    out: text => {
      said += text.toString()
    },
    note: text => scene.narrator.failed(text.trim()),
    progress: () => undefined,
    colors: false,
    clock: () => Date.now(),
    debug: false,
    stdin: process.stdin,
    random: octets => randomBytes(octets),
  })
  scene.narrator.check('"keys export" wrote the keys of Earth and of Ada into a file for Mars', status === 0)
  return JSON.parse(said) as OpenZone
}

/** The colony with the records that lead to it, as its people wrote them into the file by hand. */
async function colonyOf(scene: Scene): Promise<{ colony: Sink; local: OpenZone }> {
  const before = new Set(Object.keys(scene.zone))
  const colony = await sinkFor(scene, 'colony.example')
  colony.always('rcpt', async ({ line }) => (line.includes('lost@') ? '550 5.1.1 no such user' : undefined))
  const local: OpenZone = {}
  publishKeys(local, Object.fromEntries(Object.entries(scene.zone).filter(([name]) => !before.has(name))))
  return { colony, local }
}

async function linkOf(scene: Scene): Promise<SpaceLink> {
  const link = await SpaceLink.start(lightMilliseconds)
  scene.atEnd(() => link.close())
  return link
}

function gatewayAt(link: SpaceLink, tokenFile: string) {
  return {
    url: `https://127.0.0.1:${link.port}/bsmtp`,
    tokenFile,
    lightTimeSeconds: 1,
    gatherMilliseconds: 100,
  }
}

function writeFiles(folder: string) {
  const { cert, key } = testCertificate()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, token)
  return { tokenFile, zoneFile: join(folder, 'zone.json') }
}
