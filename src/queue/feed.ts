/**
 * Fetches due deliveries from the store into the backlog: page by page, only while there is room, and without the
 * destinations that have none. Keeps one timer, for the next time that something is due.
 */

import type { StoredDelivery } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import type { Backlog } from './backlog.ts'
import type { Suspects } from './suspects.ts'
import type { Timer } from './timer.ts'

export interface FeedSettings {
  readonly store: Pick<Store, 'due' | 'dueInOrder' | 'hasInOrder'>
  readonly backlog: Backlog
  /** For those that go by gateways. */
  readonly inOrder: Backlog
  /** Unix milliseconds. */
  readonly clock: () => number
  readonly timer: Timer
  /** A due delivery that is left where it is: its destination rests, and it is about to be put off. */
  readonly isPutOff: (delivery: StoredDelivery) => boolean
  readonly isResting: (destination: string) => boolean
  /** Deliveries that are tried alone. */
  readonly suspects?: Pick<Suspects, 'excepted' | 'mayBegin'> | undefined
  /** Called after deliveries were added to the backlog. */
  readonly onFetched: () => void
  /** Called when the store did not answer; it is asked again a little later. */
  readonly onError: (error: unknown) => void
}

/** Deliveries in one answer of the store, at most. */
const pageSize = 200

/** The store is looked at this often even if nothing is known to be due: the clock may jump, an operator may act. */
const maxSleepMilliseconds = 30_000

/** Those that go by gateways may wait for the plan of an older message, or for another relay: how soon they are asked for again. */
const heldBackMilliseconds = 1_000

/**
 * How long the later messages of a sender wait for the plan of an older one, at most: a plan that fails again and again (a key that
 * is missing, say) must not hold them up for ever. Counted from the start where the message came before that.
 */
const unplannedMilliseconds = 10 * 60_000

/** How long to wait after the store failed. */
export const storeRetryMilliseconds = 1000

/** The supply of due deliveries. */
export class Feed {
  readonly #settings: FeedSettings
  /** Destinations of which the store may hold more that is due, left there because they had no room. */
  readonly #leftBehind = new Set<string>()
  /** Destinations of which something was due although they rest: it was not put off yet. */
  readonly #resting = new Set<string>()
  /** Suspects that were due while another had the turn: the next of them begins without all being asked for again. */
  readonly #setAside = new Map<number, StoredDelivery>()
  readonly #startedAt: number
  #wanted = false
  #fetching = false
  #wantedInOrder = false
  #fetchingInOrder = false
  #stopped = false
  #wakeTime = Number.POSITIVE_INFINITY
  #cancelTimer: () => void = () => {}

  constructor(settings: FeedSettings) {
    this.#settings = settings
    this.#startedAt = settings.clock()
  }

  /** Something may be due: fetch it as soon as there is room. */
  look(): void {
    this.#resting.clear()
    this.askAgain()
    void this.#fetch()
    void this.#fetchInOrder()
  }

  /** Something that was fetched is not as it was seen any more, but may be due all the same. Call it when it was dropped. */
  askAgain(): void {
    this.#wanted = true
    this.#wantedInOrder = true
  }

