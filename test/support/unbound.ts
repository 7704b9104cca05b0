/**
 * A real Unbound, as Debian packages it, for one test: a validating resolver on a free port of 127.0.0.1. It holds the signed zones that
 * it is given, validates them with their trust anchors, and asks the name server of the test for the domains that
 * are not signed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DnsServer } from './dns-server.ts'
import { freePorts } from './free-ports.ts'
import { ldnsMissing, type SignedZone, type SigningOptions, signZone } from './signed-zone.ts'

const isMissing = spawnSync('unbound', ['-V']).error !== undefined

/** Why no validating resolver can be started here; undefined where one can. For `describe.skipIf`; the reason is printed. */
export const unboundMissing: string | undefined = isMissing ? 'unbound is not installed' : ldnsMissing
if (unboundMissing !== undefined) console.warn(`tests with Unbound are skipped: ${unboundMissing}`)

export interface ZoneToSign extends SigningOptions {
  readonly name: string
  /** Lines of a zone file; names are relative to the zone. */
  readonly records: readonly string[]
  /** Anchors of another key than that which has signed. */
  readonly wrongAnchor?: boolean
}

/** A name server and the domains that it is asked for. */
export interface UnsignedNames {
  readonly server: DnsServer
  readonly domains: readonly string[]
}

export class Unbound {
  /** For the settings of a resolver. */
  readonly address: string
  readonly #folder: string
  readonly #process: ChildProcess
  #log = ''
  readonly #endWithTest = () => this.#process.kill('SIGTERM')

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.address = `127.0.0.1:${port}`
    this.#process = spawn('unbound', ['-d', '-c', join(folder, 'unbound.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    process.once('exit', this.#endWithTest)
  }

  /**
   * Signs the zones and starts; resolves when it answers. A port that somebody else took meanwhile is chosen anew.
   *
   * @param others where names are that are not signed
   */
  static async start(zones: readonly ZoneToSign[], others: UnsignedNames): Promise<Unbound> {
    const folder = await mkdtemp(join(tmpdir(), 'unbound-'))
    const files = await Promise.all(zones.map(zone => signed(zone, folder)))
    for (let tries = 1; ; tries++) {
      const [port = 0] = await freePorts(1)
      await writeFile(join(folder, 'unbound.conf'), configuration(files, others, folder, port))
      const unbound = new Unbound(folder, port)
      const isRunning = await unbound.#started()
      if (isRunning) return unbound
      if (tries === 5) {
        await unbound.stop()
        throw new Error(`Unbound did not start: ${unbound.#log}`)
      }
    }
  }

  async stop(): Promise<void> {
    process.off('exit', this.#endWithTest)
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** True when it says that it serves; false when it has ended before. */
  async #started(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#log += chunk.toString()
      if (this.#log.includes('start of service')) resolve(true)
    })
    this.#process.once('exit', () => resolve(false))
    this.#process.once('error', () => resolve(false))
    return promise
  }
}

async function signed(zone: ZoneToSign, folder: string): Promise<SignedZone> {
  const right = await signZone(zone.name, zone.records, folder, zone)
  if (zone.wrongAnchor !== true) return right
  const { trustAnchor } = await signZone(zone.name, [], folder)
  return { ...right, trustAnchor }
}

function configuration(
  zones: readonly SignedZone[],
  others: UnsignedNames,
  folder: string,
  port: number,
): string {
  const [address, otherPort] = others.server.address.split(':')
  const lines = [
    'server:',
    `  directory: "${folder}"`,
    '  chroot: ""',
    '  username: ""',
    '  pidfile: ""',
    '  use-syslog: no',
    '  logfile: ""',
    '  verbosity: 1',
    '  num-threads: 1',
    '  do-ip6: no',
    `  interface: 127.0.0.1@${port}`,
    '  access-control: 127.0.0.0/8 allow',
    '  do-not-query-localhost: no',
    '  module-config: "validator iterator"',
    '  qname-minimisation: no',
    // What a test changes in its zone counts at once.
    '  cache-max-ttl: 0',
    '  cache-max-negative-ttl: 0',
    ...zones.map(({ trustAnchor }) => `  trust-anchor: "${trustAnchor.replaceAll('\t', ' ')}"`),
    'remote-control:',
    '  control-enable: no',
    ...zones.flatMap(({ name, file }) => [
      'auth-zone:',
      `  name: "${name}"`,
      `  zonefile: "${file}"`,
      '  for-downstream: no',
      '  for-upstream: yes',
      '  fallback-enabled: no',
    ]),
    ...others.domains.flatMap(name => [
      'forward-zone:',
      `  name: "${name}"`,
      `  forward-addr: ${address}@${otherPort}`,
    ]),
  ]
  return `${lines.join('\n')}\n`
}
