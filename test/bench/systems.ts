/** The two that are compared, each in a process of its own: the relay as its command line starts it, and the plain path. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import type { BenchCase } from './cases.ts'
import type { Child, Children } from './child.ts'
import type { PlainOrder, PlainPorts } from './plain-path.ts'
import type { ProcessUsage } from './process-usage.ts'
import { usageOf } from './process-usage.ts'

export type SystemName = 'relay' | 'plain'

/** What a measurement needs of a running system. */
export interface MeasuredSystem {
  readonly name: string
  /** `relay` is looked at whether it does its work. */
  readonly kind: SystemName | 'peer'
  readonly ports: PlainPorts
  /** What its processes have used so far. */
  usage(): ProcessUsage
}

/** A running system under test that runs on Node. */
export interface System extends MeasuredSystem {
  readonly kind: SystemName
  readonly child: Child
}

export interface SystemSettings {
  /** Of its process, its log and its folder. Default `relay-` and the delay. */
  readonly name?: string
  readonly commitDelayMilliseconds: number
  readonly sinkPort: number
  /** Name server that knows the key of origin.example, as address:port. */
  readonly nameServer: string
  /** Where databases and logs go; removed by the caller. */
  readonly folder: string
  /** Further arguments of node for the relay. */
  readonly nodeOptions: readonly string[]
}

/** The same for both. Messages over one connection: what the relay does by itself. */
const connectionsToSink = 10
const messagesPerConnection = 100

/** One domain for each set of keys. */
const domains: Readonly<Record<BenchCase['keys'], string>> = {
  ed25519: 'alias.example',
  'ed25519+rsa': 'both.alias.example',
}

/** The domain of the relay that signs with these keys. */
export function domainOf(keys: BenchCase['keys']): string {
  return domains[keys]
}

/** The address that a case is about: an alias with one destination. */
export function recipientOf(keys: BenchCase['keys']): string {
  return `team@${domains[keys]}`
}

/** Starts the plain path. */
export async function startPlain(settings: SystemSettings, children: Children): Promise<System> {
  const name = `plain-${settings.commitDelayMilliseconds}`
  const child = children.start(name, [modulePath('./plain-path.ts')])
  const order: PlainOrder = {
    database: join(settings.folder, `${name}.db`),
    commitDelayMilliseconds: settings.commitDelayMilliseconds,
    sinkPort: settings.sinkPort,
    maxConnections: connectionsToSink,
    maxMessagesPerConnection: messagesPerConnection,
  }
  const ports = await child.ask<PlainPorts>('start', order)
  return { name, kind: 'plain', child, ports, usage: () => usageOf(child.pid) }
}

export interface RelayChanges {
  /** Beside, or in place of, the settings of the bench. */
  readonly config?: Partial<RelayConfigInput>
  /** Called with the folder of the relay, before it starts. */
  prepare?(folder: string): Promise<void>
}

/** Starts the relay with the settings of a fresh start, apart from listeners and keys. */
export async function startRelay(
  settings: SystemSettings,
  children: Children,
  changes: RelayChanges = {},
): Promise<System> {
  const name = settings.name ?? `relay-${settings.commitDelayMilliseconds}`
  const folder = join(settings.folder, name)
  await mkdir(folder)
  await changes.prepare?.(folder)
  const configFile = join(folder, 'relay.config.ts')
  const config = { ...relayConfig(settings), ...changes.config }
  await writeFile(configFile, `export default ${JSON.stringify(config, undefined, 2)}\n`)
  const child = children.start(name, [
    ...settings.nodeOptions,
    '--import',
    new URL('./end-with-parent.ts', import.meta.url).href,
    modulePath('../../src/cli/main.ts'),
    ...['start', '--json', '--config', configFile],
  ])
  const ports = portsOf(await child.firstLine())
  return { name, kind: 'relay', child, ports, usage: () => usageOf(child.pid) }
}

function relayConfig(settings: SystemSettings): RelayConfigInput {
  const aliases = { team: ['team@destination.example'] }
  const sink = { host: '127.0.0.1', port: settings.sinkPort, tls: 'none' } as const
  const listener = { address: '127.0.0.1', port: 0, tls: 'none' } as const
  return {
    hostname: 'relay.alias.example',
    dataDirectory: './data',
    keysDirectory: './keys',
    listeners: [
      { ...listener, name: 'prompt', earlyTalkerDelayMilliseconds: 0 },
      { ...listener, name: 'waiting' },
    ],
    domains: {
      [domains.ed25519]: { aliases, signing: { selectors: ['ed'] } },
      [domains['ed25519+rsa']]: { aliases },
    },
    routes: { 'destination.example': sink, 'origin.example': sink },
    resolver: { servers: [settings.nameServer] },
    delivery: { perDestination: connectionsToSink },
    // The client of the bench sends all of a run in one session.
    limits: { maxTransactions: 999_999 },
    store: { commitDelayMilliseconds: settings.commitDelayMilliseconds },
  }
}

/** From what `start --json` prints. */
function portsOf(line: string): PlainPorts {
  const { listeners } = JSON.parse(line) as { listeners: readonly { name: string; port: number }[] }
  const port = (name: string) => {
    const found = listeners.find(listener => listener.name === name)
    if (found === undefined) throw new Error(`the relay has no listener ${name}: ${line}`)
    return found.port
  }
  return { prompt: port('prompt'), waiting: port('waiting') }
}

/** File name of a module beside this one. */
export function modulePath(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}
