/** What DKIM and ARC cost: two relays of which one adds neither, a forwarded message and a post to a list, processor time of each. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { keyRecordText } from '../../src/dkim2/key-record.ts'
import { DnsServer } from '../support/dns-server.ts'
import { storeList } from '../support/stored-list.ts'
import type { BenchWorld } from './bench.ts'
import { allCases, type BenchCase } from './cases.ts'
import type { Child } from './child.ts'
import { post } from './fan-out.ts'
import { Measurement, type MeasureSettings } from './measurement.ts'
import { originDomain, originSelector } from './messages.ts'
import { domainOf, modulePath, recipientOf, type System, startRelay } from './systems.ts'

/** As `--only` knows it. */
export const todayName = 'today'

export interface TodaySettings {
  readonly rounds: number
  readonly subscribers: number
  readonly warmUpSubscribers: number
}

/** Milliseconds of processor time for a message or a copy, one figure a round; both of a round followed each other. */
export interface TodayResult {
  readonly what: 'forwarded' | 'post'
  readonly keys: BenchCase['keys']
  readonly without: readonly number[]
  readonly with: readonly number[]
}

type Settings = MeasureSettings & {
  readonly today: TodaySettings
  readonly relayNodeOptions: readonly string[]
}

/** One that adds DKIM and ARC, and one that does not. */
type Pair = Readonly<Record<'with' | 'without', System>>

const keySets = ['ed25519', 'ed25519+rsa'] as const
const list = (name: string, keys: BenchCase['keys']) => `${name}@${domainOf(keys)}`

/** Rejects when a message is lost or doubled. */
export async function runToday(settings: Settings, world: BenchWorld): Promise<TodayResult[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const record = [['txt', keyRecordText(publicKey)] as const]
  const dns = await DnsServer.start({ [originDomain]: { [`${originSelector}._domainkey`]: record } })
  try {
    const sink = world.children.start('today-sink', [modulePath('./sink.ts')])
    const client = world.children.start('today-client', [modulePath('./load-client.ts')])
    const pair = await startPair(dns.address, sink, settings, world)
    const measurement = new Measurement(client, sink, settings, privateKey, world.progress)
    const forwarded = await measureForwarded(pair, measurement, settings, world)
    const posts = await measurePosts(pair, { sink, privateKey }, settings, world)
    await Promise.all(Object.values(pair).map(({ child }) => child.stop()))
    return [...forwarded, ...posts]
  } finally {
    await dns.close()
  }
}

async function startPair(
  nameServer: string,
  sink: Child,
  { today, relayNodeOptions }: Settings,
  { children, folder }: BenchWorld,
): Promise<Pair> {
  const system = {
    commitDelayMilliseconds: 0,
    sinkPort: await sink.ask<number>('listen'),
    nameServer,
    folder,
    nodeOptions: relayNodeOptions,
  }
  const start = (name: 'with' | 'without') =>
    startRelay({ ...system, name: `today-${name}` }, children, {
      config: { domains: domainsOf(name), http },
      prepare: place => storeLists(place, today),
    })
  return { with: await start('with'), without: await start('without') }
}

/** Every copy of a post gets a link of its own, which costs it a DKIM-Signature of its own. */
const http = { address: '127.0.0.1', port: 0, publicUrl: 'https://lists.alias.example' }

function domainsOf(name: 'with' | 'without'): RelayConfigInput['domains'] {
  const todays = name === 'with' ? {} : ({ dkim: 'never', arc: 'never' } as const)
  const common = { aliases: { team: ['team@destination.example'] }, ...todays }
  return {
    [domainOf('ed25519')]: { ...common, signing: { selectors: ['ed'] } },
    [domainOf('ed25519+rsa')]: common,
  }
}

async function storeLists(folder: string, { subscribers, warmUpSubscribers }: TodaySettings): Promise<void> {
  await mkdir(join(folder, 'data'), { mode: 0o700 })
  const people = (count: number) => Array.from({ length: count }, (_, at) => `s${at}@destination.example`)
  const settings = { subjectTag: '[bench]', footer: { text: '_____\nThe list of the bench.' } }
  for (const keys of keySets) {
    const common = { database: join(folder, 'data', 'relay.sqlite'), settings }
    for (const [name, count] of [
      ['warm', warmUpSubscribers],
      ['list', subscribers],
    ] as const) {
      storeList(common.database, { address: list(name, keys), subscribers: people(count), settings })
    }
  }
}

async function measureForwarded(
  pair: Pair,
  measurement: Measurement,
  { today }: Settings,
  { progress }: BenchWorld,
): Promise<TodayResult[]> {
  progress(`${todayName}: warming up`)
  for (const system of Object.values(pair)) await measurement.warmUp(system)
  const base = allCases().find(({ name }) => name === '4k-kept-10')
  if (base === undefined) throw new Error('there is no case 4k-kept-10')
  return measure('forwarded', pair, today.rounds, progress, async (system, keys) => {
    const { cpuMillisecondsPerMessage } = await measurement.run(system, { ...base, keys })
    return cpuMillisecondsPerMessage
  })
}

async function measurePosts(
  pair: Pair,
  bench: { readonly sink: Child; readonly privateKey: KeyObject },
  { today }: Settings,
  { progress }: BenchWorld,
): Promise<TodayResult[]> {
  // Each post has a Message-ID of its own.
  let number = 0
  for (const system of Object.values(pair)) {
    await post(system, today.warmUpSubscribers, list('warm', 'ed25519'), number++, bench)
  }
  return measure('post', pair, today.rounds, progress, async (system, keys) => {
    const figures = await post(system, today.subscribers, list('list', keys), number++, bench)
    return figures.cpuMillisecondsPerCopy
  })
}

/** Both take turns in who comes first. */
async function measure(
  what: TodayResult['what'],
  pair: Pair,
  rounds: number,
  progress: (text: string) => void,
  run: (system: System, keys: BenchCase['keys']) => Promise<number>,
): Promise<TodayResult[]> {
  const results = keySets.map(keys => ({ what, keys, with: [] as number[], without: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (const result of results) {
      const order = ['with', 'without'] as const
      for (const name of round % 2 === 0 ? order : order.toReversed()) {
        progress(`${todayName}: ${what}, ${recipientOf(result.keys)}, ${name}`)
        result[name].push(await run(pair[name], result.keys))
      }
    }
  }
  return results
}
