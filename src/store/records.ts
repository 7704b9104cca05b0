/**
 * What the store keeps: a message as it came in, its deliveries (one for each recipient and copy) and the attempts
 * to make them. All times are Unix milliseconds. What is kept as JSON is typed in record/; `tls` and `choice` of an attempt are for
 * the hop log, and the store never looks inside.
 */
import type { AddedSignatures } from '../record/added-signatures.ts'
import type { ChoiceRecord, RecordedReply, TlsRecord } from '../record/attempt-facts.ts'
import type { MessageRecord } from '../record/message-record.ts'
import type { Peer } from '../record/peer.ts'
import type { HopRecord } from '../record/signed-hop.ts'
import type { Notification } from '../smtp/dsn-parameters.ts'
import type { Envelope } from '../smtp/envelope.ts'

/**
 * Where a message stands. `spooled`: on disk, recipients not worked out yet. `forwarded`: its deliveries exist.
 * `failed`: nothing will be delivered. `bounce-received`: parked, nothing more is done with it. `obeyed`: a command that was
 * carried out, or of which nothing follows.
 */
export const messageStates = ['spooled', 'forwarded', 'failed', 'bounce-received', 'obeyed'] as const

export type MessageState = (typeof messageStates)[number]

/** Where a delivery stands. Only `queued` ones are attempted; `held` ones wait for the operator. */
export const deliveryStates = ['queued', 'held', 'delivered', 'failed'] as const

export type DeliveryState = (typeof deliveryStates)[number]

/** Whether a failed delivery still has to be reported: `due` yes, `sent` a DSN was spooled, `skipped` none may go, `counted` it was taken for its subscriber. */
export type DsnMark = 'none' | 'due' | 'sent' | 'skipped' | 'counted'

/** Whether the success of a delivery is reported: `wanted` once it is there, unless the next hop does it; `due` now. */
export type SuccessMark = 'none' | 'wanted' | 'due' | 'sent' | 'skipped'

/** A message to be put on disk. */
export interface NewMessage {
  readonly queueId: string
  readonly receivedAt: number
  readonly record: MessageRecord
  readonly state: MessageState
  /** Name of the listener it came in by; null for a message made here. */
  readonly listener: string | null
  /** The client that sent it; null for a message made here. */
  readonly peer: Peer | null
  readonly envelope: Envelope
  /** Exactly as received (after SMTP transparency was undone). Copied before the call returns; may be a view. */
  readonly octets: Buffer
  /** Header fields added on admission, the first on top; may be empty. */
  readonly prepend: Buffer
  /** Indices, in the message as received, of the header fields that are left out when it is sent on. */
  readonly removed: readonly number[]
  /** Set if it is kept and goes no further, and no report is sent: why, for the postmaster. */
  readonly untold?: string
  /** Until when it is kept; needed for messages that are never planned, otherwise set by `plan`. */
  readonly keepUntil?: number
}

/** A message as read back. */
export interface StoredMessage {
  readonly queueId: string
  readonly receivedAt: number
  readonly record: MessageRecord
  readonly state: MessageState
  /** Why it failed, where `state` is `failed`. */
  readonly reason: string | null
  readonly listener: string | null
  readonly peer: Peer | null
  readonly envelope: Envelope
  readonly removed: readonly number[]
  /** Length of the octets as received, also after they were pruned. */
  readonly sizeBytes: number
  /** Of a DSN: the queue id of the message it reports on. */
  readonly reportsOn: string | null
  readonly keepUntil: number | null
  /** Of its header section as received, without angle brackets, latin1; null or absent: not known. */
  readonly messageId?: string | null
  /** Of `subjectHash` (search-terms.ts). */
  readonly subjectHash?: string | null
  /** Whether its sender was told of a delay; `skipped`: it may not be. */
  readonly delayDsn: 'none' | 'sent' | 'skipped'
}

/** A message together with its octets. */
export interface StoredMessageWithOctets extends StoredMessage {
  /** Exactly as received; null once they were pruned. */
  readonly octets: Buffer | null
  /** Header fields added on admission; empty once the octets were pruned. */
  readonly prepend: Buffer
}

/** A delivery to be queued. */
export interface NewDelivery {
  /** Its number within the message, from 0; with the queue id it names the delivery for good. */
  readonly ordinal: number
  /** The forward-path as it was received. */
  readonly recipient: string
  /** The forward-path it is sent on to. */
  readonly forwardPath: string
  /** The reverse-path it is sent with; '' is the null reverse-path. */
  readonly reversePath: string
  /** Domain that limits count and settings are looked up by: lower case, A-labels. */
  readonly destination: string
  /** The header fields of our hop, on top of the message's `prepend`; may be empty. */
  readonly prefix: Buffer
  /** What those fields say: sequence, profile, domain, selectors, time; null where no hop was added. */
  readonly hop: HopRecord | null
  /** What DKIM and ARC added, which stands in the prefix too; default null. */
  readonly added?: AddedSignatures | null
  /** Free word of the stage that planned it, e.g. `alias`. */
  readonly kind: string
  /** The first attempt counts as announced: this is when it is made again if this process dies during it. With `inOrder` it is made then. */
  readonly nextAttemptAt: number
  /** It goes by a gateway: see `Store.dueInOrder`. Its first attempt is not announced. Default false. */
  readonly inOrder?: boolean
  /** From then on a deferral is a failure. */
  readonly expiresAt: number
  /** Set when there is nothing to attempt (a loop, say): the delivery is stored as failed, its DSN due. */
  readonly failure?: { readonly reason: string; readonly at: number }
  /** Of a copy for a subscriber: the post whose octets follow the prefix, and the subscriber. */
  readonly postId?: number
  readonly subscriberId?: number
  /** What the next hop is asked to report (RFC 3461), as far as it knows DSN; default null. */
  readonly notification?: Notification | null
  /** Default 'none'. */
  readonly successDsn?: 'none' | 'wanted' | 'due'
}

