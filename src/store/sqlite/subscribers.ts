/** Subscribers of mailing lists: 100,000 of one list are usual, so nothing reads them all at once. */

import type {
  NewSubscriber,
  SubscribeAnswer,
  Subscriber,
  SubscriberCounts,
  Suspension,
} from '../list-records.ts'
import type { AddressChange } from '../list-request-records.ts'
import type { SubscribersQuery } from '../queries.ts'
import type { Connection } from './database.ts'

/** The select list of a Subscriber, from `subscribers`. */
export const selectSubscriber = `SELECT id, list_id AS listId, address, address_key AS addressKey, state,
  subscribed_at AS subscribedAt, suspended_at AS suspendedAt, suspended_by AS suspendedBy, reason,
  bounce_score AS bounceScore, bounced_at AS bouncedAt, probes, probe_due_at AS probeDueAt,
  probe_queue_id AS probeQueueId FROM subscribers`

/** A page of the subscribers of a list. The state stands in the statement: only then its index is used. */
export function subscribers(connection: Connection, query: SubscribersQuery): Subscriber[] {
  const { listId, limit, after = 0, state } = query
  const ofState = state === undefined ? '' : `AND state = '${state === 'active' ? 'active' : 'suspended'}'`
  return connection
    .statement(`${selectSubscriber} WHERE list_id = ? AND id > ? ${ofState} ORDER BY id LIMIT ?`)
    .all(listId, after, limit) as Subscriber[]
}

/** One subscriber, by the comparable form of the address. */
export function subscriber(
  connection: Connection,
  listId: number,
  addressKey: string,
): Subscriber | undefined {
  const row = connection
    .statement(`${selectSubscriber} WHERE list_id = ? AND address_key = ?`)
    .get(listId, addressKey)
  return row as Subscriber | undefined
}

/** There was a subscriber of this number, and is none any more: numbers are given once. */
export function hasLeft(connection: Connection, id: number): boolean {
  const last = connection
    .statement(`SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'`)
    .pluck()
    .get() as number | undefined
  return last !== undefined && id <= last && subscriberById(connection, id) === undefined
}

/** One subscriber, by its number. A former number leads to the subscriber of today, with the address that it stood for. */
export function subscriberById(connection: Connection, id: number): Subscriber | undefined {
  const statement = connection.statement(`${selectSubscriber} WHERE id = ?`)
  const found = statement.get(id) as Subscriber | undefined
  if (found !== undefined) return found
  const former = connection
    .statement('SELECT subscriber_id AS id, address FROM former_subscribers WHERE id = ?')
    .get(id) as Pick<Subscriber, 'id' | 'address'> | undefined
  if (former === undefined) return undefined
  const today = statement.get(former.id) as Subscriber | undefined
  return today && { ...today, address: former.address }
}

/** Those that are suspended, then those with failures that counted, by score. */
export function failingSubscribers(connection: Connection, listId: number, limit: number): Subscriber[] {
  return connection
    .statement(
      `${selectSubscriber} WHERE list_id = @listId AND (state = 'suspended' OR bounce_score > 0)
       ORDER BY state = 'active', bounce_score DESC, id LIMIT @limit`,
    )
    .all({ listId, limit }) as Subscriber[]
}

/** How many subscribers of a list are in each state. */
export function subscriberCounts(connection: Connection, listId: number): SubscriberCounts {
  return connection
    .statement(
      `SELECT (SELECT count(*) FROM subscribers WHERE list_id = @listId AND state = 'active') AS active,
         (SELECT count(*) FROM subscribers WHERE list_id = @listId AND state = 'suspended') AS suspended`,
    )
    .get({ listId }) as SubscriberCounts
}

/** Adds those that are not subscribed; see `Store.subscribe`. */
export function subscribe(
  connection: Connection,
  listId: number,
  added: readonly NewSubscriber[],
  at: number,
): SubscribeAnswer {
  const insert = connection.statement(
    `INSERT INTO subscribers (list_id, address, address_key, state, subscribed_at, suspended_at, suspended_by, reason)
     VALUES (@listId, @address, @addressKey, @state, @subscribedAt, @suspendedAt, @suspendedBy, @reason)
     ON CONFLICT (list_id, address_key) DO NOTHING`,
  )
  let count = 0
  for (const one of added) count += insert.run(subscriberInsert(listId, one, at)).changes
  return { added: count, present: added.length - count }
}

