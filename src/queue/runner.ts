/**
 * The queue: attempts deliveries when they are due. It has a bounded number in hand and fetches more from the store
 * as places become free. Before an attempt is made the time of the next is in the store, so that a crash does not
 * make it hammer the peer; an attempt that is over is recorded before anything else is done with the delivery.
 */

import type { AttemptRecord, StoredDelivery } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'
import { type AttemptResult, deferredBy, expired, reachedNobody, recordOf } from './attempt-result.ts'
import { Backlog, type BacklogSettings, type Entry } from './backlog.ts'
import { DestinationHealth, type Health, type HealthSettings } from './destination-health.ts'
import { lifeOf } from './end-of-life.ts'
import { Feed, storeRetryMilliseconds } from './feed.ts'
import { inOrderSettings, putOff, putsOff } from './put-off.ts'
import { nextAttemptAt, retryAt, type ScheduleSettings } from './schedule.ts'
import type { Suspects } from './suspects.ts'
import { systemTimer, type Timer } from './timer.ts'
import { noTurn, type Turn, Turns } from './turns.ts'

/** What the queue reports for the log. */
export type QueueEvent =
  /** An attempt was made and recorded; `nextAttemptAt` is set where it was deferred. */
  | {
      readonly kind: 'attempted'
      readonly delivery: StoredDelivery
      readonly attempt: AttemptRecord
      readonly nextAttemptAt?: number
      /** When its sender is to be told of the delay. */
      readonly warnAt?: number
    }
  /** No host of a destination can be reached: nothing is attempted until then. `givenBack` were in hand already. */
  | {
      readonly kind: 'rests'
      readonly destination: string
      readonly until: number
      readonly givenBack: readonly StoredDelivery[]
    }
  /** The store failed; it is tried again. */
  | { readonly kind: 'store-failed'; readonly error: unknown }
  /** The outcome of an attempt is not recorded: the store cannot, and it is made again; or somebody else makes it by now. */
  | { readonly kind: 'unrecorded'; readonly delivery: StoredDelivery; readonly error: unknown }
  /** `onFinal` threw. */
  | { readonly kind: 'not-followed-up'; readonly delivery: StoredDelivery; readonly error: unknown }

/** Places and memory of deliveries that go by gateways. */
export type InOrderPlaces = Pick<BacklogSettings, 'perDestination' | 'destinations' | 'maxInMemory'>

export interface QueueSettings extends BacklogSettings {
  readonly schedule: ScheduleSettings
  /** How destinations are treated that cannot be reached, or are not known yet. Without it as all others. */
  readonly health?: HealthSettings
  /** After this time an attempt counts as one that takes long. */
  readonly slowAfterMilliseconds?: number
  /** How long after it was queued a delivery that is deferred makes its sender be told; absent: never. */
  readonly warnAfterMilliseconds?: number
  /** What is different for deliveries that go by gateways: they have places and memory of their own. */
  readonly inOrder?: InOrderPlaces
}

export interface QueueDependencies {
  readonly store: Pick<
    Store,
    'due' | 'dueInOrder' | 'hasInOrder' | 'announceAttempt' | 'releaseAttempts' | 'postpone' | 'finishAttempt'
  >
  /** Unix milliseconds. */
  readonly clock: () => number
  /** A random number from 0 up to 1, for the jitter. */
  readonly random: () => number
  readonly settings: QueueSettings
  /** Makes one attempt, which passes its turn when it is on its way. What it throws counts as a deferral. */
  readonly attempt: (delivery: StoredDelivery, turn: Turn) => Promise<AttemptResult>
  /** Called once it is on disk that a delivery became delivered or failed. */
  readonly onFinal: (delivery: StoredDelivery, attempt: AttemptRecord) => Promise<void>
  readonly log: (event: QueueEvent) => void
  /** Deliveries that are tried alone. */
  readonly suspects?: Pick<Suspects, 'excepted' | 'mayBegin'>
  /** Relays that share the store: whether what is in hand is still this one's, and how many they are. Default: it is alone. */
  readonly lease?: QueueLease
  /** Default: timers of the runtime that do not keep the process alive. */
  readonly timer?: Timer
}

