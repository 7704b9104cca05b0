/**
 * The deliveries that the runner has in hand: waiting for a free place, under way, or over and about to be recorded.
 * Destinations take turns, and none has more than its share of the places or of the memory.
 */
import type { StoredDelivery } from '../store/records.ts'
import type { DestinationHealth } from './destination-health.ts'
import { Pace } from './pace.ts'

/** What one destination may get. */
export interface DestinationLimits {
  /** Attempts under way at the same time; absent: as all others. */
  readonly connections?: number | undefined
  /** Attempts that begin in a minute, spread evenly; absent: as all others. */
  readonly messagesPerMinute?: number | undefined
}

export interface BacklogSettings {
  /** Attempts under way to one destination, at most. */
  readonly perDestination: number
  /** Attempts to one destination that begin in a minute, at most; absent: any number. */
  readonly messagesPerMinute?: number | undefined
  /** What is different for single destinations, by name. */
  readonly destinations?: Readonly<Record<string, DestinationLimits>>
  /** Attempts under way, at most. */
  readonly total: number
  /** Attempts under way beside those, which have taken long: hosts that hang must not hold the places of all others. */
  readonly maxSlow?: number
  /** Deliveries in hand, at most. */
  readonly maxInMemory: number
  /** How many times its places one destination may have in hand. Default 4. */
  readonly inHandPerPlace?: number
  /**
   * Attempts to one destination share what is sent, and begin in the order in which they were added: it has all its places, reached or
   * not, and one relay has them all.
   */
  readonly isInOrder?: boolean
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

/** What is known of the destinations; without it every one has all its places. */
type Health = Pick<DestinationHealth, 'places'>

const allPlaces: Health = { places: (_destination, all) => all }

/** How many times its places one destination may have in hand: enough to keep them busy while more is fetched. */
const defaultInHandPerPlace = 4

/** Deliveries in hand, by destination. */
export class Backlog {
  readonly #settings: BacklogSettings
  readonly #health: Health
  readonly #pace = new Pace()
  readonly #ids = new Set<number>()
  readonly #destinations = new Map<string, Destination>()
  /** Destinations that have something waiting and a free place, in the order of their turns. */
  readonly #turns = new Set<string>()
  /** Destinations that have something waiting and a free place, but no turn before their pace allows it. */
  readonly #paced = new Set<string>()
  /** Under way, taking long, and without a place. */
  readonly #slow = new Set<number>()
  /** Taking long too, but still in their places: there are too many of that kind. */
  readonly #overdue = new Set<number>()
  readonly #relays: () => number
  #running = 0

  /** @param relays how many relays share the queue: each has its part of the places and of the pace of a destination */
  constructor(settings: BacklogSettings, health: Health = allPlaces, relays: () => number = () => 1) {
    this.#settings = settings
    this.#health = health
    this.#relays = relays
  }

  /** How many are under way, those that take long included. */
  get running(): number {
    return this.#running + this.#slow.size
  }