function subscriberInsert(listId: number, one: NewSubscriber, at: number) {
  const { address, addressKey, subscribedAt = at, suspension } = one
  return {
    listId,
    address,
    addressKey,
    subscribedAt,
    state: suspension === undefined ? 'active' : 'suspended',
    suspendedAt: suspension?.at ?? null,
    suspendedBy: suspension?.by ?? null,
    reason: suspension?.reason ?? null,
  }
}

const named = 'list_id = @listId AND address_key IN (SELECT value FROM json_each(@keys))'

function names(listId: number, addressKeys: readonly string[]) {
  return { listId, keys: JSON.stringify(addressKeys) }
}

/** Removes subscribers; answers how many there were. */
export function unsubscribe(connection: Connection, listId: number, addressKeys: readonly string[]): number {
  return connection.statement(`DELETE FROM subscribers WHERE ${named}`).run(names(listId, addressKeys))
    .changes
}

/** Removes up to so many subscribers; answers how many there were. */
export function removeSubscribers(connection: Connection, listId: number, limit: number): number {
  return connection
    .statement('DELETE FROM subscribers WHERE id IN (SELECT id FROM subscribers WHERE list_id = ? LIMIT ?)')
    .run(listId, limit).changes
}

/** Removes one subscriber; false if it is not there. */
export function removeSubscriber(connection: Connection, listId: number, subscriberId: number): boolean {
  return (
    connection.statement('DELETE FROM subscribers WHERE id = ? AND list_id = ?').run(subscriberId, listId)
      .changes > 0
  )
}

/** Suspends active subscribers; answers how many there were. */
export function suspendSubscribers(
  connection: Connection,
  listId: number,
  addressKeys: readonly string[],
  { at, by, reason }: Suspension,
): number {
  return connection
    .statement(
      `UPDATE subscribers SET state = 'suspended', suspended_at = @at, suspended_by = @by, reason = @reason,
         probes = 0, probe_due_at = NULL, probe_queue_id = NULL WHERE state = 'active' AND ${named}`,
    )
    .run({ ...names(listId, addressKeys), at, by, reason }).changes
}

/** Makes suspended subscribers active again, their score forgotten; answers how many there were. */
export function resumeSubscribers(
  connection: Connection,
  listId: number,
  addressKeys: readonly string[],
): number {
  return connection
    .statement(
      `UPDATE subscribers SET state = 'active', suspended_at = NULL, suspended_by = NULL, reason = NULL,
         bounce_score = 0, bounced_at = NULL, probes = 0, probe_due_at = NULL, probe_queue_id = NULL
       WHERE state = 'suspended' AND ${named}`,
    )
    .run(names(listId, addressKeys)).changes
}

/** Gives a subscriber another address, and forgets what has failed at the one before. False: gone, changed since, or taken. */
export function changeAddress(connection: Connection, change: AddressChange): boolean {
  const { subscriberId, listId, from, to } = change
  const { address, addressKey } = to
  if (subscriber(connection, listId, addressKey) !== undefined) return false
  return (
    connection
      .statement(
        `UPDATE subscribers SET address = @address, address_key = @addressKey, bounce_score = 0, bounced_at = NULL,
           probes = 0, probe_due_at = NULL, probe_queue_id = NULL,
           reason = CASE WHEN suspended_by = 'bounces' THEN NULL ELSE reason END,
           suspended_at = CASE WHEN suspended_by = 'bounces' THEN NULL ELSE suspended_at END,
           state = CASE WHEN suspended_by = 'bounces' THEN 'active' ELSE state END,
           suspended_by = CASE WHEN suspended_by = 'bounces' THEN NULL ELSE suspended_by END
         WHERE id = @subscriberId AND list_id = @listId AND address_key = @from`,
      )
      .run({ subscriberId, listId, from, address, addressKey }).changes > 0
  )
}
