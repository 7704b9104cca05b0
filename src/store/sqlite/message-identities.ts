/** Which messages were taken for whom: judged and noted in the transaction that puts a message on disk, so that no two are taken at once. */
import type { Copy, OnceOnly, SeenCopy } from '../identity-records.ts'
import type { Connection } from './database.ts'
import type { MessageInsert } from './message-rows.ts'
import { spool } from './messages.ts'

interface IdentityRow {
  readonly queueId: string
  readonly sentBy: string
  readonly seenAt: number
  readonly times: number
}

/** The copies that were taken before, as `spoolOnce` would find them now. */
export function takenBefore(connection: Connection, once: OnceOnly): SeenCopy[] {
  return once.copies.flatMap(copy => seenBefore(connection, copy, once) ?? [])
}

/** Spools a message, unless some of its copies were taken before: then nothing is changed, and they are answered. */
export function spoolOnce(connection: Connection, message: MessageInsert, once: OnceOnly): SeenCopy[] {
  const seen = takenBefore(connection, once)
  if (seen.length > 0) return seen
  spool(connection, message)
  for (const { key } of once.copies) note(connection, key, message.queueId, once)
  return []
}

function seenBefore(connection: Connection, { key, recipient }: Copy, once: OnceOnly): SeenCopy | undefined {
  const row = connection
    .statement(
      `SELECT queue_id AS queueId, sent_by AS sentBy, seen_at AS seenAt, times FROM message_identities
       WHERE copy_key = ?`,
    )
    .get(key) as IdentityRow | undefined
  if (row === undefined) return undefined
  const isRetry = row.sentBy === once.sentBy && row.seenAt >= once.retriesSince
  return isRetry || row.times >= once.most ? { recipient, queueId: row.queueId, isRetry } : undefined
}

function note(connection: Connection, key: string, queueId: string, once: OnceOnly): void {
  const id = connection
    .statement(
      `INSERT INTO message_identities (copy_key, sent_by, queue_id, seen_at, times)
       VALUES (@key, @sentBy, @queueId, @at, 1)
       ON CONFLICT (copy_key) DO UPDATE
         SET sent_by = excluded.sent_by, queue_id = excluded.queue_id, seen_at = excluded.seen_at, times = message_identities.times + 1
       RETURNING id`,
    )
    .pluck()
    .get({ key, sentBy: once.sentBy, queueId, at: once.at }) as number
  connection.statement('DELETE FROM message_identities WHERE id <= ?').run(id - once.remembered)
}

/** Forgets what was taken before a time; how much there was, `limit` at most. */
export function forgetIdentities(connection: Connection, before: number, limit: number): number {
  const { changes } = connection
    .statement(
      `DELETE FROM message_identities WHERE id IN
         (SELECT id FROM message_identities WHERE seen_at < ? ORDER BY seen_at LIMIT ?)`,
    )
    .run(before, limit)
  return changes
}
