/** Messages: putting them on disk, reading them back, and the deliveries that follow from them. */

import type { PlanOutcome } from '../records.ts'
import { headerIdentity } from '../search-terms.ts'
import { StoreError } from '../store-error.ts'
import type { Connection } from './database.ts'
import { insertDelivery } from './deliveries.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import { type MessageInsert, type MessageOctetsRow, messageColumns, toBuffer } from './message-rows.ts'
import { noteMessage } from './message-terms.ts'
import { addUntold } from './untold.ts'

const insertMessage = `INSERT INTO messages (queue_id, received_at, direction, state, listener, size_bytes, reports_on,
    keep_until, peer, envelope, verdict, removed, prepend, header_message_id, subject_hash, claimed_by)
  VALUES (@queueId, @receivedAt, @direction, @state, @listener, @sizeBytes, @reportsOn, @keepUntil, @peer, @envelope,
    @verdict, @removed, x'', @messageId, @subjectHash, @relay)`

/** Puts a message on disk and answers its row number. `reportsOn` is set for a DSN. */
export function spool(
  connection: Connection,
  message: MessageInsert,
  reportsOn: string | null = null,
): number | bigint {
  const identity = headerIdentity(toBuffer(message.octets.bytes))
  const { lastInsertRowid } = connection.statement(insertMessage).run({
    ...message,
    messageId: identity.messageId,
    subjectHash: identity.subjectHash,
    prepend: undefined,
    octets: undefined,
    sizeBytes: message.octets.bytes.byteLength,
    reportsOn,
    relay: connection.relay,
  })
  connection
    .statement('INSERT INTO message_octets (message_id, octets, prepend) VALUES (?, ?, ?)')
    .run(lastInsertRowid, message.octets.bytes, message.prepend.bytes)
  noteMessage(connection, lastInsertRowid, message, identity)
  const { queueId, receivedAt: at, untold: why } = message
  if (why !== null) addUntold(connection, { kind: 'bounce', why, about: '', said: null, queueId, at })
  return lastInsertRowid
}

/** Queues the deliveries of a spooled message, and answers their ids; undefined: it was planned before. See `Store.plan`. */
export function plan(
  connection: Connection,
  queueId: string,
  deliveries: readonly DeliveryInsert[],
  outcome: PlanOutcome,
): number[] | undefined {
  const messageId = connection
    .statement(
      `UPDATE messages SET state = ?, reason = ?, keep_until = ? WHERE queue_id = ? AND state = 'spooled' RETURNING id`,
    )
    .pluck()
    .get(outcome.state, outcome.reason ?? null, outcome.keepUntil, queueId) as number | undefined
  if (messageId === undefined) return refuseUnknown(connection, queueId)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

/** Spools a mail of our own making with its deliveries; their ids. */
export function spoolNotice(
  connection: Connection,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  const messageId = spool(connection, message)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

function refuseUnknown(connection: Connection, queueId: string): undefined {
  const exists = connection.statement('SELECT 1 FROM messages WHERE queue_id = ?').get(queueId)
  if (exists === undefined) throw noMessage(queueId)
}

function noMessage(queueId: string): StoreError {
  return new StoreError('unknown', `there is no message ${queueId}`)
}

/** What a plan has answered; throws where it was for no message. */
export function known<Ids>(queueId: string, planned: Ids | 'unknown'): Ids {
  if (planned === 'unknown') throw noMessage(queueId)
  return planned
}

/** A message with its octets. */
export function message(connection: Connection, queueId: string): MessageOctetsRow | undefined {
  const row = connection
    .statement(
      `SELECT ${messageColumns}, o.octets, coalesce(o.prepend, m.prepend) AS prepend FROM messages m LEFT JOIN message_octets o ON o.message_id = m.id
       WHERE m.queue_id = ?`,
    )
    .get(queueId)
  return row as MessageOctetsRow | undefined
}

const defaultPageBytes = 64 * 1024 * 1024

/** Spooled messages that are not planned yet; see `Store.unplanned`. */
export function unplanned(
  connection: Connection,
  query: { limit: number; after?: string; maxBytes?: number },
): MessageOctetsRow[] {
  const found = connection
    .statement(
      `SELECT queue_id AS queueId, size_bytes AS sizeBytes FROM messages
       WHERE state = 'spooled' AND queue_id > ? AND (claimed_by IS NULL OR claimed_by = ?)
       ORDER BY queue_id LIMIT ?`,
    )
    .all(query.after ?? '', connection.relay, query.limit) as { queueId: string; sizeBytes: number }[]
  let room = query.maxBytes ?? defaultPageBytes
  const rows: MessageOctetsRow[] = []
  for (const { queueId, sizeBytes } of found) {
    room -= sizeBytes
    if (room < 0 && rows.length > 0) break
    const row = message(connection, queueId)
    if (row !== undefined) rows.push(row)
  }
  return rows
}

/** The highest queue id ever stored. */
export function lastQueueId(connection: Connection): string | undefined {
  const last = connection
    .statement(
      `SELECT max(id) FROM
         (SELECT max(queue_id) AS id FROM messages UNION ALL SELECT last FROM queue_id_mark) AS ids`,
    )
    .pluck()
    .get() as string | null
  return last ?? undefined
}
