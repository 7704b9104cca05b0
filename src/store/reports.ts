/** Failed deliveries and the DSNs that report them: each failure is reported once, whenever this process dies. */
import type { Connection } from './database.ts'
import { insertDelivery } from './deliveries.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spool } from './messages.ts'
import type { FailureToReport } from './records.ts'

/** Failed deliveries whose DSN is due, by message, oldest message first. */
export function failuresToReport(connection: Connection, limit: number): FailureToReport[] {
  const rows = connection
    .statement(
      `SELECT m.queue_id AS queueId, json_group_array(d.ordinal ORDER BY d.ordinal) AS ordinals
       FROM deliveries d JOIN messages m ON m.id = d.message_id
       WHERE d.dsn = 'due' GROUP BY d.message_id ORDER BY d.message_id LIMIT ?`,
    )
    .all(limit) as { queueId: string; ordinals: string }[]
  return rows.map(row => ({ queueId: row.queueId, ordinals: JSON.parse(row.ordinals) as number[] }))
}

/** Spools a DSN and marks what it reports; the ids of its deliveries, none if it is not due any more. */
export function spoolDsn(
  connection: Connection,
  failedQueueId: string,
  ordinals: readonly number[],
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  if (countDue(connection, failedQueueId, ordinals) !== ordinals.length) return []
  const messageId = spool(connection, message, failedQueueId)
  mark(connection, failedQueueId, ordinals, 'sent', message.queueId)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

/** A bounce that is being followed up, and the delivery that it is about. */
export interface BounceFollowUp {
  readonly bounceQueueId: string
  readonly queueId: string
  readonly ordinal: number
  /** Until when the bounce itself is kept. */
  readonly keepUntil: number
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
  const marked = connection
    .statement(
      `UPDATE deliveries SET dsn = 'sent', dsn_queue_id = @dsnQueueId WHERE dsn NOT IN ('sent', 'counted') AND ordinal = @ordinal
         AND message_id = (SELECT id FROM messages WHERE queue_id = @queueId)`,
    )
    .run({ queueId: bounce.queueId, ordinal: bounce.ordinal, dsnQueueId: message.queueId })
  if (marked.changes === 0) return []
  const messageId = spool(connection, message, bounce.queueId)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

/** A bounce of which nothing follows any more: parked, with the reason. False if it was done before. */
export function parkBounce(
  connection: Connection,
  bounceQueueId: string,
  reason: string | null,
  keepUntil: number,
): boolean {
  const { changes } = connection
    .statement(
      `UPDATE messages SET state = 'bounce-received', reason = ?, keep_until = ?
       WHERE queue_id = ? AND state = 'spooled'`,
    )
    .run(reason, keepUntil, bounceQueueId)
  return changes > 0
}

/** Marks failures of which no DSN may be sent. */
export function skipDsn(connection: Connection, failedQueueId: string, ordinals: readonly number[]): void {
  mark(connection, failedQueueId, ordinals, 'skipped', null)
}

const dueOnes = `dsn = 'due' AND message_id = (SELECT id FROM messages WHERE queue_id = @queueId)
  AND ordinal IN (SELECT value FROM json_each(@ordinals))`

function countDue(connection: Connection, queueId: string, ordinals: readonly number[]): number {
  return connection
    .statement(`SELECT count(*) FROM deliveries WHERE ${dueOnes}`)
    .pluck()
    .get({ queueId, ordinals: JSON.stringify(ordinals) }) as number
}

function mark(
  connection: Connection,
  queueId: string,
  ordinals: readonly number[],
  word: 'sent' | 'skipped',
  dsnQueueId: string | null,
): void {
  connection
    .statement(`UPDATE deliveries SET dsn = @word, dsn_queue_id = @dsnQueueId WHERE ${dueOnes}`)
    .run({ queueId, ordinals: JSON.stringify(ordinals), word, dsnQueueId })
}
