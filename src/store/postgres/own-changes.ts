/**
 * Changes that every message makes, each in one statement, so that many of them go to the server at once; and those that loop over much.
 * What they do is said where SQLite does the same (store/sqlite/).
 */

import type { OnceOnly, SeenCopy } from '../identity-records.ts'
import type { NewSubscriber, SubscribeAnswer } from '../list-records.ts'
import type { CopiesPage } from '../post-records.ts'
import type { Claim, DueQuery } from '../queries.ts'
import type { PlanOutcome } from '../records.ts'
import { headerIdentity } from '../search-terms.ts'
import { type AttemptFollowUp, type DueRows, recordAttempt } from '../sqlite/deliveries.ts'
import {
  type AttemptInsert,
  type DeliveryInsert,
  type DeliveryRow,
  deliveryColumns,
} from '../sqlite/delivery-rows.ts'
import { type MessageInsert, toBuffer } from '../sqlite/message-rows.ts'
import { termsOfForwardPath, termsOfMessage } from '../sqlite/message-terms.ts'
import { addUntold } from '../sqlite/untold.ts'
import { StoreError } from '../store-error.ts'
import type { Ask } from './lane.ts'
import { type Claimant, rerun } from './rerun.ts'

const messageInsert = (
  from: string,
) => `INSERT INTO messages (queue_id, received_at, direction, state, listener, size_bytes,
    reports_on, keep_until, peer, envelope, verdict, removed, prepend, header_message_id, subject_hash, claimed_by)
  SELECT @queueId, @receivedAt, @direction, @state, @listener, @sizeBytes, NULL, @keepUntil, @peer, @envelope, @verdict,
    @removed, x'', @messageId, @subjectHash, @relay ${from} RETURNING id`

/** What the message of `source` can be found by; in one order, so that no two transactions wait for each other. */
const notedTerms = (source: string) => `INSERT INTO message_terms (message_id, term)
  SELECT s.id, t.value::bigint FROM ${source} s, json_array_elements_text(@terms::json) AS t ORDER BY 1, 2
  ON CONFLICT DO NOTHING`

const spoolSql = `WITH m AS (${messageInsert('')}), t AS (${notedTerms('m')})
  INSERT INTO message_octets (message_id, octets, prepend) SELECT id, @octets, @prepend FROM m`

function messageParameters(message: MessageInsert, { relay }: Claimant) {
  const { prepend, octets, ...rest } = message
  const identity = headerIdentity(toBuffer(octets.bytes))
  return {
    ...rest,
    messageId: identity.messageId,
    subjectHash: identity.subjectHash,
    terms: JSON.stringify([...termsOfMessage(message, identity)]),
    relay,
    sizeBytes: octets.bytes.byteLength,
    prepend: prepend.bytes,
    octets: octets.bytes,
  }
}

export async function spool(ask: Ask, claimant: Claimant, message: MessageInsert): Promise<void> {
  await ask(spoolSql, messageParameters(message, claimant))
  const { queueId, receivedAt: at, untold: why } = message
  if (why === null) return
  const loss = { kind: 'bounce', why, about: '', said: null, queueId, at } as const
  await rerun(connection => addUntold(connection, loss), claimant, ask)
}

const isSeen = '(i.sent_by = @sentBy AND i.seen_at >= @retriesSince)'

const spoolOnceSql = `WITH seen AS (
    SELECT i.copy_key, i.queue_id, ${isSeen} AS is_retry FROM message_identities i
    WHERE i.copy_key IN (SELECT value FROM json_each(@keys)) AND (${isSeen} OR i.times >= @most)),
  m AS (${messageInsert('WHERE NOT EXISTS (SELECT 1 FROM seen)')}),
  o AS (INSERT INTO message_octets (message_id, octets, prepend) SELECT id, @octets, @prepend FROM m),
  t AS (${notedTerms('m')}),
  n AS (
    INSERT INTO message_identities AS i (copy_key, sent_by, queue_id, seen_at, times)
    SELECT k.value, @sentBy, @queueId, @at, 1 FROM m, json_array_elements_text(@keyList::json) AS k
    ON CONFLICT (copy_key) DO UPDATE
      SET sent_by = excluded.sent_by, queue_id = excluded.queue_id, seen_at = excluded.seen_at, times = i.times + 1
      WHERE NOT (${isSeen} OR i.times >= @most)
    RETURNING i.id),
  f AS (DELETE FROM message_identities WHERE id <= (SELECT max(id) FROM n) - @remembered)
  SELECT (SELECT count(*) FROM m) AS spooled, (SELECT count(*) FROM n) AS noted,
    (SELECT json_agg(json_build_array(copy_key, queue_id, is_retry)) FROM seen) AS seen`

