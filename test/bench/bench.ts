/** Carries out the cases: starts what they need, warms it up, and measures relay and plain path in turn. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { keyRecordText } from '../../src/dkim2/key-record.ts'
import { DnsServer } from '../support/dns-server.ts'
import type { BenchCase } from './cases.ts'
import type { Child, Children } from './child.ts'
import type { CaseResult, RunFigures } from './figures.ts'
import { Measurement, type MeasureSettings } from './measurement.ts'
import { originDomain, originSelector } from './messages.ts'
import { modulePath, type System, type SystemSettings, startPlain, startRelay } from './systems.ts'

export interface BenchSettings extends MeasureSettings {
  /** How often relay and plain path are measured in turn. */
  readonly rounds: number
  /** Further arguments of node for the relay. */
  readonly relayNodeOptions: readonly string[]
}

/** Where a bench runs. */
export interface BenchWorld {
  readonly children: Children
  /** For databases, keys and logs. */
  readonly folder: string
  progress(text: string): void
}

/** Relay and plain path with the same commit delay. */
type Pair = readonly [relay: System, plain: System]

/** Measures these cases, in their order. Rejects when a process fails or a message is lost or doubled. */
export async function runBench(
  cases: readonly BenchCase[],
  settings: BenchSettings,
  world: BenchWorld,
): Promise<CaseResult[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const dns = await DnsServer.start(originZone(publicKey))
  try {
    const sink = world.children.start('sink', [modulePath('./sink.ts')])
    const client = world.children.start('client', [modulePath('./load-client.ts')])
    const measurement = new Measurement(client, sink, settings, privateKey, world.progress)
    const pairs = await startPairs(cases, dns.address, sink, settings, world)
    for (const [delay, pair] of pairs) {
      world.progress(`warming up, commits ${delay} ms slower`)
      for (const system of pair) await measurement.warmUp(system)
    }
    return await measureGroups(cases, pairs, measurement, settings, world)
  } finally {
    await dns.close()
  }
}

function originZone(publicKey: KeyObject) {
  return {
    [originDomain]: { [`${originSelector}._domainkey`]: [['txt', keyRecordText(publicKey)] as const] },
  }
}

async function startPairs(
  cases: readonly BenchCase[],
  nameServer: string,
  sink: Child,
  settings: BenchSettings,
  { children, folder }: BenchWorld,
): Promise<Map<number, Pair>> {
  const sinkPort = await sink.ask<number>('listen')
  const pairs = new Map<number, Pair>()
  for (const commitDelayMilliseconds of new Set(cases.map(one => one.commitDelayMilliseconds))) {
    const nodeOptions = settings.relayNodeOptions
    const system: SystemSettings = { commitDelayMilliseconds, sinkPort, nameServer, folder, nodeOptions }
    pairs.set(commitDelayMilliseconds, [
      await startRelay(system, children),
      await startPlain(system, children),
    ])
  }
  return pairs
}

/** Cases of a group take turns within a round, so that what changes with time changes for all of them. */
async function measureGroups(
  cases: readonly BenchCase[],
  pairs: ReadonlyMap<number, Pair>,
  measurement: Measurement,
  settings: BenchSettings,
  world: BenchWorld,
): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  for (const [group, members] of Map.groupBy(cases, one => one.group)) {
    world.progress(group)
    const measured = members.map(one => ({
      one,
      pair: pairOf(one, pairs),
      runs: { relay: [], plain: [] } as Runs,
    }))
    for (let round = 0; round < settings.rounds; round++) {
      for (const { one, pair, runs } of measured) {
        // Whoever comes first has the emptier caches: they take turns in that too.
        const order = round % 2 === 0 ? pair : pair.toReversed()
        for (const system of order) runs[system.kind].push(await measurement.run(system, one))
      }
    }
    for (const { one, pair, runs } of measured) results.push(await withLatency(one, pair, runs, measurement))
  }
  return results
}

type Runs = Record<System['kind'], RunFigures[]>

async function withLatency(
  one: BenchCase,
  pair: Pair,
  runs: Runs,
  measurement: Measurement,
): Promise<CaseResult> {
  const [relay, plain] = pair
  if (!one.isTarget) return { case: one, relay: { runs: runs.relay }, plain: { runs: runs.plain } }
  return {
    case: one,
    relay: { runs: runs.relay, latency: await measurement.latency(relay, one) },
    plain: { runs: runs.plain, latency: await measurement.latency(plain, one) },
  }
}

function pairOf(one: BenchCase, pairs: ReadonlyMap<number, Pair>): Pair {
  const pair = pairs.get(one.commitDelayMilliseconds)
  if (pair === undefined) throw new Error(`nothing was started for ${one.name}`)
  return pair
}
