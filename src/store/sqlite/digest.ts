/** What nobody was told of, and what waits too long: for the one who runs the relay, once a day. */
import type { DigestLook, StuckDestination, StuckQuery, UntoldLosses } from '../care-records.ts'
import type { Connection } from './database.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spoolNotice } from './messages.ts'

const columns = `id, kind, why, about, said, queue_id AS queueId, count, first_at AS firstAt, last_at AS lastAt`

/** What nobody was told of, the most frequent first. */
export function untoldLosses(connection: Connection, limit: number): UntoldLosses[] {
  return connection
    .statement(`SELECT ${columns} FROM untold ORDER BY count DESC, id LIMIT ?`)
    .all(limit) as UntoldLosses[]
}

/** Destinations whose mail does not get on, the longest first. */
export function stuckDestinations(connection: Connection, query: StuckQuery): StuckDestination[] {
  return connection
    .statement(
      `SELECT destination, count, expiresAt,
         (SELECT coalesce((a.reply ->> 'code') || ' ' || (a.reply ->> 'text'), a.reason)
          FROM attempts a WHERE a.delivery_id = oldest ORDER BY a.number DESC LIMIT 1) AS said
       FROM (SELECT destination, expires_at AS expiresAt, id AS oldest, count(*) OVER (PARTITION BY destination) AS count,
               row_number() OVER (PARTITION BY destination ORDER BY expires_at, id) AS place
             FROM deliveries WHERE state = 'queued' AND attempts > 1 AND expires_at <= @expiresBefore) AS waiting
       WHERE place = 1 ORDER BY expiresAt, destination LIMIT @limit`,
    )
    .all(query) as StuckDestination[]
}

/** When it was last looked. */
export function digestLookedAt(connection: Connection): number | null {
  const found = connection.statement('SELECT looked_at FROM digest_looks').pluck().get() as number | undefined
  return found ?? null
}

/** Notes a look, and forgets what was told; false where somebody else has looked since. */
export function noteDigestLook(connection: Connection, { seenAt, at, told }: DigestLook): boolean {
  if (digestLookedAt(connection) !== seenAt) return false
  connection
    .statement(
      `INSERT INTO digest_looks (only_row, looked_at) VALUES (1, ?)
       ON CONFLICT (only_row) DO UPDATE SET looked_at = excluded.looked_at`,
    )
    .run(at)
  for (const { id, count } of told) forget(connection, id, count)
  return true
}

/** Spools the digest and forgets what it tells; the ids of its deliveries. */
export function spoolDigest(
  connection: Connection,
  look: DigestLook,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  return noteDigestLook(connection, look) ? spoolNotice(connection, message, deliveries) : []
}

function forget(connection: Connection, id: number, count: number): void {
  const left = connection
    .statement('UPDATE untold SET count = count - @count WHERE id = @id AND count > @count')
    .run({ id, count }).changes
  if (left === 0) connection.statement('DELETE FROM untold WHERE id = ?').run(id)
}
