/**
 * One post to a list of many, beside the plain path that sends as many copies: how soon the first and the last copy are
 * there, how many a second, and what memory that takes.
 */
import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { keyRecordText } from '../../src/dkim2/key-record.ts'
import { DnsServer } from '../support/dns-server.ts'
import { send } from '../support/send.ts'
import { storeList } from '../support/stored-list.ts'
import type { Child, Children } from './child.ts'
import { type FanOutFigures, type FanOutResult, fanOutCases } from './fan-out-figures.ts'
import { benchMessage, originDomain, originSelector, reversePath } from './messages.ts'
import { peakBytesOf, usageOf } from './process-usage.ts'
import { modulePath, type System, type SystemSettings, startPlain, startRelay } from './systems.ts'
import { nowMilliseconds } from './wire.ts'

export interface FanOutSettings {
  readonly subscribers: number
  /** Copies to each system before the first measured post. */
  readonly warmUpSubscribers: number
  readonly rounds: number
  /** Further arguments of node for the relay. */
  readonly nodeOptions: readonly string[]
}

const listDomain = 'alias.example'
const warmUpList = `warm@${listDomain}`
/** The address whose copies the plain path makes; what stands behind the plus sign is their number. */
export const plainListAddress = (copies: number) => `list+${copies}@${listDomain}`
const sizeBytes = 4096
const settleMilliseconds = 100

/** Measures every case of lists. */
export async function runFanOut(
  settings: FanOutSettings,
  children: Children,
  progress: (text: string) => void,
): Promise<FanOutResult[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const record = [['txt', keyRecordText(publicKey)] as const]
  const dns = await DnsServer.start({ [originDomain]: { [`${originSelector}._domainkey`]: record } })
  try {
    const sink = children.start('list-sink', [modulePath('./sink.ts')])
    const sinkPort = await sink.ask<number>('listen')
    const { nodeOptions } = settings
    const system = { commitDelayMilliseconds: 0, sinkPort, nameServer: dns.address, nodeOptions }
    const results: FanOutResult[] = []
    for (const one of fanOutCases) {
      const folder = join(children.folder, one.name)
      await mkdir(folder)
      const pair = await startPair({ ...system, folder }, one.hasLinks, settings, children)
      results.push(await measure(one.name, pair, { sink, privateKey, settings, progress }))
      await Promise.all(pair.map(({ child }) => child.stop()))
    }
    return results
  } finally {
    await dns.close()
  }
}

type Pair = readonly [relay: System, plain: System]

async function startPair(
  system: SystemSettings,
  hasLinks: boolean,
  settings: FanOutSettings,
  children: Children,
): Promise<Pair> {
  const http = { address: '127.0.0.1', port: 0, publicUrl: 'https://lists.alias.example' }
  const relay = await startRelay(system, children, {
    config: hasLinks ? { http } : {},
    prepare: folder => storeLists(folder, settings),
  })
  return [relay, await startPlain(system, children)]
}

async function storeLists(folder: string, settings: FanOutSettings): Promise<void> {
  await mkdir(join(folder, 'data'), { mode: 0o700 })
  const database = join(folder, 'data', 'relay.sqlite')
  const subscribers = (count: number) =>
    Array.from({ length: count }, (_, at) => `subscriber${at}@destination.example`)
  const common = { subjectTag: '[bench]', footer: { text: '_____\nYou read this on the list of the bench.' } }
  storeList(database, {
    address: listOf(settings.subscribers),
    subscribers: subscribers(settings.subscribers),
    settings: common,
  })
  storeList(database, {
    address: warmUpList,
    subscribers: subscribers(settings.warmUpSubscribers),
    settings: common,
  })
}

function listOf(subscribers: number): string {
  return `list${subscribers}@${listDomain}`
}

export interface Bench {
  readonly sink: Child
  readonly privateKey: KeyObject
}

interface MeasuredBench extends Bench {
  readonly settings: FanOutSettings
  readonly progress: (text: string) => void
}

async function measure(name: string, pair: Pair, bench: MeasuredBench): Promise<FanOutResult> {
  const { settings, progress } = bench
  const runs: Record<System['kind'], FanOutFigures[]> = { relay: [], plain: [] }
  progress(`${name}: warming up`)
  for (const system of pair) await post(system, settings.warmUpSubscribers, warmUpList, 0, bench)
  for (let round = 1; round <= settings.rounds; round++) {
    for (const system of round % 2 === 1 ? pair : pair.toReversed()) {
      progress(`${name}: ${system.kind}, ${settings.subscribers} copies`)
      const list = listOf(settings.subscribers)
      runs[system.kind].push(await post(system, settings.subscribers, list, round, bench))
    }
  }
  return { name, subscribers: settings.subscribers, ...runs }
}

/** One post; its list has so many subscribers. Rejects when a copy is lost or comes twice. */
export async function post(
  system: System,
  copies: number,
  list: string,
  number: number,
  { sink, privateKey }: Bench,
): Promise<FanOutFigures> {
  const to = system.kind === 'relay' ? list : plainListAddress(copies)
  const octets = await postOctets(to, number, privateKey)
  await sink.ask('reset', { countsPaths: true })
  const before = usageOf(system.child.pid)
  const startedAt = nowMilliseconds()
  const { data } = await send(system.ports.prompt, { from: reversePath, to: [to], octets })
  if (!data.startsWith('250')) throw new Error(`${system.name} did not take the post: ${data}`)
  const lastAt = await sink.ask<number>('expect', copies)
  const firstAt = await sink.ask<number>('firstArrival')
  await new Promise(resolve => setTimeout(resolve, settleMilliseconds))
  const paths = await sink.ask<number>('countPaths')
  const arrived = await sink.ask<number>('count')
  if (paths !== copies || arrived !== copies) {
    throw new Error(`${system.name}: ${arrived} copies for ${paths} of ${copies} addresses`)
  }
  const after = usageOf(system.child.pid)
  return {
    copiesPerSecond: copies / ((lastAt - startedAt) / 1000),
    firstMilliseconds: firstAt - startedAt,
    lastMilliseconds: lastAt - startedAt,
    cpuMillisecondsPerCopy: ((after.cpuSeconds - before.cpuSeconds) * 1000) / copies,
    peakBytes: peakBytesOf(system.child.pid),
  }
}

/** Each a post of its own: a list passes a Message-ID on once. */
async function postOctets(to: string, number: number, key: KeyObject): Promise<Buffer> {
  const octets = await benchMessage(number, {
    sizeBytes,
    isSigned: true,
    recipient: to,
    timestampSeconds: Math.floor(Date.now() / 1000),
    key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
  })
  // Without the final dot of the wire.
  return octets.subarray(0, -3)
}
