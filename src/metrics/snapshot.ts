/** What of a relay is looked up when somebody asks for it: the queue, the store, the limits of rates. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { StoreCounts } from '../store/records.ts'
import type { StoreStatistics } from '../store/store.ts'

/** Deliveries of one kind. */
export interface QueuePart {
  readonly state: 'queued' | 'held'
  /** What is known of their destination: it takes mail, it rests because no host was reached, or nothing was heard of it yet. */
  readonly destination: 'reached' | 'resting' | 'unknown'
  readonly deliveries: number
}

export interface SnapshotValues {
  readonly isReady: boolean
  readonly queue: readonly QueuePart[]
  /** How many deliveries are older than each of so many seconds. */
  readonly ages: readonly { readonly seconds: number; readonly deliveries: number }[]
  /** Of the message that has waited the longest; 0: none waits. */
  readonly oldestSeconds: number
  /** Destinations that rest and have mail. */
  readonly restingDestinations: number
  readonly counts: Pick<StoreCounts, 'spooled' | 'reportsDue'>
  readonly store: StoreStatistics
  /** Refusals since the configuration was put in use, by limit. */
  readonly rates: ReadonlyMap<string, number>
}

export class Snapshot {
  readonly #gauges: ReadonlyMap<string, Gauge>
  readonly #queue: Gauge<'state' | 'destination'>
  readonly #ages: Gauge<'seconds'>
  readonly #counters: ReadonlyMap<string, Counter>
  readonly #rates: Counter<'limit'>

  constructor(registry: Registry) {
    const registers = [registry]
    const named = (what: string) => `dkim2_relay_${what}`
    const gauge = ([name, help]: readonly [string, string]) =>
      [name, new Gauge({ name: named(name), help, registers })] as const
    const counter = ([name, help]: readonly [string, string]) =>
      [name, new Counter({ name: named(name), help, registers })] as const
    this.#gauges = new Map(gauges.map(gauge))
    this.#counters = new Map(counters.map(counter))
    this.#queue = new Gauge({
      name: named('queue_deliveries'),
      help: 'Open deliveries by what is known of their destination.',
      labelNames: ['state', 'destination'],
      registers,
    })
    this.#ages = new Gauge({
      name: named('queue_deliveries_older_than'),
      help: 'Open deliveries whose message came longer ago than that.',
      labelNames: ['seconds'],
      registers,
    })
    this.#rates = new Counter({
      name: named('rate_refusals_total'),
      help: 'What limits of rates refused, by limit.',
      labelNames: ['limit'],
      registers,
    })
  }

  set(values: SnapshotValues): void {
    const { counts, store } = values
    this.#gauge('ready', values.isReady ? 1 : 0)
    this.#gauge('queue_oldest_seconds', values.oldestSeconds)
    this.#gauge('resting_destinations', values.restingDestinations)
    this.#gauge('spooled_messages', counts.spooled)
    this.#gauge('reports_due', counts.reportsDue)
    this.#counter('store_requests_total', store.requests)
    this.#counter('store_commits_total', store.commits)
    this.#queue.reset()
    for (const { state, destination, deliveries } of values.queue)
      this.#queue.inc({ state, destination }, deliveries)
    for (const { seconds, deliveries } of values.ages) this.#ages.set({ seconds }, deliveries)
    this.#rates.reset()
    for (const [limit, refused] of values.rates) this.#rates.inc({ limit }, refused)
  }

  #gauge(name: string, value: number): void {
    this.#gauges.get(name)?.set(value)
  }

  /** What is counted elsewhere is taken over as it is. */
  #counter(name: string, value: number): void {
    const counter = this.#counters.get(name)
    counter?.reset()
    counter?.inc(value)
  }
}

const gauges = [
  ['ready', 'Whether the store answers: mail is taken and sent; 1 or 0.'],
  ['queue_oldest_seconds', 'Age of the message that has waited the longest.'],
  ['resting_destinations', 'Destinations with mail of which no host could be reached.'],
  ['spooled_messages', 'Messages on disk whose recipients are not worked out yet.'],
  ['reports_due', 'Failed deliveries that their senders are still to be told of.'],
] as const

const counters = [
  ['store_requests_total', 'What the store was asked.'],
  ['store_commits_total', 'Commits to disk; several changes share one.'],
] as const
