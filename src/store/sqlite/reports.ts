/** Failed deliveries and the DSNs that report them: each failure is reported once, whenever this process dies. */

import type { NewLoss } from '../care-records.ts'
import type { FailureToReport } from '../records.ts'
import type { BounceFollowUp, Reported } from '../report-records.ts'
import type { Connection } from './database.ts'
import { insertDelivery } from './deliveries.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spool } from './messages.ts'
import { addUntold } from './untold.ts'

/** Failed deliveries whose DSN is due, by message, oldest message first. */
export function failuresToReport(connection: Connection, limit: number): FailureToReport[] {
  const rows = connection
    .statement(
      `SELECT m.queue_id AS queueId, json_group_array(d.ordinal ORDER BY d.ordinal) AS ordinals
       FROM deliveries d JOIN messages m ON m.id = d.message_id
       WHERE d.dsn = 'due' GROUP BY d.message_id, m.queue_id ORDER BY d.message_id LIMIT ?`,
    )
    .all(limit) as { queueId: string; ordinals: string }[]
  return rows.map(row => ({ queueId: row.queueId, ordinals: JSON.parse(row.ordinals) as number[] }))
}

/** Messages with a success that is to be reported, oldest first. */
export function successesToReport(connection: Connection, limit: number): string[] {
  return connection
    .statement(
      `SELECT m.queue_id FROM deliveries d JOIN messages m ON m.id = d.message_id
       WHERE d.success_dsn = 'due' GROUP BY d.message_id, m.queue_id ORDER BY d.message_id LIMIT ?`,
    )
    .pluck()
    .all(limit) as string[]
}

/** How many successes of one message are to be reported. */
export function successesLeft(connection: Connection, queueId: string): number {
  return connection
    .statement(
      `SELECT count(*) FROM deliveries
       WHERE success_dsn = 'due' AND message_id = (SELECT id FROM messages WHERE queue_id = ?)`,
    )
    .pluck()
    .get(queueId) as number
}

/** Messages with a delivery that has waited so long that the sender may hear of it. */
export function delaysToReport(connection: Connection, now: number, limit: number): string[] {
  return connection
    .statement(
      `SELECT DISTINCT m.queue_id FROM deliveries d JOIN messages m ON m.id = d.message_id
       WHERE d.warn_at IS NOT NULL AND d.state = 'queued' AND d.warn_at <= ? LIMIT ?`,
    )
    .pluck()
    .all(now, limit) as string[]
}

const columnOf = { failure: 'dsn', success: 'success_dsn' } as const