/** A delivery as read back. */
export interface StoredDelivery {
  /** The store's own number, for calls that change the delivery; people see queue id and ordinal. */
  readonly id: number
  readonly queueId: string
  readonly ordinal: number
  readonly kind: string
  readonly state: DeliveryState
  readonly recipient: string
  readonly forwardPath: string
  readonly reversePath: string
  readonly destination: string
  readonly hop: HopRecord | null
  readonly added: AddedSignatures | null
  readonly prefix: Buffer
  /** Attempts announced so far, the one under way included. */
  readonly attempts: number
  readonly nextAttemptAt: number
  readonly expiresAt: number
  /** When it became delivered or failed. */
  readonly finishedAt: number | null
  /** Why it failed. */
  readonly reason: string | null
  readonly dsn: DsnMark
  /** Queue id of the DSN that reported it. */
  readonly dsnQueueId: string | null
  /** Set for a copy of a list: the post whose octets follow the prefix; null: the message as received follows it. */
  readonly postId: number | null
  /** The subscriber that a copy is for. */
  readonly subscriberId: number | null
  readonly notification: Notification | null
  readonly successDsn: SuccessMark
  /** It is attempted after older ones of its sender to its destination. */
  readonly inOrder: boolean
}

/** One attempt, to be recorded when it is over. */
export interface AttemptRecord {
  readonly startedAt: number
  readonly endedAt: number
  /** The host and address that were tried, '' if it did not come that far. */
  readonly nextHop: string
  readonly tls: TlsRecord | null
  /** Why that host, and what TLS it had to do. */
  readonly choice?: ChoiceRecord | null
  readonly reply: RecordedReply | null
  readonly phase: string
  readonly outcome: 'delivered' | 'deferred' | 'failed'
  readonly reason?: string
  /** This machine was short of something: it says nothing of the destination. Not kept. */
  readonly isLocalFault?: boolean
  /** Until then everything for the destination waits; Unix milliseconds. Not kept. */
  readonly retryAt?: number
  /** The next hop knows DSN and was asked for the reports: what becomes of the message is told by it. Not kept. */
  readonly reportsTaken?: boolean
}

/** One attempt as read back; an announced attempt that was cut off by a crash leaves a gap in the numbers. */
export interface StoredAttempt {
  /** 1 for the first. */
  readonly number: number
  readonly startedAt: number
  readonly endedAt: number
  readonly nextHop: string
  readonly tls: TlsRecord | null
  readonly choice: ChoiceRecord | null
  readonly reply: RecordedReply | null
  readonly phase: string
  readonly outcome: 'delivered' | 'deferred' | 'failed'
  readonly reason: string | null
}

/** What planning decided for a message. */
export interface PlanOutcome {
  readonly state: 'forwarded' | 'failed'
  /** Why, for `failed`. */
  readonly reason?: string
  /** Until when message, octets and deliveries are kept, so that bounce tokens resolve; not before all is final. */
  readonly keepUntil: number
}

/** Failed deliveries of one message that no DSN has reported yet. */
export interface FailureToReport {
  readonly queueId: string
  readonly ordinals: readonly number[]
}

/** A message in the hop log's list. */
export interface MessageSummary extends StoredMessage {
  /** How many of its deliveries are in each state. */
  readonly deliveries: Readonly<Record<DeliveryState, number>>
}

/** Everything that is recorded of one message, without its octets. */
export interface MessageHistory {
  readonly message: StoredMessage
  readonly deliveries: readonly DeliveryHistory[]
}

/** A delivery with its attempts in order. */
export interface DeliveryHistory extends StoredDelivery {
  readonly log: readonly StoredAttempt[]
}

/** A line of the queue's list. */
export interface QueueEntry extends Omit<StoredDelivery, 'prefix'> {
  readonly receivedAt: number
  readonly sizeBytes: number
  readonly lastAttempt: StoredAttempt | null
}

/** How much work is open. */
export interface StoreCounts {
  /** Messages on disk whose recipients are not worked out yet. */
  readonly spooled: number
  readonly queued: number
  readonly held: number
  /** Failed deliveries without their DSN. */
  readonly reportsDue: number
}
