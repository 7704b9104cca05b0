/** A relay as a test wants it: real sockets, real store, in a folder of its own, its keys in the zone of the test. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/load.ts'
import type { RelayConfig, RelayConfigInput } from '../../src/config/schema.ts'
import type { ZoneEntry } from '../../src/dns/zone-resolver.ts'
import type { RunningRelay } from '../../src/relay.ts'
import { startRelay } from '../../src/relay.ts'
import { keyZone } from '../../src/sign/published.ts'
import type { DnsServer } from './dns-server.ts'
import { giveKeys } from './ready-keys.ts'
import { RecordingLog } from './recording-log.ts'
import { storeSettings } from './store-of-tests.ts'

/** A zone that relays add their keys to. */
export type OpenZone = Record<string, Record<string, ZoneEntry[]>>

export interface TestRelaySettings {
  /** Everything but the folders, which are temporary; one listener without TLS unless others are given. */
  readonly config: Omit<Partial<RelayConfigInput>, 'dataDirectory' | 'keysDirectory'> &
    Pick<RelayConfigInput, 'domains'>
  readonly dns: DnsServer
  readonly zone: OpenZone
  /** The folder of an earlier run, to start again on what it left. */
  readonly folder?: string
  readonly clock?: () => number
}

export interface TestRelay {
  readonly config: RelayConfig
  readonly relay: RunningRelay
  readonly log: RecordingLog
  readonly folder: string
  /** Port of the first listener. */
  readonly port: number
  /** Database file, for a reader. */
  readonly database: string
  /** Stops; the folder stays. */
  stop(): Promise<void>
  /** Stops and removes the folder. */
  remove(): Promise<void>
}

/** The configuration of a test relay in a folder; also for one that runs as a process. */
export function testConfig(
  settings: Omit<TestRelaySettings, 'zone' | 'clock'>,
  folder: string,
): RelayConfigInput {
  const { config, dns } = settings
  return {
    hostname: 'relay.example',
    listeners: [{ name: 'mx', port: 0, tls: 'none', earlyTalkerDelayMilliseconds: 0 }],
    resolver: { servers: [dns.address], timeoutMilliseconds: 2_000, tries: 1 },
    ...config,
    delivery: { allowPrivateAddresses: true, ...config.delivery },
    store: { ...storeSettings(folder), ...config.store },
    dataDirectory: join(folder, 'data'),
    keysDirectory: join(folder, 'keys'),
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'dkim2-relay-'))
}

/** Where the relay of a folder has its database. */
export function databaseIn(folder: string): string {
  return join(folder, 'data', 'relay.sqlite')
}

export async function startTestRelay(settings: TestRelaySettings): Promise<TestRelay> {
  const folder = settings.folder ?? temporaryFolder()
  const config = parseConfig(testConfig(settings, folder), { file: 'test', folder })
  await giveKeys(config)
  const log = new RecordingLog()
  const clock = settings.clock ?? (() => Date.now())
  const relay = await startRelay(config, { clock, random: octets => randomBytes(octets), log })
  publishKeys(settings.zone, keyZone(relay.keys))
  return {
    config,
    relay,
    log,
    folder,
    port: relay.listeners[0]?.port ?? 0,
    database: databaseIn(folder),
    stop: () => relay.stop(),
    async remove() {
      await relay.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Adds records to a zone that a name server already answers from. */
export function publishKeys(
  zone: OpenZone,
  keys: Readonly<Record<string, Record<string, ZoneEntry[]>>>,
): void {
  for (const [domain, records] of Object.entries(keys)) zone[domain] = { ...zone[domain], ...records }
}
