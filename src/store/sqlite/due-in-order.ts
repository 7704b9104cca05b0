/** Deliveries that go by gateways: in the order in which their messages came to the store, sender by sender. */
import { shortName } from '../../record/short-names.ts'
import type { DueQuery, InOrderQuery } from '../queries.ts'
import type { Connection } from './database.ts'
import { claim, mayTake, selectDelivery } from './deliveries.ts'
import type { DeliveryRow } from './delivery-rows.ts'

/** Destinations that one call looks at. */
const maxDestinations = 100

const inOrder = `d.state = 'queued' AND d.in_order = 1`

/** Whoever has claimed one for a destination has it to itself: two relays would overtake each other. */
const isFree = `NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.state = 'queued' AND o.in_order = 1
  AND o.destination = d.destination AND o.claimed_by <> @relay)`

const dueDestinations = `SELECT DISTINCT d.destination FROM deliveries d
  WHERE ${inOrder} AND d.next_attempt_at <= @now AND ${mayTake} AND ${isFree} LIMIT ${maxDestinations}`

/** The sender of a message, by the member's name of today or of what earlier versions kept. */
const sender = `coalesce(m.envelope ->> '${shortName('reversePath')}', m.envelope ->> 'reversePath')`

/** The oldest message of each sender of which something is still to come. */
const openMessages = `SELECT ${sender} AS sender, d.message_id AS id
    FROM deliveries d JOIN messages m ON m.id = d.message_id
    WHERE ${inOrder} AND d.destination = @destination AND d.next_attempt_at > @now
  UNION ALL SELECT ${sender}, m.id FROM messages m
    WHERE m.state = 'spooled' AND m.received_at >= @unplannedSince
  UNION ALL SELECT ${sender}, m.id FROM list_posts p JOIN messages m ON m.id = p.message_id
    WHERE p.state IN ('accepted', 'expanding') AND m.received_at >= @unplannedSince`

const dueForDestination = `WITH still_open AS (
    SELECT s.sender, min(s.id) AS oldest FROM (${openMessages}) AS s GROUP BY s.sender)
  ${selectDelivery} LEFT JOIN still_open e ON e.sender = ${sender}
  WHERE ${inOrder} AND d.destination = @destination AND d.next_attempt_at <= @now AND ${mayTake}
    AND (e.oldest IS NULL OR d.message_id <= e.oldest)
  ORDER BY d.message_id, d.ordinal LIMIT @limit`

function exceptionsOf({ relay }: Connection, query: Omit<DueQuery, 'limit'>) {
  const { now, exceptDestinations = [], exceptIds = [] } = query
  return {
    relay,
    now,
    destinations: JSON.stringify(exceptDestinations),
    ids: JSON.stringify(exceptIds),
  }
}

/** See `Store.hasInOrder`. */
export function hasInOrder(connection: Connection, query: Omit<DueQuery, 'limit'>): boolean {
  const sql = `SELECT 1 FROM deliveries d WHERE ${inOrder} AND d.next_attempt_at <= @now AND ${mayTake} LIMIT 1`
  return connection.statement(sql).get(exceptionsOf(connection, query)) !== undefined
}

/** See `Store.dueInOrder`. */
export function dueInOrder(connection: Connection, query: InOrderQuery): DeliveryRow[] {
  const { limit, unplannedSince } = query
  const parameters = exceptionsOf(connection, query)
  const destinations = connection.statement(dueDestinations).pluck().all(parameters) as string[]
  const rows: DeliveryRow[] = []
  for (const destination of destinations) {
    if (rows.length >= limit) break
    const asked = { ...parameters, destination, unplannedSince, limit: limit - rows.length }
    rows.push(...(connection.statement(dueForDestination).all(asked) as DeliveryRow[]))
  }
  claim(connection, rows)
  return rows
}

/** See `Store.putInOrder`. */
export function putInOrder(connection: Connection, destinations: readonly string[]): number {
  return connection
    .statement(
      `UPDATE deliveries SET in_order = 1 WHERE state = 'queued' AND in_order = 0
       AND destination IN (SELECT value FROM json_each(?))`,
    )
    .run(JSON.stringify(destinations)).changes
}
