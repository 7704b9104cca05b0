/** What the store is asked for: pages and bounds of its questions, and the answers that go with them. All times are Unix milliseconds. */
import type { SubscriberState } from './list-records.ts'
import type { DeliveryState, MessageState, MessageSummary, StoredDelivery } from './records.ts'

/** Which deliveries are asked for by `due`. */
export interface DueQuery {
  readonly now: number
  readonly limit: number
  /** Destinations that have no room at the moment. */
  readonly exceptDestinations?: readonly string[]
  /** Deliveries that the caller has in hand already. */
  readonly exceptIds?: readonly number[]
}

/** Which deliveries are asked for by `dueInOrder`. */
export interface InOrderQuery extends DueQuery {
  /** Messages that were received since and are not planned yet hold up the later ones of their sender; Unix milliseconds. */
  readonly unplannedSince: number
}

/** The answer of `due`. */
export interface DueAnswer {
  /** Those whose time has come, earliest first. */
  readonly deliveries: readonly StoredDelivery[]
  /** When the next one after them is due, with the same exceptions; null if there is none. May lie in the past. */
  readonly nextDueAt: number | null
}

/** What a caller has seen of a delivery: it is the same as long as nobody announces an attempt or moves its time. */
export type SeenDelivery = Pick<StoredDelivery, 'id' | 'attempts' | 'nextAttemptAt'>

/** An announced attempt, by which its caller holds the delivery until somebody announces another one. */
export type Claim = Pick<StoredDelivery, 'id' | 'attempts'>

/** What `prune` may remove. */
export interface PruneQuery {
  readonly now: number
  /** How many messages one call looks at, at most: it keeps the commit short. */
  readonly limit: number
  /** How long the record of a message (the hop log) outlives its octets; default 0. */
  readonly hopLogMilliseconds?: number
  /** The same for messages to these domains or in their name (lower case, A-labels); of several the longest counts. */
  readonly hopLogByDomain?: Readonly<Record<string, number>>
}

/** What `prune` did; call it again while `more` is true. */
export interface PruneAnswer {
  readonly octetsRemoved: number
  readonly messagesRemoved: number
  readonly more: boolean
}

/** What messages are looked for by: each that is given must be met. */
export interface MessageCriteria {
  /** Address in MAIL FROM or From, `''` for the null reverse-path; a domain, with or without an `@` in front, means all of its addresses. */
  readonly from?: string
  /** The same of recipients, as received or as sent on to. */
  readonly to?: string
  /** Without angle brackets. */
  readonly messageId?: string
  /** Of `subjectHash`. */
  readonly subjectHash?: string
  /** IP address of the client, in its shortest form. */
  readonly peer?: string
}

/** A page of the hop log, newest first. */
export interface MessagesQuery {
  readonly limit: number
  /** Only messages older than this queue id. */
  readonly before?: string
  readonly state?: MessageState
  readonly criteria?: MessageCriteria
  /** Received at this time or later. */
  readonly since?: number
  /** Received before this time. */
  readonly until?: number
}

/** Messages that came to the store after others. */
export interface NewMessages {
  readonly messages: readonly MessageSummary[]
  /** What to ask after next. */
  readonly last: number
}

/** Where a delivery stands in the order of the queue. */
export type QueuePlace = Pick<StoredDelivery, 'nextAttemptAt' | 'id'>

/** A page of the queue, next attempt first. */
export interface QueueQuery {
  readonly limit: number
  /** Only deliveries behind this place. */
  readonly after?: QueuePlace
  readonly destination?: string
  /** Default: `queued` and `held`. */
  readonly state?: DeliveryState
}

/** Ages that open deliveries are counted by, in seconds. */
export const queueAgeSeconds = [60, 600, 3_600, 21_600, 86_400] as const

/** The open deliveries to one destination in one state. */
export interface DestinationQueue {
  readonly destination: string
  readonly state: 'queued' | 'held'
  readonly deliveries: number
  /** When the oldest of their messages came. */
  readonly oldestAt: number
  /** The earliest of their next attempts. */
  readonly nextAttemptAt: number
  /** How many of them are older than each of `queueAgeSeconds`. */
  readonly olderThan: readonly number[]
}

/** A page of the subscribers of a list, in the order of their ids. */
export interface SubscribersQuery {
  readonly listId: number
  readonly limit: number
  /** Only those with a higher id. */
  readonly after?: number
  /** Default: every state. */
  readonly state?: SubscriberState
}

/** Which policies `stsPoliciesToRefresh` answers. */
export interface RefreshQuery {
  readonly now: number
  /** Those that were fetched before this. */
  readonly fetchedBefore: number
  readonly limit: number
}