/** A copy that another relay takes at the same moment makes it fail: made again, it sees that one. */
export async function spoolOnce(
  ask: Ask,
  claimant: Claimant,
  message: MessageInsert,
  once: OnceOnly,
): Promise<SeenCopy[]> {
  const keys = [...new Set(once.copies.map(({ key }) => key))]
  const json = JSON.stringify(keys)
  const { copies, ...bounds } = once
  const parameters = { ...messageParameters(message, claimant), ...bounds, keys: json, keyList: json }
  const [row] = (await ask(spoolOnceSql, parameters)).rows
  if (row?.spooled === 1 && row.noted !== keys.length) throw collision()
  const seen = new Map(
    ((row?.seen ?? []) as [string, string, boolean][]).map(([key, queueId, isRetry]) => [
      key,
      { queueId, isRetry },
    ]),
  )
  return copies.flatMap(({ key, recipient }) => {
    const found = seen.get(key)
    return found === undefined ? [] : [{ recipient, ...found }]
  })
}

/** As if the server itself had found that two transactions stand in each other's way. */
function collision(): Error {
  return Object.assign(new Error('another relay has taken the same message at the same moment'), {
    code: '40001',
  })
}

const plannedRows = `SELECT * FROM json_to_recordset(@rows::json) AS r (ordinal bigint, kind text, state text, recipient text,
    forwardPath text, reversePath text, destination text, attempts bigint, nextAttemptAt bigint, expiresAt bigint,
    finishedAt bigint, reason text, dsn text, notification text, successDsn text, hop text, prefix text, postId bigint,
    subscriberId bigint, inOrder bigint)`

/** Steps of a statement that queue deliveries of the message that its step `p` answers; `d` has their numbers. */
const deliveriesQueued = `r AS (${plannedRows}),
  d AS (
    INSERT INTO deliveries (message_id, ordinal, kind, state, recipient, forward_path,
    reverse_path, destination, attempts, next_attempt_at, expires_at, finished_at, reason, dsn, notification,
    success_dsn, hop, prefix, post_id, subscriber_id, in_order, claimed_by)
  SELECT p.id, r.ordinal, r.kind, r.state, r.recipient, r.forwardPath, r.reversePath, r.destination, r.attempts,
    r.nextAttemptAt, r.expiresAt, r.finishedAt, r.reason, r.dsn, r.notification, r.successDsn, r.hop,
    x'', r.postId, r.subscriberId, r.inOrder, CASE r.inOrder WHEN 1 THEN NULL ELSE CAST(@relay AS bigint) END
  FROM p, r
  RETURNING id, ordinal),
  o AS (
    INSERT INTO delivery_octets (delivery_id, octets)
    SELECT d.id, decode(r.prefix, 'base64') FROM d JOIN r ON r.ordinal = d.ordinal WHERE r.prefix <> '')`

/** As JSON: one parameter, however many they are. A NUL has no place in a text of PostgreSQL. */
function rowsOf(deliveries: readonly DeliveryInsert[]): string {
  const plain = deliveries.map(({ prefix, ...rest }) => ({
    ...rest,
    prefix: Buffer.from(prefix.bytes).toString('base64'),
  }))
  return JSON.stringify(plain, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value,
  )
}

function forwardTerms(deliveries: readonly DeliveryInsert[]): string {
  return JSON.stringify([
    ...new Set(deliveries.flatMap(({ forwardPath }) => termsOfForwardPath(forwardPath))),
  ])
}

/** In the order of the deliveries. */
function idsOf(deliveries: readonly DeliveryInsert[], pairs: unknown): number[] {
  const ids = new Map((pairs ?? []) as readonly [ordinal: number, id: number][])
  return deliveries.map(({ ordinal }) => ids.get(ordinal) ?? 0)
}

const idPairs = '(SELECT json_agg(json_build_array(d.ordinal, d.id)) FROM d) AS ids'

const planSql = `WITH p AS (
    UPDATE messages SET state = @state, reason = @reason, keep_until = @keepUntil
    WHERE queue_id = @queueId AND state = 'spooled' RETURNING id),
  ${deliveriesQueued}, t AS (${notedTerms('p')})
  SELECT (SELECT id FROM p) AS planned, (SELECT count(*) FROM messages WHERE queue_id = @queueId) AS known, ${idPairs}`

export async function plan(
  ask: Ask,
  { relay }: Claimant,
  queueId: string,
  deliveries: readonly DeliveryInsert[],
  { state, reason = '', keepUntil }: PlanOutcome,
): Promise<number[] | 'unknown' | undefined> {
  const parameters = {
    queueId,
    state,
    reason: reason || null,
    keepUntil,
    relay,
    rows: rowsOf(deliveries),
    terms: forwardTerms(deliveries),
  }
  const [row] = (await ask(planSql, parameters)).rows
  // Not thrown: that would undo the group which it shares with messages that were taken.
  if (row?.known === 0) return 'unknown'
  return typeof row?.planned === 'number' ? idsOf(deliveries, row.ids) : undefined
}

const planCopiesSql = `WITH p AS (
    UPDATE list_posts SET cursor = @cursor, copies = copies + @count,
      state = CASE WHEN @isLast = 1 THEN 'done' ELSE state END, finished_at = CASE WHEN @isLast = 1 THEN @at END
    WHERE id = @postId AND state = 'expanding' AND cursor = @after RETURNING message_id AS id),
  k AS (
    UPDATE messages m SET keep_until = greatest(coalesce(m.keep_until, 0), @keepUntil) FROM p WHERE m.id = p.id),
  ${deliveriesQueued}, t AS (${notedTerms('p')})
  SELECT (SELECT id FROM p) AS planned, ${idPairs}`

