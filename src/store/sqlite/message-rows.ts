/** Messages as rows: how records become parameters of a statement and how rows become records. */
import {
  decodeEnvelope,
  decodePeer,
  decodeRecord,
  encodeEnvelope,
  encodePeer,
  encodeRecord,
} from '../../record/codec.ts'
import type { MessageKind } from '../../record/message-record.ts'
import type {
  MessageState,
  MessageSummary,
  NewMessage,
  StoredMessage,
  StoredMessageWithOctets,
} from '../records.ts'

/**
 * Octets on their way to the store's thread. The facade replaces `bytes` by a view on one buffer that is handed over
 * as a whole, so that octets are copied once, whatever buffer they were a view of.
 */
export interface Blob {
  bytes: Uint8Array
}

/** A new message, ready for the statement. */
export interface MessageInsert {
  readonly queueId: string
  readonly receivedAt: number
  readonly direction: string
  readonly state: string
  readonly listener: string | null
  readonly keepUntil: number | null
  readonly peer: string | null
  readonly envelope: string
  readonly verdict: string | null
  readonly removed: string
  readonly prepend: Blob
  readonly octets: Blob
  readonly untold: string | null
}

/** A message as selected with `messageColumns`. */
export interface MessageRow {
  readonly queueId: string
  readonly receivedAt: number
  readonly direction: MessageKind
  readonly state: MessageState
  readonly reason: string | null
  readonly listener: string | null
  readonly sizeBytes: number
  readonly reportsOn: string | null
  readonly keepUntil: number | null
  readonly delayDsn: StoredMessage['delayDsn']
  readonly messageId: string | null
  readonly subjectHash: string | null
  readonly peer: string | null
  readonly envelope: string
  readonly verdict: string | null
  readonly removed: string
}

/** A message as selected together with its octets. */
export interface MessageOctetsRow extends MessageRow {
  readonly octets: Uint8Array | null
  readonly prepend: Uint8Array
}

/** A message as selected for a list, with its deliveries counted. */
export interface MessageSummaryRow extends MessageRow {
  readonly queued: number
  readonly delivered: number
  readonly failed: number
  readonly held: number
}

/** The select list of a MessageRow, from `messages m`. */
export const messageColumns = `m.queue_id AS queueId, m.received_at AS receivedAt, m.direction, m.state, m.reason,
  m.listener, m.size_bytes AS sizeBytes, m.reports_on AS reportsOn, m.keep_until AS keepUntil, m.delay_dsn AS delayDsn, m.peer, m.envelope,
  m.verdict, m.removed, m.header_message_id AS messageId, m.subject_hash AS subjectHash`

/** Turns a record into parameters. */
export function messageInsert(message: NewMessage): MessageInsert {
  return {
    queueId: message.queueId,
    receivedAt: message.receivedAt,
    ...encodeRecord(message.record),
    state: message.state,
    listener: message.listener,
    keepUntil: message.keepUntil ?? null,
    peer: encodePeer(message.peer),
    envelope: encodeEnvelope(message.envelope),
    removed: JSON.stringify(message.removed),
    prepend: { bytes: message.prepend },
    octets: { bytes: message.octets },
    untold: message.untold ?? null,
  }
}

/** Turns a row into a record. */
export function toMessage(row: MessageRow): StoredMessage {
  return {
    queueId: row.queueId,
    receivedAt: row.receivedAt,
    record: decodeRecord(row.queueId, row),
    state: row.state,
    reason: row.reason,
    listener: row.listener,
    peer: decodePeer(row.queueId, row.peer),
    envelope: decodeEnvelope(row.queueId, row.envelope),
    removed: JSON.parse(row.removed) as number[],
    sizeBytes: row.sizeBytes,
    reportsOn: row.reportsOn,
    keepUntil: row.keepUntil,
    delayDsn: row.delayDsn,
    messageId: row.messageId,
    subjectHash: row.subjectHash,
  }
}

/** Turns a row with octets into a record with octets. */
export function toMessageWithOctets(row: MessageOctetsRow): StoredMessageWithOctets {
  const octets = row.octets === null ? null : toBuffer(row.octets)
  return { ...toMessage(row), octets, prepend: toBuffer(row.prepend) }
}

/** Turns a row of a list into a record. */
export function toSummary(row: MessageSummaryRow): MessageSummary {
  const { queued, delivered, failed, held } = row
  return { ...toMessage(row), deliveries: { queued, delivered, failed, held } }
}

/** The same octets as a Buffer: between threads a Buffer arrives as its plain parent class. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