/** What the queue is told of the lease of its relay. */
export interface QueueLease {
  readonly isInForce: boolean
  readonly relays: number
}

/** What a deferred attempt leads to; empty for one that was the last. */
interface Again {
  readonly nextAttemptAt?: number
  readonly warnAt?: number
}

/** What `stop` came to. */
export interface Stopped {
  /** Deliveries in hand that were not attempted and are due at once after the next start. */
  readonly givenBack: number
  /** Attempts that did not end in time; they are made again at their announced time. */
  readonly underWay: number
}

/** Deliveries given back in one request, so that the commits of others do not wait long for a large list's. */
const releasedAtOnce = 500
const postponedAtOnce = 500

/** Attempts deliveries when they are due. */
export class QueueRunner {
  readonly #parts: QueueDependencies
  readonly #timer: Timer
  readonly #health: DestinationHealth | undefined
  readonly #backlog: Backlog
  readonly #inOrder: Backlog
  readonly #turns = new Turns()
  readonly #feed: Feed
  readonly #tasks = new Set<Promise<void>>()
  #recording = 0
  /** The store did not take what had to be written: nothing new is started until it does. */
  #storeFails = false
  #stopping = false
  #abandoned = false
  #cancelPaced: () => void = () => {}

  constructor(parts: QueueDependencies) {
    this.#parts = parts
    this.#timer = parts.timer ?? systemTimer
    const { health } = parts.settings
    this.#health = health === undefined ? undefined : new DestinationHealth(health)
    this.#backlog = new Backlog(parts.settings, this.#health, () => parts.lease?.relays ?? 1)
    this.#inOrder = new Backlog(inOrderSettings(parts.settings))
    this.#feed = new Feed({
      store: parts.store,
      backlog: this.#backlog,
      inOrder: this.#inOrder,
      clock: parts.clock,
      timer: this.#timer,
      isPutOff: delivery => this.#health?.isPutOff(delivery, parts.clock()) === true,
      isResting: destination => this.#restingUntil(destination) !== undefined,
      suspects: parts.suspects,
      onFetched: () => this.#startAttempts(),
      onError: error => parts.log({ kind: 'store-failed', error }),
    })
  }

  /** How many deliveries are in hand, and how many attempts are under way. */
  get load(): { readonly inHand: number; readonly running: number } {
    return {
      inHand: this.#backlog.size + this.#inOrder.size,
      running: this.#backlog.running + this.#inOrder.running,
    }
  }

  /** What is known of a destination. */
  healthOf(destination: string): Health {
    return this.#health?.of(destination, this.#parts.clock()) ?? { state: 'unknown', restsUntil: null }
  }

  /** Begins to fetch what is due; call it again to have the store looked at now. */
  look(): void {
    if (!this.#stopping) this.#feed.look()
  }

  /**
   * Takes freshly planned deliveries, whose first attempt is announced, straight in hand. Those for which there is no
   * room go back to the store, due at once; those that go by a gateway are fetched from there in their turn. Answers those that were taken.
   */
  offer(deliveries: readonly StoredDelivery[]): readonly StoredDelivery[] {
    const taken: StoredDelivery[] = []
    const refused: StoredDelivery[] = []
    let isForGateway = false
    for (const delivery of deliveries) {
      if (delivery.state !== 'queued') continue
      const until = this.#restingUntil(delivery.destination)
      if (until !== undefined) this.#track(this.#release([delivery], until))
      if (until !== undefined) continue
      if (delivery.inOrder) {
        isForGateway = true
        continue
      }
      const result = this.#stopping ? 'no-room' : this.#backlog.add({ delivery, announced: true })
      if (result === 'taken') taken.push(delivery)
      if (result === 'no-room') refused.push(delivery)
    }
    if (refused.length > 0) this.#track(this.#giveBack(refused))
    if (isForGateway) this.look()
    this.#startAttempts()
    return taken
  }

  /**
   * Starts no attempt any more, gives back what is waiting, and waits for what is under way, but no longer than
   * `graceMilliseconds`. The store must stay open until then.
   */
  async stop(graceMilliseconds: number): Promise<Stopped> {
    this.#stopping = true
    this.#cancelPaced()
    this.#feed.stop()
    const waiting = [...this.#backlog.takeWaiting(), ...this.#inOrder.takeWaiting()]
    const announced = waiting.filter(entry => entry.announced).map(entry => entry.delivery)
    if (announced.length > 0) this.#track(this.#giveBack(announced))
    await this.#tasksWithin(graceMilliseconds)
    return { givenBack: waiting.length, underWay: this.load.inHand }
  }

  /** The store is about to be closed: what is still under way is not recorded, and made again at its announced time. */
  abandon(): void {
    this.#abandoned = true
  }

  #startAttempts(): void {
    const { settings, lease } = this.#parts
    while (!this.#stopping && !this.#storeFails && this.#recording < settings.total) {
      if (lease?.isInForce === false) break
      const now = this.#parts.clock()
      const entry = this.#inOrder.next(now) ?? this.#backlog.next(now)
      if (entry === undefined) break
      this.#track(this.#carryOut(entry))
    }
    this.#awaitPace()
  }

  /** Comes back when the next destination that is kept to a pace may have a turn. */
  #awaitPace(): void {
    this.#cancelPaced()
    const readyAt = Math.min(
      this.#backlog.readyAt ?? Number.POSITIVE_INFINITY,
      this.#inOrder.readyAt ?? Number.POSITIVE_INFINITY,
    )
    if (readyAt === Number.POSITIVE_INFINITY || this.#stopping) return
    const wait = Math.max(1, readyAt - this.#parts.clock())
    this.#cancelPaced = this.#timer.after(wait, () => this.#startAttempts())
  }

  async #carryOut(entry: Entry): Promise<void> {
    const backlog = entry.delivery.inOrder ? this.#inOrder : this.#backlog
    const turn = entry.delivery.inOrder ? this.#turns.take(entry.delivery.destination) : noTurn
    const claimed = entry.announced ? entry.delivery : await this.#announce(entry.delivery)
    const delivery = claimed === 'changed' ? undefined : claimed
    // What the store has not taken goes again, and what is behind it with it.
    if (claimed === undefined) turn.pass(putOff(unwritten, this.#parts.clock()))
    const made = delivery === undefined ? undefined : await this.#attempt(delivery, turn)
    turn.pass()
    if (this.#abandoned) return
    if (made !== undefined) this.#judge(entry.delivery.destination, made)
    backlog.leavePlace(entry.delivery)
    if (delivery !== undefined && made !== undefined) await this.#settle(delivery, made)
    backlog.drop(entry.delivery)
    if (claimed === 'changed') this.#feed.askAgain()
    this.#feed.onDropped(entry.delivery)
    this.#startAttempts()
  }

  /**
   * Has the attempt and the time of the next one written down; undefined if it must not be made. `changed`: the delivery is not
   * what was fetched any more; somebody else has claimed it, put it off or pulled it forward.
   */
  async #announce(delivery: StoredDelivery): Promise<StoredDelivery | 'changed' | undefined> {
    const { store, clock, random, settings } = this.#parts
    const attempts = delivery.attempts + 1
    // One that a crash cuts off must not be overtaken: it stays due. The gateway recognises what it had.
    const nextAttemptAt = delivery.inOrder
      ? delivery.nextAttemptAt
      : retryAt({ attempts, now: clock(), jitter: random() }, settings.schedule)
    try {
      if (!(await store.announceAttempt(delivery, nextAttemptAt))) return 'changed'
      const claimed = { ...delivery, attempts, nextAttemptAt }
      if (!this.#stopping) return claimed
      await this.#giveBack([claimed])
    } catch (error) {
      this.#parts.log({ kind: 'store-failed', error })
      this.#holdOn()
    }
    return undefined
  }

  async #attempt(delivery: StoredDelivery, turn: Turn): Promise<AttemptRecord> {
    const { clock, attempt } = this.#parts
    const startedAt = clock()
    const stopWatching = this.#watch(delivery)
    try {
      return recordOf(await attempt(delivery, turn), startedAt, clock())
    } catch (error) {
      const result = putsOff(delivery) ? putOff(deferredBy(error), clock()) : deferredBy(error)
      if (putsOff(delivery)) turn.pass(result)
      return recordOf(result, startedAt, clock())
    } finally {
      stopWatching()
    }
  }

  /** An attempt that takes long leaves its place to another one. */
  #watch(delivery: StoredDelivery): () => void {
    const { slowAfterMilliseconds } = this.#parts.settings
    if (slowAfterMilliseconds === undefined || delivery.inOrder) return () => {}
    return this.#timer.after(slowAfterMilliseconds, () => {
      this.#backlog.tookLong(delivery)
      this.#startAttempts()
    })
  }

  #restingUntil(destination: string): number | undefined {
    return this.#health?.restingUntil(destination, this.#parts.clock())
  }

  /** What an attempt says about its destination as a whole. */
  #judge(destination: string, made: AttemptRecord): void {
    if (this.#health === undefined) return
    if (made.retryAt !== undefined) {
      const end = this.#health.restsUntil(destination, made.endedAt, made.retryAt)
      if (end !== undefined) this.#track(this.#rest(destination, end))
      return
    }
    if (made.isLocalFault === true) return
    if (!reachedNobody(made)) {
      this.#health.reached(destination, made.endedAt)
      this.#backlog.review(destination)
      return
    }
    const { random, settings } = this.#parts
    const until = this.#health.failed(destination, made, 1 + settings.schedule.jitterShare * random())
    if (until !== undefined) this.#track(this.#rest(destination, until))
  }

  /** Puts off everything for a destination: one attempt at the end of its rest will show whether it can be reached. */
  async #rest(destination: string, until: number): Promise<void> {
    const { store, log } = this.#parts
    const waiting = [
      ...this.#backlog.takeWaitingFor(destination),
      ...this.#inOrder.takeWaitingFor(destination),
    ]
    const givenBack = waiting.filter(entry => entry.announced).map(entry => entry.delivery)
    log({ kind: 'rests', destination, until, givenBack })
    this.#feed.lookAt(until)
    try {
      await this.#release(givenBack, until)
      while ((await store.postpone(destination, until, postponedAtOnce)) === postponedAtOnce) {}
    } catch (error) {
      // They are skipped as long as it rests.
      log({ kind: 'store-failed', error })
    }
    this.look()
  }

  /** Records what an attempt came to and has it followed up if it was the last one. */
  async #settle(delivery: StoredDelivery, made: AttemptRecord): Promise<void> {
    const next = made.outcome === 'deferred' ? this.#nextAttemptAt(delivery, made) : undefined
    const attempt = next === 'expired' ? expired(made) : made
    const again: Again = typeof next === 'number' ? { nextAttemptAt: next, ...this.#warnAt(delivery) } : {}
    this.#recording += 1
    this.#startAttempts()
    const recorded = await this.#record(delivery, attempt, again)
    this.#recording -= 1
    if (!recorded) return
    this.#parts.log({ kind: 'attempted', delivery, attempt, ...again })
    if (again.nextAttemptAt === undefined) this.#track(this.#followUp(delivery, attempt))
    else this.#feed.lookAt(again.nextAttemptAt)
  }

  /** None where the delivery is given up before. */
  #warnAt(delivery: StoredDelivery): { readonly warnAt?: number } {
    const { schedule, warnAfterMilliseconds } = this.#parts.settings
    const { lifetimeMilliseconds } = schedule
    const plannedAt = plannedAtOf(delivery, lifetimeMilliseconds)
    const { warnAt } = lifeOf(plannedAt, undefined, { lifetimeMilliseconds, warnAfterMilliseconds })
    return warnAt !== undefined && warnAt < delivery.expiresAt ? { warnAt } : {}
  }

  /** By its own schedule, but not while its destination rests. */
  #nextAttemptAt(delivery: StoredDelivery, made: AttemptRecord): number | 'expired' {
    const { attempts, expiresAt, destination } = delivery
    const { random, settings } = this.#parts
    if (made.retryAt !== undefined && made.endedAt < expiresAt) return Math.min(made.retryAt, expiresAt)
    const attempted = { attempts, now: made.endedAt, jitter: random(), expiresAt }
    const next = nextAttemptAt(attempted, settings.schedule)
    return next === 'expired' ? next : Math.max(next, this.#restingUntil(destination) ?? 0)
  }

  /**
   * Writes an attempt down, however often that takes: what a peer has accepted must not be sent again. Meanwhile
   * nothing new is started.
   */
  async #record(
    delivery: StoredDelivery,
    attempt: AttemptRecord,
    { nextAttemptAt, warnAt }: Again,
  ): Promise<boolean> {
    for (;;) {
      try {
        const isOurs = await this.#parts.store.finishAttempt(delivery, attempt, nextAttemptAt, warnAt)
        this.#storeFails = false
        if (!isOurs) this.#parts.log({ kind: 'unrecorded', delivery, error: new Error(claimLost) })
        return isOurs
      } catch (error) {
        if (this.#abandoned) return false
        if (!isPassing(error)) {
          this.#parts.log({ kind: 'unrecorded', delivery, error })
          return false
        }
        this.#storeFails = true
        this.#parts.log({ kind: 'store-failed', error })
        await this.#pause(storeRetryMilliseconds).over
      }
    }
  }

  /** The store failed: starts nothing for a while. */
  #holdOn(): void {
    this.#storeFails = true
    void this.#pause(storeRetryMilliseconds).over.then(() => {
      this.#storeFails = false
      this.look()
      this.#startAttempts()
    })
  }

  async #followUp(delivery: StoredDelivery, attempt: AttemptRecord): Promise<void> {
    try {
      await this.#parts.onFinal(delivery, attempt)
    } catch (error) {
      this.#parts.log({ kind: 'not-followed-up', delivery, error })
    }
  }

  async #giveBack(deliveries: readonly StoredDelivery[]): Promise<void> {
    await this.#release(deliveries, this.#parts.clock())
    for (const { destination } of deliveries) this.#feed.leaveBehind(destination)
    this.look()
  }

  /** Takes back attempts that were announced; they are due at this time instead. */
  async #release(deliveries: readonly StoredDelivery[], dueAt: number): Promise<void> {
    const { store, log } = this.#parts
    try {
      for (let start = 0; start < deliveries.length; start += releasedAtOnce) {
        await store.releaseAttempts(deliveries.slice(start, start + releasedAtOnce), dueAt)
      }
    } catch (error) {
      // They are attempted all the same, at the time that was announced.
      log({ kind: 'store-failed', error })
    }
  }

  #pause(milliseconds: number): { readonly over: Promise<void>; readonly cancel: () => void } {
    let cancel = () => {}
    const over = new Promise<void>(resolve => {
      cancel = this.#timer.after(milliseconds, resolve)
    })
    return { over, cancel }
  }

  #track(task: Promise<void>): void {
    this.#tasks.add(task)
    void task.finally(() => this.#tasks.delete(task))
  }

  /** Waits until nothing is under way, what follows from it included, or the time is up. */
  async #tasksWithin(milliseconds: number): Promise<void> {
    const limit = this.#pause(milliseconds)
    let timeIsUp = false
    void limit.over.then(() => {
      timeIsUp = true
    })
    while (this.#tasks.size > 0 && !timeIsUp) await Promise.race([Promise.all(this.#tasks), limit.over])
    limit.cancel()
  }
}

const unwritten: AttemptResult = {
  kind: 'deferred',
  phase: 'internal',
  reason: 'an attempt before it could not be written down',
}

const claimLost = 'the attempt took so long that another one was begun: what it came to is not recorded'

/** Whether a failure of the store may pass, so that asking again makes sense. */
function isPassing(error: unknown): boolean {
  return error instanceof StoreError && ['full', 'io', 'busy', 'away', 'refused'].includes(error.code)
}

/** When a delivery was made: its hop says so; without one it lives as long as the settings say. */
function plannedAtOf({ hop, expiresAt }: StoredDelivery, lifetimeMilliseconds: number): number {
  const signedAt = hop && 'timestampSeconds' in hop ? hop.timestampSeconds : undefined
  return typeof signedAt === 'number' ? signedAt * 1000 : expiresAt - lifetimeMilliseconds
}