  /** Look at this time at the latest. */
  lookAt(time: number): void {
    if (this.#stopped || time >= this.#wakeTime) return
    this.#cancelTimer()
    this.#wakeTime = time
    const { clock, timer } = this.#settings
    const sleep = Math.min(Math.max(0, time - clock()), maxSleepMilliseconds)
    this.#cancelTimer = timer.after(sleep, () => {
      this.#wakeTime = Number.POSITIVE_INFINITY
      this.look()
    })
  }

  /** The store holds a due delivery to this destination for which there was no room. */
  leaveBehind(destination: string): void {
    this.#leftBehind.add(destination)
  }

  /** The backlog has a delivery less: it may be time to fetch. */
  onDropped({ destination, inOrder }: StoredDelivery): void {
    if (inOrder) {
      if (this.#settings.inOrder.isLow(destination)) this.#wantedInOrder = true
      if (this.#wantedInOrder) void this.#fetchInOrder()
      return
    }
    if (this.#leftBehind.has(destination) && this.#settings.backlog.isLow(destination)) {
      this.#leftBehind.delete(destination)
      this.#wanted = true
    }
    if (this.#wanted) void this.#fetch()
  }

  /** Fetches nothing any more. */
  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  async #fetch(): Promise<void> {
    if (this.#fetching) return
    this.#fetching = true
    while (this.#wanted && !this.#stopped && this.#settings.backlog.hasRoom) {
      this.#wanted = false
      this.#beginSetAside()
      try {
        await this.#fetchPage()
      } catch (error) {
        this.#settings.onError(error)
        this.lookAt(this.#settings.clock() + storeRetryMilliseconds)
      }
    }
    this.#fetching = false
  }

  async #fetchInOrder(): Promise<void> {
    if (this.#fetchingInOrder) return
    this.#fetchingInOrder = true
    while (this.#wantedInOrder && !this.#stopped && this.#settings.inOrder.hasRoom) {
      this.#wantedInOrder = false
      try {
        await this.#fetchPageInOrder()
      } catch (error) {
        this.#settings.onError(error)
        this.lookAt(this.#settings.clock() + storeRetryMilliseconds)
      }
    }
    this.#fetchingInOrder = false
  }

  async #fetchPageInOrder(): Promise<void> {
    const { store, inOrder, clock, onFetched } = this.#settings
    const now = clock()
    const exceptions = {
      exceptDestinations: [...inOrder.saturated(), ...this.#resting],
      exceptIds: inOrder.ids(),
    }
    // When the next one is due is known by whoever fetches the others, unless those have no room.
    if (!(await store.hasInOrder({ now, ...exceptions }))) return this.lookAt(now + maxSleepMilliseconds)
    const unplannedSince = now - this.#startedAt < unplannedMilliseconds ? 0 : now - unplannedMilliseconds
    const limit = Math.min(pageSize, inOrder.room)
    const deliveries = await store.dueInOrder({ now, limit, unplannedSince, ...exceptions })
    if (this.#stopped) return
    const before = inOrder.size
    this.#takeInOrder(deliveries)
    // Where nothing was taken, asking again at once would answer the same.
    if (deliveries.length === limit && inOrder.size > before) this.#wantedInOrder = true
    else this.lookAt(now + heldBackMilliseconds)
    onFetched()
  }

  #takeInOrder(deliveries: readonly StoredDelivery[]): void {
    const { inOrder, isPutOff, suspects } = this.#settings
    const full = new Set<string>()
    for (const delivery of deliveries) {
      const { id, destination } = delivery
      if (full.has(destination)) continue
      if (isPutOff(delivery)) this.#resting.add(destination)
      // Another suspect has the turn, or there is no room: what is behind it stays behind it.
      else if (suspects?.mayBegin(id) === false || inOrder.add({ delivery, announced: false }) === 'no-room')
        full.add(destination)
    }
  }

  async #fetchPage(): Promise<void> {
    const { store, backlog, clock, isResting, suspects, onFetched } = this.#settings
    const now = clock()
    const saturated = backlog.saturated()
    for (const destination of saturated) this.#leftBehind.add(destination)
    for (const destination of this.#resting) if (!isResting(destination)) this.#resting.delete(destination)
    const answer = await store.due({
      now,
      limit: Math.min(pageSize, backlog.room),
      exceptDestinations: [...saturated, ...this.#resting],
      exceptIds: [...new Set([...backlog.ids(), ...this.#setAside.keys(), ...(suspects?.excepted() ?? [])])],
    })
    if (this.#stopped) return
    for (const delivery of answer.deliveries) this.#take(delivery)
    if (answer.nextDueAt !== null && answer.nextDueAt <= now) this.#wanted = true
    else this.lookAt(Math.min(answer.nextDueAt ?? Number.POSITIVE_INFINITY, now + maxSleepMilliseconds))
    onFetched()
  }

  #take(delivery: StoredDelivery): void {
    const { backlog, isPutOff, suspects } = this.#settings
    if (isPutOff(delivery)) {
      this.#resting.add(delivery.destination)
      return
    }
    if (suspects?.mayBegin(delivery.id) === false) {
      // Another suspect has the turn.
      if (this.#setAside.size < pageSize) this.#setAside.set(delivery.id, delivery)
      else this.#wanted = true
      return
    }
    // Left in the store and asked for again: by then its destination is excepted, or there is room.
    if (backlog.add({ delivery, announced: false }) === 'no-room') this.#wanted = true
  }

  /** One that is not as it was seen any more is found out when its attempt is announced. */
  #beginSetAside(): void {
    const waiting = [...this.#setAside.values()]
    this.#setAside.clear()
    for (const delivery of waiting) this.#take(delivery)
  }
}
