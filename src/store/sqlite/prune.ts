/** Removing what is past its time, a little at a time, so that no commit grows long. */

import { asciiDomainOf } from '../../message/mailbox.ts'
import { decodeEnvelope } from '../../record/codec.ts'
import type { PruneAnswer, PruneQuery } from '../queries.ts'
import type { Connection } from './database.ts'
import { forgetIdentities } from './message-identities.ts'
import { forgetMessageIds } from './posts.ts'
import { isDone, removeOctets } from './shed-bodies.ts'

/** How long a list knows the Message-IDs of its posts: as long as a signature in a copy that goes in circles can be valid. */
const messageIdMemoryMilliseconds = 14 * 86_400_000

/** How long it is known what was taken for whom: until no signature is valid any more, whose clock may be a day ahead, and a day more. */
const identityMemoryMilliseconds = 16 * 86_400_000

interface Outdated {
  readonly id: number
  readonly queueId: string
  readonly keepUntil: number
  /** Whether octets or a header section are left. */
  readonly hasOctets: number
  readonly envelope: string
  readonly isRecord: number
}

/** Removes octets past their time and, `hopLogMilliseconds` later, the rows; see `Store.prune`. */
export function prune(connection: Connection, query: PruneQuery): PruneAnswer {
  const outdated = outdatedMessages(connection, query)
  const toRemove: Outdated[] = []
  let octetsRemoved = 0
  for (const message of outdated) {
    const rowUntil = message.keepUntil + hopLogOf(message, query)
    if (message.isRecord === 1 || rowUntil <= query.now) toRemove.push(message)
    else leaveRecord(connection, message.id, rowUntil)
    octetsRemoved += message.hasOctets
  }
  removeMessages(connection, toRemove)
  forgetMessageIds(connection, query.now - messageIdMemoryMilliseconds, query.limit)
  const forgotten = forgetIdentities(connection, query.now - identityMemoryMilliseconds, query.limit)
  const more = outdated.length === query.limit || forgotten === query.limit
  return { octetsRemoved, messagesRemoved: toRemove.length, more }
}

/** How long the record of a message outlives its octets. */
function hopLogOf({ queueId, envelope }: Outdated, query: PruneQuery): number {
  const { hopLogMilliseconds = 0, hopLogByDomain = {} } = query
  if (Object.keys(hopLogByDomain).length === 0) return hopLogMilliseconds
  const { reversePath, forwardPaths } = decodeEnvelope(queueId, envelope)
  const asked = [reversePath, ...forwardPaths].flatMap(path => {
    const domain = asciiDomainOf(path)
    return Object.hasOwn(hopLogByDomain, domain) ? [hopLogByDomain[domain] ?? 0] : []
  })
  return asked.length === 0 ? hopLogMilliseconds : Math.max(...asked)
}

/** Messages past their time of which nothing is left to do: no delivery or post that is not final, no DSN that is due. */
function outdatedMessages(connection: Connection, query: PruneQuery): Outdated[] {
  const rows = connection
    .statement(
      `SELECT m.id, m.queue_id AS queueId, m.keep_until AS keepUntil,
         CASE WHEN EXISTS (SELECT 1 FROM message_octets o WHERE o.message_id = m.id)
           OR EXISTS (SELECT 1 FROM message_headers h WHERE h.message_id = m.id) THEN 1 ELSE 0 END AS hasOctets,
         m.is_record AS isRecord, m.envelope
       FROM messages m
       WHERE m.keep_until <= ? AND ${isDone}
       ORDER BY m.keep_until LIMIT ?`,
    )
    .all(query.now, query.limit)
  return rows as Outdated[]
}

function leaveRecord(connection: Connection, id: number, keepUntil: number): void {
  removeOctets(connection, id)
  connection.statement('DELETE FROM message_headers WHERE message_id = ?').run(id)
  connection.statement('UPDATE messages SET keep_until = ?, is_record = 1 WHERE id = ?').run(keepUntil, id)
}

function removeMessages(connection: Connection, messages: readonly Outdated[]): void {
  if (messages.length === 0) return
  const highest = messages.reduce((high, { queueId }) => (queueId > high ? queueId : high), '')
  connection
    .statement(
      `INSERT INTO queue_id_mark (only_row, last) VALUES (1, ?)
       ON CONFLICT (only_row) DO UPDATE SET last = max(queue_id_mark.last, excluded.last)`,
    )
    .run(highest)
  const remove = connection.statement('DELETE FROM messages WHERE id = ?')
  for (const { id } of messages) remove.run(id)
}
