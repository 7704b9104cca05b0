/**
 * The octets of outgoing messages, in memory only while they are being sent and never more than a budget allows. What an attempt
 * has to know before that, it is told from a few words that are remembered for each message.
 */
import { RecentMap } from '../bounded/recent-map.ts'
import { hasBareLineEnd } from '../deliver/message-data.ts'
import type { HeldContent, NoContent } from '../deliver/outcome.ts'
import { maxKnownMessages, maxMemoryWaitMilliseconds } from '../limits.ts'
import type { StoredDelivery } from '../store/records.ts'
import { MemoryRoom } from './memory-room.ts'
import type { OutgoingMessage } from './message-cache.ts'
import { cacheKey, type OutgoingSource, outgoingOf } from './outgoing-messages.ts'

/** What is known of a message without its octets. */
export interface OutgoingFacts extends Omit<OutgoingMessage, 'chunks'> {
  readonly hasBareLineEnd: boolean
}

/** A message that several deliveries may be sending at the same time. */
interface Held {
  users: number
  readonly bytes: number
  readonly message: Promise<OutgoingMessage | undefined>
}

type MessageOf = Pick<StoredDelivery, 'queueId' | 'postId'>

const noRoom: NoContent = { unavailable: 'no memory for the message now, others are being sent' }
const gone: NoContent = { unavailable: 'the message is no longer in the store' }

export interface HeldSettings {
  /** Octets in memory at the same time. */
  readonly maxBytes: number
  /** The largest message that there may be: so much room is made for one of which nothing is known. */
  readonly maxMessageBytes: number
  /** How long a delivery waits for room. Default: maxMemoryWaitMilliseconds. */
  readonly waitMilliseconds?: number
}

export class HeldMessages {
  readonly #source: OutgoingSource
  readonly #settings: HeldSettings
  readonly #room: MemoryRoom
  readonly #held = new Map<string, Held>()
  readonly #facts = new RecentMap<string, OutgoingFacts>({ maxEntries: maxKnownMessages })

  constructor(source: OutgoingSource, settings: HeldSettings) {
    this.#source = source
    this.#settings = settings
    this.#room = new MemoryRoom(settings.maxBytes)
  }

  /** Octets that are held now. */
  get heldBytes(): number {
    return this.#room.usedBytes
  }

  /** What is known of the message of a delivery; it is read once, where it was not received a moment ago. */
  async facts(delivery: MessageOf): Promise<OutgoingFacts | NoContent | undefined> {
    const key = cacheKey(delivery)
    const known = this.#facts.get(key)
    const cached = this.#source.cache.get(key)
    if (known !== undefined) return known
    if (cached !== undefined) return this.#remember(key, factsOf(cached))
    const held = await this.#enter(key, this.#settings.maxMessageBytes, delivery)
    if (held === undefined) return noRoom
    try {
      const message = await held.message
      return message && this.#remember(key, factsOf(message))
    } finally {
      this.#leave(key, held)
    }
  }

  /** The octets, until they are given back. `sizeBytes` is that of the facts. */
  async hold(delivery: MessageOf, sizeBytes: number): Promise<HeldContent | NoContent> {
    const key = cacheKey(delivery)
    const held = await this.#enter(key, sizeBytes, delivery)
    if (held === undefined) return noRoom
    const message = await held.message.catch(error => {
      this.#leave(key, held)
      throw error
    })
    if (message === undefined) this.#leave(key, held)
    return message === undefined
      ? gone
      : { chunks: message.chunks, release: once(() => this.#leave(key, held)) }
  }

  async #enter(key: string, bytes: number, delivery: MessageOf): Promise<Held | undefined> {
    const { waitMilliseconds = maxMemoryWaitMilliseconds } = this.#settings
    const before = this.#held.get(key)
    if (before !== undefined) return shared(before)
    if (!(await this.#room.take(bytes, waitMilliseconds))) return undefined
    const meanwhile = this.#held.get(key)
    if (meanwhile !== undefined) {
      this.#room.give(bytes)
      return shared(meanwhile)
    }
    const held: Held = { users: 1, bytes, message: outgoingOf(delivery, this.#source) }
    this.#held.set(key, held)
    return held
  }

  #leave(key: string, held: Held): void {
    held.users--
    if (held.users > 0) return
    this.#held.delete(key)
    this.#room.give(held.bytes)
  }

  #remember(key: string, facts: OutgoingFacts): OutgoingFacts {
    this.#facts.set(key, facts)
    return facts
  }
}

function shared(held: Held): Held {
  held.users++
  return held
}

function factsOf({ chunks, ...facts }: OutgoingMessage): OutgoingFacts {
  return { ...facts, hasBareLineEnd: hasBareLineEnd(chunks) }
}

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}