  /** When the first destination that waits for its pace may have a turn. */
  get readyAt(): number | undefined {
    if (this.#paced.size === 0) return undefined
    return Math.min(...[...this.#paced].map(destination => this.#pace.readyAt(destination)))
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
    if (this.#isAboutToReturn(destination)) return false
    return (this.#destinations.get(destination)?.inHand ?? 0) <= this.#maxInHand(destination) / 2
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

  /** The next one that may start, now under way. `now` matters to destinations with a pace: Unix milliseconds. */
  next(now = Number.POSITIVE_INFINITY): Entry | undefined {
    if (this.#running >= this.#settings.total) return undefined
    this.#giveTurns(now)
    const [destination] = this.#turns
    const of = destination === undefined ? undefined : this.#destinations.get(destination)
    const entry = of?.waiting.shift()
    if (destination === undefined || of === undefined || entry === undefined) return undefined
    of.running += 1
    this.#running += 1
    const perMinute = this.#perMinute(destination)
    if (perMinute !== undefined) this.#pace.started(destination, perMinute, now)
    this.#turns.delete(destination)
    this.#updateTurn(destination, of)
    return entry
  }

  /** Its attempt takes long: its place is free for another one, unless there are too many of that kind. */
  tookLong({ id, destination }: StoredDelivery): void {
    if (!this.#destinations.has(destination)) return
    this.#overdue.add(id)
    this.#freePlaces()
  }

  /** Its attempt is over: the place is free, the delivery stays in hand. */
  leavePlace({ id, destination }: StoredDelivery): void {
    const of = this.#destinations.get(destination)
    if (of === undefined) return
    of.running -= 1
    this.#overdue.delete(id)
    if (!this.#slow.delete(id)) this.#running -= 1
    this.#freePlaces()
    this.#updateTurn(destination, of)
  }

  /** What is known of a destination has changed. */
  review(destination: string): void {
    const of = this.#destinations.get(destination)
    if (of !== undefined) this.#updateTurn(destination, of)
  }

  /** It is not in hand any more. */
  drop({ id, destination }: StoredDelivery): void {
    const of = this.#destinations.get(destination)
    if (of === undefined || !this.#ids.delete(id)) return
    of.inHand -= 1
    if (of.inHand === 0) this.#destinations.delete(destination)
  }

  /** Takes out those that are waiting for one destination. */
  takeWaitingFor(destination: string): Entry[] {
    const entries = this.#destinations.get(destination)?.waiting.splice(0) ?? []
    for (const { delivery } of entries) this.drop(delivery)
    this.review(destination)
    return entries
  }

  /** Takes out all that are waiting. */
  takeWaiting(): Entry[] {
    const entries = [...this.#destinations.values()].flatMap(({ waiting }) => waiting.splice(0))
    for (const { delivery } of entries) this.drop(delivery)
    this.#turns.clear()
    this.#paced.clear()
    return entries
  }

  #isSaturated(destination: string): boolean {
    if (this.#isAboutToReturn(destination)) return true
    return (this.#destinations.get(destination)?.inHand ?? 0) >= this.#maxInHand(destination)
  }

  /** Attempts are over and about to be recorded: what is deferred may be due again before all that the store would answer now. */
  #isAboutToReturn(destination: string): boolean {
    const of = this.#destinations.get(destination)
    if (of === undefined || this.#settings.isInOrder !== true) return false
    return of.inHand > of.waiting.length + of.running
  }

  #maxInHand(destination: string): number {
    const { maxInMemory, inHandPerPlace = defaultInHandPerPlace } = this.#settings
    return Math.min(maxInMemory, inHandPerPlace * this.#places(destination))
  }

  #places(destination: string): number {
    const { perDestination, destinations, isInOrder } = this.#settings
    const all = own(destinations, destination)?.connections ?? perDestination
    return isInOrder === true ? all : this.#health.places(destination, Math.ceil(all / this.#relays()))
  }

  #perMinute(destination: string): number | undefined {
    const { messagesPerMinute, destinations } = this.#settings
    const all = own(destinations, destination)?.messagesPerMinute ?? messagesPerMinute
    return all === undefined || this.#settings.isInOrder === true ? all : all / this.#relays()
  }

  #updateTurn(destination: string, { waiting, running }: Destination): void {
    const mayHave = waiting.length > 0 && running < this.#places(destination)
    const isPaced = this.#perMinute(destination) !== undefined
    if (!mayHave || isPaced) this.#turns.delete(destination)
    if (!mayHave) this.#paced.delete(destination)
    else (isPaced ? this.#paced : this.#turns).add(destination)
  }

  #freePlaces(): void {
    for (const id of this.#overdue) {
      if (this.#slow.size >= (this.#settings.maxSlow ?? 0)) return
      this.#overdue.delete(id)
      this.#slow.add(id)
      this.#running -= 1
    }
  }

  /** Those whose pace allows it get their turn. */
  #giveTurns(now: number): void {
    for (const destination of this.#paced) {
      if (this.#pace.readyAt(destination) > now) continue
      this.#paced.delete(destination)
      this.#turns.add(destination)
    }
  }
}

/** Names of destinations come from strangers: `constructor` is none of the settings. */
function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
