/** What people look up: the messages that passed, all that happened to one of them, and the queue. */

import type { MessagesQuery, QueueQuery } from '../queries.ts'
import type { StoreCounts } from '../records.ts'
import type { Connection } from './database.ts'
import { deliveriesOf } from './deliveries.ts'
import {
  type AttemptRow,
  attemptColumns,
  type DeliveryRow,
  deliveryColumns,
  type QueueRow,
} from './delivery-rows.ts'
import { type MessageRow, type MessageSummaryRow, messageColumns } from './message-rows.ts'

/** Rows of the answer of `showMessage`. */
export interface HistoryRows {
  readonly message: MessageRow
  readonly deliveries: readonly { readonly delivery: DeliveryRow; readonly attempts: readonly AttemptRow[] }[]
}

// Above every queue id: the characters of those are digits and upper-case letters.
const aboveAllQueueIds = '~'

/**
 * The state as people are told it: a message was forwarded when something of it went on, or still may. One whose copies have all
 * failed, and of which no post makes more, has failed.
 */
export const shownState = `CASE WHEN m.state = 'forwarded'
    AND EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id)
    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.state <> 'failed')
    AND NOT EXISTS (SELECT 1 FROM list_posts p WHERE p.message_id = m.id AND p.state IN ('accepted', 'held', 'expanding'))
  THEN 'failed' ELSE m.state END`

function countOf(state: string): string {
  return `(SELECT count(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = '${state}') AS ${state}`
}

/** The select list of a MessageSummaryRow, from `messages m`. */
export const summaryColumns = `${messageColumns}, ${shownState} AS state,
  ${['queued', 'delivered', 'failed', 'held'].map(countOf).join(', ')}`

/** A page of messages, newest first. */
export function listMessages(connection: Connection, query: MessagesQuery): MessageSummaryRow[] {
  const rows = connection
    .statement(
      `SELECT ${summaryColumns} FROM messages m WHERE m.queue_id < @before AND (@state IS NULL OR ${shownState} = @state)
       ORDER BY m.queue_id DESC LIMIT @limit`,
    )
    .all({
      before: query.before?.toUpperCase() ?? aboveAllQueueIds,
      state: query.state ?? null,
      limit: query.limit,
    })
  return rows as MessageSummaryRow[]
}

/** Some messages, by their queue ids. */
export function messagesById(connection: Connection, queueIds: readonly string[]): MessageSummaryRow[] {
  const rows = connection
    .statement(
      `SELECT ${summaryColumns} FROM messages m WHERE m.queue_id IN (SELECT value FROM json_each(@queueIds)) ORDER BY m.queue_id`,
    )
    .all({ queueIds: JSON.stringify(queueIds) })
  return rows as MessageSummaryRow[]
}

/** All that is recorded of one message. Its id is matched without regard to case: bounce addresses have it in lower case. */
export function showMessage(connection: Connection, asked: string): HistoryRows | undefined {
  const queueId = asked.toUpperCase()
  return connection.snapshot(() => {
    const message = connection
      .statement(`SELECT ${messageColumns}, ${shownState} AS state FROM messages m WHERE m.queue_id = ?`)
      .get(queueId)
    if (message === undefined) return undefined
    const deliveries = deliveriesOf(connection, queueId)
    const attempts = attemptsOf(connection, deliveries)
    return {
      message: message as MessageRow,
      deliveries: deliveries.map(delivery => ({ delivery, attempts: attempts.get(delivery.id) ?? [] })),
    }
  })
}

/** A page of the queue, next attempt first. */
export function listQueue(connection: Connection, query: QueueQuery): QueueRow[] {
  return connection.snapshot(() => {
    const rows = connection
      .statement(
        `SELECT ${deliveryColumns}, m.received_at AS receivedAt, m.size_bytes AS sizeBytes
         FROM deliveries d JOIN messages m ON m.id = d.message_id
         WHERE ${whereInQueue(query)} ORDER BY d.next_attempt_at, d.id LIMIT @limit`,
      )
      .all(rowsQuery(query)) as (DeliveryRow & { receivedAt: number; sizeBytes: number })[]
    const attempts = attemptsOf(connection, rows)
    return rows.map(({ receivedAt, sizeBytes, ...delivery }) => ({
      delivery,
      receivedAt,
      sizeBytes,
      lastAttempt: attempts.get(delivery.id)?.at(-1) ?? null,
    }))
  })
}

/** Written out for each case, because an index over one state serves only a query that names this state. */
function whereInQueue({ state, destination, after }: QueueQuery): string {
  return [
    state === undefined ? `(d.state = 'queued' OR d.state = 'held')` : 'd.state = @state',
    ...(destination === undefined ? [] : ['d.destination = @destination']),
    ...(after === undefined ? [] : ['(d.next_attempt_at, d.id) > (@nextAttemptAt, @id)']),
  ].join(' AND ')
}

function rowsQuery({ after, ...query }: QueueQuery): object {
  return { ...query, ...after }
}

/** How much work is open. */
export function counts(connection: Connection): StoreCounts {
  return connection
    .statement(
      `SELECT (SELECT count(*) FROM messages WHERE state = 'spooled') AS spooled,
         (SELECT count(*) FROM deliveries WHERE state = 'queued') AS queued,
         (SELECT count(*) FROM deliveries WHERE state = 'held') AS held,
         (SELECT count(*) FROM deliveries WHERE dsn = 'due') AS reportsDue`,
    )
    .get() as StoreCounts
}

/** By delivery, in one statement: a post has thousands of copies, and each statement is a way to a server and back. */
function attemptsOf(
  connection: Connection,
  deliveries: readonly Pick<DeliveryRow, 'id'>[],
): ReadonlyMap<number, readonly AttemptRow[]> {
  const rows = connection
    .statement(
      `SELECT delivery_id AS deliveryId, ${attemptColumns} FROM attempts
       WHERE delivery_id IN (SELECT value FROM json_each(@ids)) ORDER BY delivery_id, number`,
    )
    .all({ ids: JSON.stringify(deliveries.map(({ id }) => id)) }) as (AttemptRow & { deliveryId: number })[]
  const found = new Map<number, AttemptRow[]>(deliveries.map(({ id }) => [id, []]))
  for (const { deliveryId, ...attempt } of rows) found.get(deliveryId)?.push(attempt)
  return found
}