export async function planCopies(
  ask: Ask,
  { relay }: Claimant,
  { isLast, queueId: _, ...page }: CopiesPage,
  deliveries: readonly DeliveryInsert[],
): Promise<number[] | undefined> {
  const count = deliveries.length
  const parameters = {
    ...page,
    isLast: isLast ? 1 : 0,
    count,
    relay,
    rows: rowsOf(deliveries),
    terms: forwardTerms(deliveries),
  }
  const [row] = (await ask(planCopiesSql, parameters)).rows
  return typeof row?.planned === 'number' ? idsOf(deliveries, row.ids) : undefined
}

const mayTake = `d.state = 'queued' AND (d.claimed_by IS NULL OR d.claimed_by = @relay)
  AND d.destination NOT IN (SELECT value FROM json_each(@destinations)) AND d.id NOT IN (SELECT value FROM json_each(@ids))`

/** What another relay is about to take is passed over, not waited for. */
const dueSql = `WITH due AS (
    SELECT d.id FROM deliveries d WHERE ${mayTake} AND d.next_attempt_at <= @now AND d.in_order <> 1
    ORDER BY d.next_attempt_at, d.destination, d.id LIMIT @limit FOR UPDATE SKIP LOCKED),
  claimed AS (UPDATE deliveries d SET claimed_by = @relay FROM due WHERE d.id = due.id RETURNING d.*)
  SELECT ${deliveryColumns} FROM claimed d JOIN messages m ON m.id = d.message_id
  ORDER BY d.next_attempt_at, d.destination, d.id`

const nextDueSql = `SELECT d.next_attempt_at AS nextDueAt FROM deliveries d
  WHERE ${mayTake} AND d.next_attempt_at > @now ORDER BY d.next_attempt_at LIMIT 1`

export async function due(ask: Ask, { relay }: Claimant, query: DueQuery): Promise<DueRows> {
  const { now, limit, exceptDestinations = [], exceptIds = [] } = query
  const ids = JSON.stringify(exceptIds)
  const exceptions = { relay, now, ids, destinations: JSON.stringify(exceptDestinations) }
  const [{ rows: found }, next] = await Promise.all([
    ask(dueSql, { ...exceptions, limit }),
    ask(nextDueSql, exceptions),
  ])
  const rows = found.map(row => row as object as DeliveryRow)
  if (rows.length === limit) return { rows, nextDueAt: now }
  return { rows, nextDueAt: (next.rows[0]?.nextDueAt as number | undefined) ?? null }
}

/** Recorded before, with an answer that was lost: the same again changes nothing. */
const finishSql = `WITH recorded AS (${recordAttempt.insert} ON CONFLICT (delivery_id, number) DO NOTHING),
  settled AS (${recordAttempt.settle} AND attempts = @attempts RETURNING id)
  SELECT (SELECT count(*) FROM settled) AS settled, (SELECT count(*) FROM deliveries WHERE id = @deliveryId) AS known`

export async function finishAttempt(
  ask: Ask,
  _: Claimant,
  { id: deliveryId, attempts }: Claim,
  attempt: AttemptInsert,
  followUp: AttemptFollowUp,
): Promise<boolean> {
  const [row] = (await ask(finishSql, { ...attempt, ...followUp, deliveryId, attempts })).rows
  if (row?.known === 0) throw new StoreError('unknown', `there is no delivery ${deliveryId}`)
  return row?.settled === 1
}

const releaseSql = `UPDATE deliveries d SET attempts = greatest(d.attempts - 1, 0), next_attempt_at = @nextAttemptAt,
    claimed_by = NULL
  FROM json_to_recordset(@claims::json) AS claim (id bigint, attempts bigint)
  WHERE d.id = claim.id AND d.attempts = claim.attempts AND d.state = 'queued'`

export async function releaseAttempts(
  ask: Ask,
  _: Claimant,
  claims: readonly Claim[],
  nextAttemptAt: number,
): Promise<void> {
  await ask(releaseSql, { nextAttemptAt, claims: JSON.stringify(claims) })
}

const subscribeSql = `INSERT INTO subscribers (list_id, address, address_key, state, subscribed_at, suspended_at, suspended_by,
    reason)
  SELECT @listId, r.address, r.addressKey, CASE WHEN r.suspension IS NULL THEN 'active' ELSE 'suspended' END,
    coalesce(r.subscribedAt, @at), (r.suspension ->> 'at')::bigint, r.suspension ->> 'by', r.suspension ->> 'reason'
  FROM json_to_recordset(@rows::json) AS r (address text, addressKey text, subscribedAt bigint, suspension json)
  ON CONFLICT (list_id, address_key) DO NOTHING`

export async function subscribe(
  ask: Ask,
  _: Claimant,
  listId: number,
  added: readonly NewSubscriber[],
  at: number,
): Promise<SubscribeAnswer> {
  const { count } = await ask(subscribeSql, { listId, at, rows: JSON.stringify(added) })
  return { added: count, present: added.length - count }
}
