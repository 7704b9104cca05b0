/**
 * The deliveries that the runner has in hand: waiting for a free place, under way, or over and about to be recorded.
 * Destinations take turns, and none has more than its share of the places or of the memory.
 */
import type { StoredDelivery } from '../store/records.ts'

export interface BacklogSettings {
  /** Attempts under way to one destination, at most. */
  readonly perDestination: number
  /** Attempts under way, at most. */
  readonly total: number
  /** Deliveries in hand, at most. */
  readonly maxInMemory: number
}

/** A delivery in hand. */
export interface Entry {
  readonly delivery: StoredDelivery
  /** Whether its next attempt was announced in the store already. */
  readonly announced: boolean
}

interface Destination {
  readonly waiting: Entry[]
  running: number
  inHand: number
}

/** How many times its places one destination may have in hand: enough to keep them busy while more is fetched. */
const inHandPerPlace = 4

/** Deliveries in hand, by destination. */
export class Backlog {
  readonly #settings: BacklogSettings
  readonly #perDestinationInHand: number
  readonly #ids = new Set<number>()
  readonly #destinations = new Map<string, Destination>()
  /** Destinations that have something waiting and a free place, in the order of their turns. */
  readonly #turns = new Set<string>()
  #running = 0

  constructor(settings: BacklogSettings) {
    this.#settings = settings
    this.#perDestinationInHand = Math.min(settings.maxInMemory, inHandPerPlace * settings.perDestination)
  }

  /** How many are under way. */
  get running(): number {
    return this.#running
  }

  /** How many are in hand. */
  get size(): number {
    return this.#ids.size
  }

  /** How many more can be taken in hand. */
  get room(): number {
    return Math.max(0, this.#settings.maxInMemory - this.#ids.size)
  }

  /** Whether there is room enough that fetching from the store pays. */
  get hasRoom(): boolean {
    return this.room * 4 >= this.#settings.maxInMemory
  }

  /** The store's numbers of those in hand. */
  ids(): number[] {
    return [...this.#ids]
  }

  /** Destinations that have all in hand that they may have. */
  saturated(): string[] {
    return [...this.#destinations].filter(([name]) => this.#isSaturated(name)).map(([name]) => name)
  }

  /** Whether at most half of what a destination may have in hand is left, so that fetching more pays. */
  isLow(destination: string): boolean {
    return (this.#destinations.get(destination)?.inHand ?? 0) <= this.#perDestinationInHand / 2
  }

  /** Takes a delivery in hand. `known`: it is already; `no-room`: it must stay in the store. */
  add(entry: Entry): 'taken' | 'known' | 'no-room' {
    const { id, destination } = entry.delivery
    if (this.#ids.has(id)) return 'known'
    if (this.room === 0 || this.#isSaturated(destination)) return 'no-room'
    const of = this.#destinations.get(destination) ?? { waiting: [], running: 0, inHand: 0 }
    this.#destinations.set(destination, of)
    this.#ids.add(id)
    of.waiting.push(entry)
    of.inHand += 1
    this.#updateTurn(destination, of)
    return 'taken'
  }

  /** The next one that may start, now under way. */
  next(): Entry | undefined {
    if (this.#running >= this.#settings.total) return undefined
    const [destination] = this.#turns
    const of = destination === undefined ? undefined : this.#destinations.get(destination)
    const entry = of?.waiting.shift()
    if (destination === undefined || of === undefined || entry === undefined) return undefined
    of.running += 1
    this.#running += 1
    this.#turns.delete(destination)
    this.#updateTurn(destination, of)
    return entry
  }

  /** Its attempt is over: the place is free, the delivery stays in hand. */
  leavePlace({ destination }: StoredDelivery): void {
    const of = this.#destinations.get(destination)
    if (of === undefined) return
    of.running -= 1
    this.#running -= 1
    this.#updateTurn(destination, of)
  }

  /** It is not in hand any more. */
  drop({ id, destination }: StoredDelivery): void {
    const of = this.#destinations.get(destination)
    if (of === undefined || !this.#ids.delete(id)) return
    of.inHand -= 1
    if (of.inHand === 0) this.#destinations.delete(destination)
  }

  /** Takes out all that are waiting. */
  takeWaiting(): Entry[] {
    const entries = [...this.#destinations.values()].flatMap(({ waiting }) => waiting.splice(0))
    for (const { delivery } of entries) this.drop(delivery)
    this.#turns.clear()
    return entries
  }

  #isSaturated(destination: string): boolean {
    return (this.#destinations.get(destination)?.inHand ?? 0) >= this.#perDestinationInHand
  }

  #updateTurn(destination: string, { waiting, running }: Destination): void {
    if (waiting.length > 0 && running < this.#settings.perDestination) this.#turns.add(destination)
    else this.#turns.delete(destination)
  }
}
