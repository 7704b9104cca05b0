/** A clock with timers that only move when told to, a store in memory, and a queue on top of both. */

import type { AttemptResult } from '../../../src/queue/attempt-result.ts'
import { type QueueDependencies, type QueueEvent, QueueRunner } from '../../../src/queue/runner.ts'
import type { ScheduleSettings } from '../../../src/queue/schedule.ts'
import type { Timer } from '../../../src/queue/timer.ts'
import type { Claim } from '../../../src/store/queries.ts'
import type { AttemptRecord, StoredDelivery } from '../../../src/store/records.ts'
import type { Store } from '../../../src/store/store.ts'

/** Time that stands still between calls of `advance`. */
export class FakeClock implements Timer {
  now = 1_000_000
  #timers: { at: number; callback: () => void }[] = []

  readonly read = (): number => this.now

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.now + milliseconds, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length
  }

  /** Lets time pass; timers fire in their order, and what follows from each happens before the next. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.now = Math.max(this.now, next.at)
      this.#timers = this.#timers.filter(timer => timer !== next)
      next.callback()
      await settled()
    }
    this.now = end
    await settled()
  }
}

/** All that can happen without time passing has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** The part of the store that the queue uses, in memory. */
export class FakeStore
  implements
    Pick<
      Store,
      | 'due'
      | 'dueInOrder'
      | 'hasInOrder'
      | 'announceAttempt'
      | 'releaseAttempts'
      | 'postpone'
      | 'finishAttempt'
    >
{
  readonly deliveries = new Map<number, StoredDelivery>()
  readonly attempts: (AttemptRecord & { id: number })[] = []
  /** Set to make every change fail. */
  failure: Error | undefined
  /** How many deliveries the answers of `due` had, at most. */
  largestPage = 0
  /** How many deliveries all answers of `due` had together. */
  answered = 0

  async due(query: Parameters<Store['due']>[0]): ReturnType<Store['due']> {
    const queued = [...this.deliveries.values()]
      .filter(({ state }) => state === 'queued')
      .filter(({ id }) => !query.exceptIds?.includes(id))
      .filter(({ destination }) => !query.exceptDestinations?.includes(destination))
      .sort((a, b) => a.nextAttemptAt - b.nextAttemptAt || a.id - b.id)
    const due = queued.filter(({ nextAttemptAt, inOrder }) => nextAttemptAt <= query.now && !inOrder)
    const deliveries = due.slice(0, query.limit)
    this.largestPage = Math.max(this.largestPage, deliveries.length)
    this.answered += deliveries.length
    if (deliveries.length < due.length) return { deliveries, nextDueAt: query.now }
    return { deliveries, nextDueAt: queued.find(one => one.nextAttemptAt > query.now)?.nextAttemptAt ?? null }
  }

  /** In the order of their numbers; those of one sender. */
  async dueInOrder(query: Parameters<Store['dueInOrder']>[0]): Promise<StoredDelivery[]> {
    const queued = [...this.deliveries.values()]
      .filter(({ state, inOrder }) => state === 'queued' && inOrder)
      .filter(({ destination }) => !query.exceptDestinations?.includes(destination))
      .filter(({ id }) => !query.exceptIds?.includes(id))
      .sort((a, b) => a.id - b.id)
    const isNotDue = ({ nextAttemptAt }: StoredDelivery) => nextAttemptAt > query.now
    return queued
      .filter(
        (one, at) =>
          ![...queued.slice(0, at), one].some(
            older => older.destination === one.destination && isNotDue(older),
          ),
      )
      .slice(0, query.limit)
  }

  async hasInOrder(query: Parameters<Store['hasInOrder']>[0]): Promise<boolean> {
    return (await this.dueInOrder({ ...query, limit: 1, unplannedSince: 0 })).length > 0
  }

  async announceAttempt(seen: StoredDelivery, nextAttemptAt: number): Promise<boolean> {
    const { id, attempts } = seen
    if (this.failure !== undefined) throw this.failure
    const delivery = this.deliveries.get(id)
    if (delivery?.state !== 'queued' || delivery.attempts !== attempts) return false
    if (delivery.nextAttemptAt !== seen.nextAttemptAt) return false
    this.deliveries.set(id, { ...delivery, attempts: attempts + 1, nextAttemptAt })
    return true
  }

  async releaseAttempts(claims: readonly Claim[], nextAttemptAt: number): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    for (const { id, attempts } of claims.filter(claim => this.#isHeld(claim)))
      this.#change(id, { nextAttemptAt, attempts: attempts - 1 })
  }

  async postpone(destination: string, until: number, limit: number): Promise<number> {
    if (this.failure !== undefined) throw this.failure
    const earlier = [...this.deliveries.values()]
      .filter(one => one.state === 'queued' && one.destination === destination && one.nextAttemptAt < until)
      .slice(0, limit)
    for (const { id } of earlier) this.#change(id, { nextAttemptAt: until })
    return earlier.length
  }

  async finishAttempt(claim: Claim, attempt: AttemptRecord, nextAttemptAt?: number): Promise<boolean> {
    if (this.failure !== undefined) throw this.failure
    if (!this.#isHeld(claim)) return false
    const { id } = claim
    this.attempts.push({ ...attempt, id })
    if (nextAttemptAt !== undefined) this.#change(id, { nextAttemptAt })
    if (attempt.outcome !== 'deferred') this.#change(id, { state: attempt.outcome })
    return true
  }

  #isHeld({ id, attempts }: Claim): boolean {
    return this.deliveries.get(id)?.attempts === attempts
  }

  #change(id: number, changes: Partial<StoredDelivery>): void {
    const delivery = this.deliveries.get(id)
    if (delivery !== undefined) this.deliveries.set(id, { ...delivery, ...changes })
  }
}

