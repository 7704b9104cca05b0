/** Deliveries: which are due, and what became of their attempts. */

import type { Claim, DueQuery, SeenDelivery } from '../queries.ts'
import { StoreError } from '../store-error.ts'
import type { Connection } from './database.ts'
import {
  type AttemptInsert,
  type DeliveryInsert,
  type DeliveryRow,
  deliveryColumns,
} from './delivery-rows.ts'
import { noteForwardPath } from './message-terms.ts'

/** Rows of the answer of `due`. */
export interface DueRows {
  readonly rows: DeliveryRow[]
  readonly nextDueAt: number | null
}

export const selectDelivery = `SELECT ${deliveryColumns} FROM deliveries d JOIN messages m ON m.id = d.message_id`

const insert = `INSERT INTO deliveries (message_id, ordinal, kind, state, recipient, forward_path, reverse_path,
    destination, attempts, next_attempt_at, expires_at, finished_at, reason, dsn, notification, success_dsn, hop, prefix,
    post_id, subscriber_id, in_order, claimed_by)
  VALUES (@messageId, @ordinal, @kind, @state, @recipient, @forwardPath, @reversePath,
    @destination, @attempts, @nextAttemptAt, @expiresAt, @finishedAt, @reason, @dsn, @notification, @successDsn, @hop,
    x'', @postId, @subscriberId, @inOrder, CASE @inOrder WHEN 1 THEN NULL ELSE CAST(@relay AS bigint) END)`

/** Inserts a delivery, which the relay that plans it has in hand unless it waits for its turn, and answers its id. */
export function insertDelivery(
  connection: Connection,
  messageId: number | bigint,
  delivery: DeliveryInsert,
): number {
  const parameters = { ...delivery, messageId, prefix: undefined, relay: connection.relay }
  noteForwardPath(connection, messageId, delivery.forwardPath)
  const id = Number(connection.statement(insert).run(parameters).lastInsertRowid)
  insertPrefix(connection, id, delivery.prefix.bytes)
  return id
}

function insertPrefix(connection: Connection, id: number, octets: Uint8Array): void {
  if (octets.byteLength === 0) return
  connection.statement('INSERT INTO delivery_octets (delivery_id, octets) VALUES (?, ?)').run(id, octets)
}

/** The deliveries of a message, in the order of their ordinals. */
export function deliveriesOf(connection: Connection, queueId: string): DeliveryRow[] {
  const rows = connection.statement(`${selectDelivery} WHERE m.queue_id = ? ORDER BY d.ordinal`).all(queueId)
  return rows as DeliveryRow[]
}

/** One delivery, by what a bounce token names. */
export function delivery(connection: Connection, queueId: string, ordinal: number): DeliveryRow | undefined {
  const row = connection
    .statement(`${selectDelivery} WHERE m.queue_id = ? AND d.ordinal = ?`)
    .get(queueId, ordinal)
  return row as DeliveryRow | undefined
}

/** Free, or in the hands of this relay. */
const mayClaim = '(claimed_by IS NULL OR claimed_by = @relay)'

/** With the parameters `relay`, `destinations` and `ids`. */
export const mayTake = `(d.claimed_by IS NULL OR d.claimed_by = @relay) AND d.destination NOT IN (SELECT value FROM json_each(@destinations))
  AND d.id NOT IN (SELECT value FROM json_each(@ids))`

/** Deliveries whose time has come; see `Store.due`. */
export function due(connection: Connection, query: DueQuery): DueRows {
  const exceptions = {
    relay: connection.relay,
    now: query.now,
    destinations: JSON.stringify(query.exceptDestinations ?? []),
    ids: JSON.stringify(query.exceptIds ?? []),
  }
  const rows = connection
    .statement(
      `${selectDelivery} WHERE d.state = 'queued' AND d.next_attempt_at <= @now AND d.in_order <> 1 AND ${mayTake}
       ORDER BY d.next_attempt_at, d.destination, d.in_order, d.id LIMIT @limit`,
    )
    .all({ ...exceptions, limit: query.limit }) as DeliveryRow[]
  claim(connection, rows)
  if (rows.length === query.limit) return { rows, nextDueAt: query.now }
  const later = connection
    .statement(
      `SELECT d.next_attempt_at FROM deliveries d WHERE d.state = 'queued' AND d.next_attempt_at > @now
       AND ${mayTake} ORDER BY d.next_attempt_at LIMIT 1`,
    )
    .pluck()
    .get(exceptions) as number | undefined
  return { rows, nextDueAt: later ?? null }
}

/** So that relays do not fetch what another one is about to attempt. One that is alone need not say so. */
export function claim(connection: Connection, rows: readonly DeliveryRow[]): void {
  if (!connection.isShared || rows.length === 0) return
  connection
    .statement(
      `UPDATE deliveries SET claimed_by = ? WHERE claimed_by IS NULL AND id IN (SELECT value FROM json_each(?))`,
    )
    .run(connection.relay, JSON.stringify(rows.map(({ id }) => id)))
}

/** Writes down that an attempt is about to be made; false if the delivery is not as it was seen. See `Store.announceAttempt`. */
export function announceAttempt(
  connection: Connection,
  { id, attempts, nextAttemptAt: seenAt }: SeenDelivery,
  nextAttemptAt: number,
): boolean {
  const { changes } = connection
    .statement(
      `UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = @nextAttemptAt, claimed_by = @relay
       WHERE id = @id AND state = 'queued' AND attempts = @attempts AND next_attempt_at = @seenAt AND ${mayClaim}`,
    )
    .run({ id, attempts, seenAt, nextAttemptAt, relay: connection.relay })
  return changes === 1
}

