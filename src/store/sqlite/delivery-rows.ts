/** Deliveries and attempts as rows: how records become parameters of a statement and how rows become records. */

import {
  decodeAdded,
  decodeChoice,
  decodeHop,
  decodeNotification,
  decodeReply,
  decodeTls,
  encodeFacts,
  encodeHop,
  encodeNotification,
} from '../../record/codec.ts'
import { firstState } from '../planned-delivery.ts'
import type {
  AttemptRecord,
  DeliveryState,
  DsnMark,
  NewDelivery,
  QueueEntry,
  StoredAttempt,
  StoredDelivery,
  SuccessMark,
} from '../records.ts'
import { type Blob, toBuffer } from './message-rows.ts'

/** A new delivery, ready for the statement. */
export interface DeliveryInsert {
  readonly ordinal: number
  readonly kind: string
  readonly recipient: string
  readonly forwardPath: string
  readonly reversePath: string
  readonly destination: string
  readonly nextAttemptAt: number
  readonly expiresAt: number
  readonly state: DeliveryState
  readonly attempts: number
  readonly finishedAt: number | null
  readonly reason: string | null
  readonly dsn: DsnMark
  readonly notification: string | null
  readonly successDsn: SuccessMark
  readonly hop: string | null
  readonly prefix: Blob
  readonly postId: number | null
  readonly subscriberId: number | null
  readonly inOrder: 0 | 1
}

/** A delivery as selected with `deliveryColumns`. */
export interface DeliveryRow {
  readonly id: number
  readonly queueId: string
  readonly ordinal: number
  readonly kind: string
  readonly state: DeliveryState
  readonly recipient: string
  readonly forwardPath: string
  readonly reversePath: string
  readonly destination: string
  readonly attempts: number
  readonly nextAttemptAt: number
  readonly expiresAt: number
  readonly finishedAt: number | null
  readonly reason: string | null
  readonly dsn: DsnMark
  readonly dsnQueueId: string | null
  readonly notification: string | null
  readonly successDsn: SuccessMark
  readonly hop: string | null
  readonly prefix: Uint8Array
  readonly postId: number | null
  readonly subscriberId: number | null
  /** 2: it did, and was refused alone. */
  readonly inOrder: 0 | 1 | 2
}

/** An attempt, ready for the statement. */
export interface AttemptInsert {
  readonly startedAt: number
  readonly endedAt: number
  readonly nextHop: string
  readonly tls: string | null
  readonly choice: string | null
  readonly reply: string | null
  readonly phase: string
  readonly outcome: AttemptRecord['outcome']
  readonly reason: string | null
}

/** An attempt as selected with `attemptColumns`. */
export interface AttemptRow extends AttemptInsert {
  readonly number: number
}

/** A line of the queue's list: a delivery, its message's size and time, and its last attempt. */
export interface QueueRow {
  readonly delivery: DeliveryRow
  readonly receivedAt: number
  readonly sizeBytes: number
  readonly lastAttempt: AttemptRow | null
}

/** The select list of a DeliveryRow, from `deliveries d JOIN messages m`. */
export const deliveryColumns = `d.id, m.queue_id AS queueId, d.ordinal, d.kind, d.state, d.recipient,
  d.forward_path AS forwardPath, d.reverse_path AS reversePath, d.destination, d.attempts,
  d.next_attempt_at AS nextAttemptAt, d.expires_at AS expiresAt, d.finished_at AS finishedAt, d.reason, d.dsn,
  d.dsn_queue_id AS dsnQueueId, d.notification, d.success_dsn AS successDsn, d.hop, d.post_id AS postId,
  d.subscriber_id AS subscriberId, d.in_order AS inOrder,
  coalesce((SELECT o.octets FROM delivery_octets o WHERE o.delivery_id = d.id), d.prefix) AS prefix`

/** The select list of an AttemptRow, from `attempts`. */
export const attemptColumns = `number, started_at AS startedAt, ended_at AS endedAt, next_hop AS nextHop, tls, choice,
  reply, phase, outcome, reason`

/** Turns a new delivery into parameters. */
export function deliveryInsert(delivery: NewDelivery): DeliveryInsert {
  const { failure: _, hop, added, prefix, postId = null, subscriberId = null, inOrder, ...others } = delivery
  const { notification = null, successDsn = 'none', ...rest } = others
  const columns = { hop: encodeHop(hop, added), prefix: { bytes: prefix }, postId, subscriberId }
  return {
    ...rest,
    ...firstState(delivery),
    notification: encodeNotification(notification),
    successDsn,
    ...columns,
    inOrder: inOrder === true ? 1 : 0,
  }
}

/** Turns a row into a record. */
export function toDelivery(row: DeliveryRow): StoredDelivery {
  const { queueId } = row
  return {
    ...row,
    hop: decodeHop(queueId, row.hop),
    added: decodeAdded(queueId, row.hop),
    notification: decodeNotification(queueId, row.notification),
    prefix: toBuffer(row.prefix),
    inOrder: row.inOrder === 1,
  }
}

/** Turns the record of an attempt into parameters. */
export function attemptInsert(attempt: AttemptRecord): AttemptInsert {
  return {
    startedAt: attempt.startedAt,
    endedAt: attempt.endedAt,
    nextHop: attempt.nextHop,
    tls: encodeFacts(attempt.tls),
    choice: encodeFacts(attempt.choice ?? null),
    reply: encodeFacts(attempt.reply),
    phase: attempt.phase,
    outcome: attempt.outcome,
    reason: attempt.reason ?? null,
  }
}

/** Turns a row into the record of an attempt. */
export function toAttempt(row: AttemptRow): StoredAttempt {
  return {
    ...row,
    tls: decodeTls(row.tls),
    choice: decodeChoice(row.choice),
    reply: decodeReply(row.reply),
  }
}

/** Turns a row of the queue's list into a record. */
export function toQueueEntry(row: QueueRow): QueueEntry {
  const { prefix: _, ...delivery } = toDelivery(row.delivery)
  return {
    ...delivery,
    receivedAt: row.receivedAt,
    sizeBytes: row.sizeBytes,
    lastAttempt: row.lastAttempt === null ? null : toAttempt(row.lastAttempt),
  }
}