/** A queued delivery as the store would answer it. */
export function storedDelivery(id: number, changes: Partial<StoredDelivery> = {}): StoredDelivery {
  return {
    id,
    queueId: `M${id}`,
    ordinal: 0,
    kind: 'alias',
    state: 'queued',
    recipient: 'team@alias.example',
    forwardPath: `r${id}@destination.example`,
    reversePath: 'b+token@alias.example',
    destination: 'destination.example',
    hop: null,
    added: null,
    prefix: Buffer.alloc(0),
    postId: null,
    subscriberId: null,
    attempts: 0,
    nextAttemptAt: 0,
    expiresAt: 1_000_000 + 100 * 60_000,
    finishedAt: null,
    reason: null,
    notification: null,
    successDsn: 'none',
    dsn: 'none',
    dsnQueueId: null,
    inOrder: false,
    ...changes,
  }
}

/** An attempt under way: the test decides how it ends. */
export interface OpenAttempt {
  readonly delivery: StoredDelivery
  end(result: AttemptResult): Promise<void>
  fail(error: Error): Promise<void>
}

export const delivered: AttemptResult = { kind: 'delivered', phase: 'body', nextHop: 'mx.example' }
export const deferred: AttemptResult = { kind: 'deferred', phase: 'connect', reason: 'connection refused' }
export const failed: AttemptResult = { kind: 'failed', phase: 'rcpt', reason: 'no such user' }

/** Minutes 1, 5 and then every 10, without jitter. */
export const schedule: ScheduleSettings = {
  delaysMilliseconds: [60_000, 300_000, 600_000],
  lifetimeMilliseconds: 100 * 60_000,
  jitterShare: 0,
}

/** A queue whose attempts the test ends. */
export function newQueue(
  parts: Partial<QueueDependencies> & { limits?: Partial<QueueDependencies['settings']> } = {},
) {
  const clock = new FakeClock()
  const store = new FakeStore()
  const open: OpenAttempt[] = []
  const finals: [number, AttemptRecord][] = []
  const events: QueueEvent[] = []
  const attempt = (delivery: StoredDelivery) =>
    new Promise<AttemptResult>((resolve, reject) => {
      const closeWith = (settle: () => void) => {
        open.splice(open.indexOf(one), 1)
        settle()
        return settled()
      }
      const one: OpenAttempt = {
        delivery,
        end: result => closeWith(() => resolve(result)),
        fail: error => closeWith(() => reject(error)),
      }
      open.push(one)
    })
  const runner = new QueueRunner({
    store,
    clock: clock.read,
    random: () => 0,
    settings: { perDestination: 2, total: 10, maxInMemory: 40, schedule, ...parts.limits },
    attempt,
    onFinal: async (delivery, record) => void finals.push([delivery.id, record]),
    log: event => events.push(event),
    timer: clock,
    ...parts,
  })
  /** Puts deliveries in the store. */
  const put = (...deliveries: StoredDelivery[]) => {
    for (const delivery of deliveries) store.deliveries.set(delivery.id, delivery)
  }
  /** Puts deliveries in the store as planned just now, and offers them. */
  const plan = (...deliveries: StoredDelivery[]) => {
    const planned = deliveries.map(one => ({
      ...one,
      attempts: one.inOrder ? 0 : 1,
      nextAttemptAt: one.inOrder ? clock.now : clock.now + 60_000,
    }))
    put(...planned)
    return runner.offer(planned)
  }
  return { clock, store, open, finals, events, runner, put, plan }
}