/** Spools a DSN and marks what it reports; the ids of its deliveries, none if it is not due any more. */
export function spoolDsn(
  connection: Connection,
  failedQueueId: string,
  ordinals: readonly number[],
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
  reported: Reported = 'failure',
): number[] {
  if (countDue(connection, failedQueueId, ordinals, reported) !== ordinals.length) return []
  const messageId = spool(connection, message, failedQueueId)
  mark(connection, failedQueueId, ordinals, reported, 'sent', message.queueId)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

/** Spools the DSN that tells of a delay; none if the message had one before. */
export function spoolDelayDsn(
  connection: Connection,
  delayedQueueId: string,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  if (!settleDelay(connection, delayedQueueId, 'sent')) return []
  const messageId = spool(connection, message, delayedQueueId)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

/** Nobody is told of the delay of a message, now and later. */
export function skipDelayDsn(connection: Connection, delayedQueueId: string): void {
  settleDelay(connection, delayedQueueId, 'skipped')
}

/** A time that never comes: NULL would be set again by the next deferral. */
const never = Number.MAX_SAFE_INTEGER

/** One warning a message, whichever of its deliveries is late. True if this was the first. */
function settleDelay(connection: Connection, queueId: string, word: 'sent' | 'skipped'): boolean {
  connection
    .statement(
      `UPDATE deliveries SET warn_at = ? WHERE warn_at IS NOT NULL
         AND message_id = (SELECT id FROM messages WHERE queue_id = ?)`,
    )
    .run(never, queueId)
  const { changes } = connection
    .statement(`UPDATE messages SET delay_dsn = ? WHERE queue_id = ? AND delay_dsn = 'none'`)
    .run(word, queueId)
  return changes > 0
}

/**
 * Spools the DSN that passes a bounce on, marks the delivery as reported and the bounce as done; the ids of its deliveries.
 * None if the bounce was done before, or the delivery was reported before: then the bounce is done without a DSN.
 */
export function spoolReturn(
  connection: Connection,
  bounce: BounceFollowUp,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  if (!parkBounce(connection, bounce.bounceQueueId, null, bounce.keepUntil)) return []
  if (!markReturned(connection, bounce, message.queueId)) return []
  const messageId = spool(connection, message, bounce.queueId)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

/** Marks what a bounce says of a delivery as told; false if it was before. */
function markReturned(
  connection: Connection,
  { queueId, ordinal, reported = 'failure' }: BounceFollowUp,
  dsnQueueId: string,
): boolean {
  if (reported === 'delay') return settleDelay(connection, queueId, 'sent')
  const ofDelivery = `ordinal = @ordinal AND message_id = (SELECT id FROM messages WHERE queue_id = @queueId)`
  const sql =
    reported === 'success'
      ? `UPDATE deliveries SET success_dsn = 'sent' WHERE success_dsn = 'wanted' AND ${ofDelivery}`
      : `UPDATE deliveries SET dsn = 'sent', dsn_queue_id = @dsnQueueId WHERE dsn NOT IN ('sent', 'counted')
           AND ${ofDelivery}`
  return connection.statement(sql).run({ queueId, ordinal, dsnQueueId }).changes > 0
}

/** A bounce of which nothing follows any more: parked, with the reason. False if it was done before. */
export function parkBounce(
  connection: Connection,
  bounceQueueId: string,
  reason: string | null,
  keepUntil: number,
  isUntold = false,
): boolean {
  const receivedAt = connection
    .statement(
      `UPDATE messages SET state = 'bounce-received', reason = ?, keep_until = ?
       WHERE queue_id = ? AND state = 'spooled' RETURNING received_at`,
    )
    .pluck()
    .get(reason, keepUntil, bounceQueueId) as number | undefined
  if (receivedAt === undefined) return false
  if (isUntold) {
    const why = reason ?? 'no reason was noted'
    addUntold(connection, {
      kind: 'bounce',
      why,
      about: '',
      said: null,
      queueId: bounceQueueId,
      at: receivedAt,
    })
  }
  return true
}

/** Marks failures (or successes) of which no DSN may be sent. */
export function skipDsn(
  connection: Connection,
  failedQueueId: string,
  ordinals: readonly number[],
  reported: Reported = 'failure',
  why: string | null = null,
): void {
  if (reported === 'failure' && why !== null) noteUntold(connection, failedQueueId, ordinals, why)
  mark(connection, failedQueueId, ordinals, reported, 'skipped', null)
}

/** Failures that are still due and will not be reported: the postmaster hears of them. */
function noteUntold(connection: Connection, queueId: string, ordinals: readonly number[], why: string): void {
  const failed = connection
    .statement(
      `SELECT destination AS about, reason AS said, coalesce(finished_at, 0) AS at FROM deliveries
       WHERE ${dueOnes('failure')} ORDER BY ordinal`,
    )
    .all({ queueId, ordinals: JSON.stringify(ordinals) }) as Pick<NewLoss, 'about' | 'said' | 'at'>[]
  for (const one of failed) addUntold(connection, { ...one, kind: 'failure', why, queueId })
}

function dueOnes(reported: Reported): string {
  return `${columnOf[reported]} = 'due' AND message_id = (SELECT id FROM messages WHERE queue_id = @queueId)
    AND ordinal IN (SELECT value FROM json_each(@ordinals))`
}

function countDue(
  connection: Connection,
  queueId: string,
  ordinals: readonly number[],
  reported: Reported,
): number {
  return connection
    .statement(`SELECT count(*) FROM deliveries WHERE ${dueOnes(reported)}`)
    .pluck()
    .get({ queueId, ordinals: JSON.stringify(ordinals) }) as number
}

function mark(
  connection: Connection,
  queueId: string,
  ordinals: readonly number[],
  reported: Reported,
  word: 'sent' | 'skipped',
  dsnQueueId: string | null,
): void {
  const report = reported === 'failure' ? ', dsn_queue_id = @dsnQueueId' : ''
  connection
    .statement(`UPDATE deliveries SET ${columnOf[reported]} = @word${report} WHERE ${dueOnes(reported)}`)
    .run({ queueId, ordinals: JSON.stringify(ordinals), word, dsnQueueId })
}