/** Takes back attempts that were announced but not made; see `Store.releaseAttempts`. */
export function releaseAttempts(
  connection: Connection,
  claims: readonly Claim[],
  nextAttemptAt: number,
): void {
  connection
    .statement(
      `UPDATE deliveries SET attempts = max(deliveries.attempts - 1, 0), next_attempt_at = ?, claimed_by = NULL
       FROM (SELECT value ->> 'id' AS id, value ->> 'attempts' AS attempts FROM json_each(?)) AS claim
       WHERE deliveries.id = claim.id AND deliveries.attempts = claim.attempts AND state = 'queued'`,
    )
    .run(nextAttemptAt, JSON.stringify(claims))
}

/** Puts off what is due to a destination before this time, but not beyond its own end, and answers how many deliveries that were; see `Store.postpone`. */
export function postpone(connection: Connection, destination: string, until: number, limit: number): number {
  const { changes } = connection
    .statement(
      `UPDATE deliveries SET next_attempt_at = min(@until, expires_at) WHERE id IN (
         SELECT id FROM deliveries INDEXED BY deliveries_due
         WHERE state = 'queued' AND next_attempt_at < @until AND next_attempt_at < expires_at
           AND destination = @destination AND ${mayClaim} LIMIT @limit)`,
    )
    .run({ destination, until, limit, relay: connection.relay })
  return changes
}

/** Makes due what waits for longer than any wait could be, and answers how many deliveries that were; see `Store.pullIn`. */
export function pullIn(
  connection: Connection,
  { now, latest, lastEnd, limit }: { now: number; latest: number; lastEnd: number; limit: number },
): number {
  const { changes } = connection
    .statement(
      `UPDATE deliveries SET next_attempt_at = @now, expires_at = min(expires_at, @lastEnd) WHERE id IN (
         SELECT id FROM deliveries WHERE state = 'queued' AND next_attempt_at > @latest LIMIT @limit)`,
    )
    .run({ now, latest, lastEnd, limit })
  return changes
}

const insertAttempt = `INSERT INTO attempts (delivery_id, number, started_at, ended_at, next_hop, tls, choice, reply,
    phase, outcome, reason)
  SELECT id, attempts, @startedAt, @endedAt, @nextHop, @tls, @choice, @reply, @phase, @outcome, @reason
  FROM deliveries WHERE id = @deliveryId AND attempts = @attempts`

// A bounce may have come, and been passed on, before the peer's last word: one failure is reported once.
// A success that the sender asked for is reported by the next hop if that took the request over, otherwise by this one.
// A delivery that the operator put on hold or gave up during the attempt stays as it is if the attempt was in vain.
const settle = `UPDATE deliveries SET
    state = CASE @outcome WHEN 'deferred' THEN state ELSE @outcome END,
    next_attempt_at = coalesce(@nextAttemptAt, next_attempt_at),
    finished_at = CASE @outcome WHEN 'deferred' THEN finished_at ELSE @endedAt END,
    reason = CASE @outcome WHEN 'failed' THEN @reason WHEN 'deferred' THEN reason END,
    dsn = CASE WHEN @outcome = 'failed' AND dsn = 'none' THEN 'due' ELSE dsn END,
    success_dsn = CASE WHEN success_dsn = 'wanted' AND @outcome = 'delivered' AND @reportsTaken = 0 THEN 'due'
      ELSE success_dsn END,
    warn_at = CASE @outcome WHEN 'deferred' THEN coalesce(warn_at, @warnAt) END,
    in_order = CASE WHEN in_order = 1 AND @outcome = 'deferred' AND @isAlone = 1 THEN 2 ELSE in_order END,
    claimed_by = NULL
  WHERE id = @deliveryId`

/** The statements of `finishAttempt`. */
export const recordAttempt = { insert: insertAttempt, settle } as const

/** What follows from an attempt beside its record. */
export interface AttemptFollowUp {
  readonly nextAttemptAt: number | null
  /** When the sender is to be told of the delay, if nobody has said so before. */
  readonly warnAt: number | null
  /** 1: the next hop was asked for the reports and gives them. */
  readonly reportsTaken: 0 | 1
  /** 1: nothing else for the destination waits with it. */
  readonly isAlone: 0 | 1
}

/** Records an attempt and what follows from it; see `Store.finishAttempt`. */
export function finishAttempt(
  connection: Connection,
  { id: deliveryId, attempts }: Claim,
  attempt: AttemptInsert,
  followUp: AttemptFollowUp,
): boolean {
  const { changes } = connection.statement(insertAttempt).run({ ...attempt, deliveryId, attempts })
  if (changes === 0) {
    const isThere = connection.statement('SELECT 1 FROM deliveries WHERE id = ?').get(deliveryId)
    if (isThere === undefined) throw new StoreError('unknown', `there is no delivery ${deliveryId}`)
    return false
  }
  const { outcome, endedAt, reason } = attempt
  connection.statement(settle).run({ ...followUp, deliveryId, outcome, endedAt, reason })
  return true
}
