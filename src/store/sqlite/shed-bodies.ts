/**
 * Letting go of what nothing needs any more: once the last delivery of a message is final and nobody has to be told of it, its body goes. The header
 * section stays, as failures may come back from later hops; so the octets that are left are those of mail on its way, and are looked over in
 * steps.
 */
import { type PackedSection, packedSection, unpackedSection } from '../header-dictionary.ts'
import type { ShedAnswer, ShedQuery } from '../retention-records.ts'
import type { Connection } from './database.ts'

/** Nothing is left to do: no delivery or post that is not final, no report that is due. For `messages m`. */
export const isDone = `m.state <> 'spooled' AND NOT EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.message_id = m.id AND (d.state IN ('queued', 'held') OR d.dsn = 'due' OR d.success_dsn = 'due'))
  AND NOT EXISTS (
    SELECT 1 FROM list_posts p WHERE p.message_id = m.id AND p.state IN ('held', 'accepted', 'expanding'))`

/** See `Store.shedBodies`. */
export function shedBodies(connection: Connection, query: ShedQuery): ShedAnswer {
  const { done, last } = bodiesToShed(connection, query)
  for (const [count, id] of done.entries()) if (!shed(connection, id)) return shedUntil(count, id)
  return { shed: done.length, last }
}

/** The next step goes on with this message. */
export function shedUntil(count: number, id: number): ShedAnswer {
  return { shed: count, last: id - 1 }
}

/** The messages of one step whose bodies go, and where the next one begins. */
export function bodiesToShed(
  connection: Connection,
  { after, limit, endedBefore }: ShedQuery,
): { readonly done: readonly number[]; readonly last: number | null } {
  const ids = connection
    .statement('SELECT message_id FROM message_octets WHERE message_id > ? ORDER BY message_id LIMIT ?')
    .pluck()
    .all(after, limit) as number[]
  const done = connection
    .statement(
      `SELECT m.id FROM messages m WHERE m.id IN (SELECT value FROM json_each(@ids)) AND ${isDone}
         AND coalesce((SELECT max(d.finished_at) FROM deliveries d WHERE d.message_id = m.id), m.received_at) < @endedBefore
       ORDER BY m.id`,
    )
    .pluck()
    .all({ ids: JSON.stringify(ids), endedBefore }) as number[]
  return { done, last: ids.length < limit ? null : (ids.at(-1) ?? null) }
}

/** Fields of copies of a post that go in one commit. */
const fieldsAtOnce = 1_000

/** The body of one message; false: there is more to remove before it. */
export function shed(connection: Connection, id: number): boolean {
  const { changes } = connection
    .statement(
      `DELETE FROM delivery_octets WHERE delivery_id IN (
         SELECT o.delivery_id FROM deliveries d JOIN delivery_octets o ON o.delivery_id = d.id WHERE d.message_id = ? LIMIT ?)`,
    )
    .run(id, fieldsAtOnce)
  if (changes === fieldsAtOnce) return false
  const octets = connection
    .statement('SELECT octets FROM message_octets WHERE message_id = ?')
    .pluck()
    .get(id) as Uint8Array
  const { section, form } = packedSection(headerSectionOf(octets))
  connection
    .statement('INSERT OR IGNORE INTO message_headers (message_id, section, form) VALUES (?, ?, ?)')
    .run(id, section, form)
  removeOctets(connection, id)
  return true
}

/** Up to the empty line, which belongs to it. */
function headerSectionOf(octets: Uint8Array): Uint8Array {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const end = buffer.indexOf('\r\n\r\n', 0, 'latin1')
  return end < 0 ? buffer : buffer.subarray(0, end + 4)
}

/** The header section of a message whose octets have gone. */
export function headerSection(connection: Connection, queueId: string): Uint8Array | null {
  const packed = connection
    .statement(
      'SELECT h.section, h.form FROM message_headers h JOIN messages m ON m.id = h.message_id WHERE m.queue_id = ?',
    )
    .get(queueId) as PackedSection | undefined
  return packed === undefined ? null : unpackedSection(packed)
}

/** Removes the octets of a message, what its lists had made of it, and what this hop has put on top. */
export function removeOctets(connection: Connection, id: number): void {
  connection.statement('DELETE FROM message_octets WHERE message_id = ?').run(id)
  connection
    .statement(
      'DELETE FROM delivery_octets WHERE delivery_id IN (SELECT d.id FROM deliveries d WHERE d.message_id = ?)',
    )
    .run(id)
  emptyEarlierFields(connection, id)
  connection
    .statement(
      'DELETE FROM list_post_octets WHERE post_id IN (SELECT id FROM list_posts WHERE message_id = ?)',
    )
    .run(id)
}

/** A message that an earlier version has taken has its fields in rows that stay; copies of a post are too many for one commit. */
function emptyEarlierFields(connection: Connection, id: number): void {
  connection.statement(`UPDATE messages SET prepend = x'' WHERE id = ? AND prepend <> x''`).run(id)
  connection
    .statement(
      `UPDATE deliveries SET prefix = x'' WHERE message_id = ? AND post_id IS NULL AND prefix <> x''`,
    )
    .run(id)
}

/** See `Store.dropHeaders`. The oldest are looked at first. */
export function dropHeaders(connection: Connection, before: number, limit: number): number {
  const { changes } = connection
    .statement(
      `DELETE FROM message_headers WHERE message_id IN
         (SELECT m.id FROM messages m WHERE m.received_at < ? AND m.id IN
           (SELECT h.message_id FROM message_headers h ORDER BY h.message_id LIMIT ?))`,
    )
    .run(before, limit)
  return changes
}
