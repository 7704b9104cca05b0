/** What a running relay says of itself. */
import type { StoreCounts } from '../store/records.ts'
import type { RelayRecord } from '../store/relay-records.ts'
import type { Store } from '../store/store.ts'

export interface RelayStatus {
  /** Unix milliseconds. */
  readonly startedAt: number
  /** When the configuration was put in use that it works by; Unix milliseconds. */
  readonly configuredAt: number
  readonly process: number
  readonly memory: { readonly residentBytes: number; readonly heapBytes: number }
  readonly queue: StoreCounts
  /** When the next delivery is due, in Unix milliseconds; null: none waits. */
  readonly nextAttemptAt: number | null
  /** All relays that share the store, this one among them, by number. */
  readonly relays: readonly RelayRecord[]
}

export interface RelayTimes {
  readonly startedAt: number
  readonly configuredAt: number
  readonly now: number
}

/** @throws StoreError */
export async function relayStatus(
  store: Pick<Store, 'counts' | 'listQueue' | 'relays'>,
  { startedAt, configuredAt }: RelayTimes,
): Promise<RelayStatus> {
  const [queue, [next], relays] = await Promise.all([
    store.counts(),
    store.listQueue({ limit: 1, state: 'queued' }),
    store.relays(),
  ])
  const { rss, heapUsed } = process.memoryUsage()
  return {
    startedAt,
    configuredAt,
    process: process.pid,
    memory: { residentBytes: rss, heapBytes: heapUsed },
    queue,
    nextAttemptAt: next?.nextAttemptAt ?? null,
    relays,
  }
}
