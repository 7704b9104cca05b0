/**
 * `node test/bench/scaling.ts [--rounds N] [--seconds N] [--warm-up MESSAGES_OF_A_PROCESS] [--only NAME]... [--json]`: the relay as one, two and four processes, on a file and on
 * PostgreSQL, and on a PostgreSQL behind a line with 2 ms in each direction; client, sink and server on the same machine. Each run of a system
 * is compared with the run of one process on a file in the same round.
 */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { keyRecordText } from '../../src/dkim2/key-record.ts'
import { DnsServer } from '../support/dns-server.ts'
import { freePorts } from '../support/free-ports.ts'
import { PostgresServer, postgresMissing } from '../support/postgres.ts'
import { allCases, type BenchCase } from './cases.ts'
import { Children } from './child.ts'
import { median, type RunFigures } from './figures.ts'
import { describeMachine } from './machine.ts'
import { Measurement } from './measurement.ts'
import { originDomain, originSelector } from './messages.ts'
import { modulePath, type System, startRelay } from './systems.ts'

/** A number of processes on a store. */
export interface ScalingCase {
  readonly name: string
  readonly processes: number
  readonly store: 'file' | 'postgres' | 'postgres-2ms'
}

const stores = ['file', 'postgres', 'postgres-2ms'] as const

export const scalingCases: readonly ScalingCase[] = stores.flatMap(store =>
  (store === 'postgres-2ms' ? [1, 2] : [1, 2, 4]).map(processes => ({
    name: `${store}-${processes}`,
    processes,
    store,
  })),
)

export interface ScalingSettings {
  readonly rounds: number
  readonly secondsPerRun: number
  readonly warmUpMessages: number
}

export interface ScalingResult {
  readonly case: ScalingCase
  readonly runs: readonly RunFigures[]
}

/** Measures these cases in turn, round after round. Rejects when a process fails or a message is lost or doubled. */
export async function runScaling(
  cases: readonly ScalingCase[],
  settings: ScalingSettings,
  { children, folder, progress }: { children: Children; folder: string; progress(text: string): void },
): Promise<ScalingResult[]> {
  await using closing = new AsyncDisposableStack()
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const zone = {
    [originDomain]: { [`${originSelector}._domainkey`]: [['txt', keyRecordText(publicKey)] as const] },
  }
  const dns = await DnsServer.start(zone)
  closing.defer(() => dns.close())
  const needsServer = cases.some(({ store }) => store !== 'file')
  const server = needsServer
    ? await PostgresServer.start({ fsync: true, settings: { shared_buffers: '256MB' } })
    : undefined
  closing.defer(async () => server?.stop())
  const sink = children.start('sink', [modulePath('./sink.ts')])
  const client = children.start('client', [modulePath('./load-client.ts')])
  const line = children.start('line', [modulePath('./slow-line.ts')])
  const linePort =
    server && (await line.ask<number>('join', { targetPort: server.port, delayMilliseconds: 2 }))
  const sinkPort = await sink.ask<number>('listen')
  const measured = { ...settings, pacedMessages: 0 }
  const measurement = new Measurement(client, sink, measured, privateKey, progress)
  const systems: { one: ScalingCase; system: System; runs: RunFigures[] }[] = []
  for (const one of cases) {
    const database = one.store === 'file' ? undefined : await server?.newDatabase()
    const url = database && server?.url(database, 'tcp', one.store === 'postgres' ? server.port : linePort)
    const system = await startRelay(
      {
        name: one.name,
        commitDelayMilliseconds: 0,
        sinkPort,
        nameServer: dns.address,
        folder,
        nodeOptions: [],
      },
      children,
      { config: await configOf(one, url) },
    )
    progress(`warming up ${one.name}`)
    // Each process compiles for itself: so many messages for each, or the more there are the colder they would be.
    for (let process = 0; process < one.processes; process++) await measurement.warmUp(system)
    systems.push({ one, system, runs: [] })
  }
  for (let round = 0; round < settings.rounds; round++) {
    const inTurn = round % 2 === 0 ? systems : systems.toReversed()
    for (const { system, runs } of inTurn) runs.push(await measurement.run(system, load))
  }
  return systems.map(({ one, runs }) => ({ case: one, runs }))
}

/** Ports that all processes listen on. */
async function configOf(
  { processes }: ScalingCase,
  url: string | undefined,
): Promise<Partial<RelayConfigInput>> {
  const [prompt = 0, waiting = 0] = await freePorts(2)
  const listener = { address: '127.0.0.1', tls: 'none' } as const
  return {
    processes,
    listeners: [
      { ...listener, name: 'prompt', port: prompt, earlyTalkerDelayMilliseconds: 0 },
      { ...listener, name: 'waiting', port: waiting },
    ],
    ...(url !== undefined && { store: { postgres: url } }),
  }
}

/** A connection for each message, so that they are spread over the processes. */
const load: BenchCase = {
  ...(allCases().find(({ name }) => name === '4k-each-20') ?? missing()),
}

function missing(): never {
  throw new Error('the bench has no case 4k-each-20')
}

/** One line for each system: throughput and CPU for each message, both also in parts of one process on a file, round by round. */
export function scalingText(results: readonly ScalingResult[]): string {
  const base = results.find(({ case: one }) => one.name === 'file-1')?.runs ?? []
  const lines = results.map(({ case: one, runs }) => {
    const [rate, rateRatio] = figuresOf(runs, base, run => run.messagesPerSecond)
    const [cpu, cpuRatio] = figuresOf(runs, base, run => run.cpuMillisecondsPerMessage)
    return `| ${one.store} | ${one.processes} | ${rate.toFixed(0)} | ${rateRatio.toFixed(2)} | ${cpu.toFixed(2)} | ${cpuRatio.toFixed(2)} |`
  })
  return [
    '| store | processes | messages/s | of one on a file | CPU ms/message | of one on a file |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n')
}

/** The medians of a figure, and of its ratio to that of the same round: a machine that is shared is not as fast in every round. */
function figuresOf(
  runs: readonly RunFigures[],
  base: readonly RunFigures[],
  figure: (run: RunFigures) => number,
): [median: number, ofBase: number] {
  const ratios =
    base.length === runs.length ? base.map((one, at) => figure(runs[at] ?? one) / figure(one)) : [Number.NaN]
  return [median(runs.map(figure)), median(ratios)]
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '4' },
      'warm-up': { type: 'string', default: '2000' },
      only: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  })
  const isWanted = ({ name, store }: ScalingCase) =>
    (values.only === undefined || values.only.some(part => name.includes(part))) &&
    (store === 'file' || postgresMissing === undefined)
  const folder = mkdtempSync(join(tmpdir(), 'dkim2-relay-scaling-'))
  const children = new Children(folder)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  try {
    const settings = {
      rounds: Number(values.rounds),
      secondsPerRun: Number(values.seconds),
      warmUpMessages: Number(values['warm-up']),
    }
    const world = { children, folder, progress: (text: string) => void process.stderr.write(`${text}\n`) }
    const results = await runScaling(scalingCases.filter(isWanted), settings, world)
    const machine = describeMachine(folder)
    process.stdout.write(values.json ? `${JSON.stringify({ machine, results })}\n` : scalingText(results))
  } finally {
    await children.stop()
  }
}

if (import.meta.main) await main()
