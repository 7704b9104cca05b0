/** Questions whose answer PostgreSQL keeps in another way. */
import { type NewMessagesQuery, newMessages as newMessagesOf } from '../sqlite/message-search.ts'
import { subscriberById } from '../sqlite/subscribers.ts'
import type { Ask } from './lane.ts'
import { type Claimant, rerun } from './rerun.ts'

/** There was a subscriber of this number, and is none any more: numbers are given once. */
export async function hasLeft(ask: Ask, claimant: Claimant, id: number): Promise<boolean> {
  const sql = 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM subscribers_id_seq'
  const last = (await ask(sql)).rows[0]?.last
  if (typeof last !== 'number' || id > last) return false
  return (await rerun(connection => subscriberById(connection, id), claimant, ask)) === undefined
}

/** So many of the newest rows are looked at for such that are not settled. */
const looked = 10_000

/**
 * Numbers are given before a transaction commits: one that is still under way may bring a message before some that are there. So it is told
 * of messages below the first that was committed while such a one may have been under way, and of the others the next time.
 */
const settledSql = `SELECT max(m.id) AS highest FROM messages m WHERE m.id < coalesce(
    (SELECT min(u.id) FROM messages u WHERE u.id > (SELECT max(id) - ${looked} FROM messages)
      AND age(u.xmin) <= age(pg_snapshot_xmin(pg_current_snapshot())::xid)),
    ${Number.MAX_SAFE_INTEGER})`

export function newMessages(ask: Ask, claimant: Claimant, query: NewMessagesQuery) {
  return rerun(connection => newMessagesOf(connection, query, settledSql), claimant, ask)
}
