/** Requests to lists: noted with the message that they came in, counted, and carried out together with what is sent about them. */

import type {
  ListOrder,
  ListRequest,
  ListRequestLimits,
  NewListRequest,
  ReachedLimit,
} from '../list-request-records.ts'
import type { Connection } from './database.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spool, spoolNotice } from './messages.ts'
import { notePostTold } from './posts.ts'
import { changeAddress, resumeSubscribers, subscribe, unsubscribe } from './subscribers.ts'

/** One request, by what a token or a message names. */
export function listRequest(connection: Connection, key: number | string): ListRequest | undefined {
  const by = typeof key === 'number' ? 'id' : 'queue_id'
  return connection
    .statement(
      `SELECT id, list_id AS listId, kind, state, address, address_key AS addressKey,
         counted_as AS countedAs, network, queue_id AS queueId, created_at AS createdAt, expires_at AS expiresAt FROM list_requests WHERE ${by} = ?`,
    )
    .get(key) as ListRequest | undefined
}

/** Spools a command with its request, unless a limit is reached; see `Store.spoolRequest`. */
export function spoolRequest(
  connection: Connection,
  message: MessageInsert,
  request: NewListRequest,
  limits: ListRequestLimits,
): ReachedLimit {
  const reached = reachedLimit(connection, request, limits)
  if (reached !== undefined) return reached
  spool(connection, message)
  connection
    .statement(
      `INSERT INTO list_requests (list_id, kind, state, address, address_key, counted_as, network, queue_id,
         created_at, expires_at)
       VALUES (@listId, @kind, 'asked', @address, @addressKey, @countedAs, @network, @queueId, @createdAt,
         @expiresAt)`,
    )
    .run({ ...request, queueId: message.queueId })
  return undefined
}

function reachedLimit(
  connection: Connection,
  { countedAs, listId, network }: NewListRequest,
  { since, perAddress, perList, perNetwork }: ListRequestLimits,
): ReachedLimit {
  const count = (column: string, value: string | number) =>
    connection
      .statement(`SELECT count(*) FROM list_requests WHERE ${column} = ? AND created_at > ?`)
      .pluck()
      .get(value, since) as number
  if (count('counted_as', countedAs) >= perAddress) return 'address'
  if (count('network', network) >= perNetwork) return 'network'
  return count('list_id', listId) >= perList ? 'list' : undefined
}

/** What `carryOut` did: whether it did it, and the ids of the deliveries of the notice. */
export interface CarriedOut {
  readonly isDone: boolean
  readonly ids: number[]
}

/** Carries out an order and spools the notice about it. See `Store.carryOut`. */
export function carryOut(
  connection: Connection,
  order: ListOrder,
  message: MessageInsert | null,
  deliveries: readonly DeliveryInsert[],
): CarriedOut {
  if (order.command !== undefined && !endCommand(connection, order.command)) return notDone
  if (order.request !== undefined && !moveRequest(connection, order.request)) return notDone
  if (order.tell !== undefined && !notePostTold(connection, order.tell.postId, order.tell.at)) return notDone
  if (order.changeAddress !== undefined && !changeAddress(connection, order.changeAddress)) return notDone
  if (order.subscribe !== undefined) {
    const { listId, subscriber, at } = order.subscribe
    subscribe(connection, listId, [subscriber], at)
    resumeSubscribers(connection, listId, [subscriber.addressKey])
  }
  if (order.unsubscribe !== undefined) {
    unsubscribe(connection, order.unsubscribe.listId, [order.unsubscribe.addressKey])
  }
  return { isDone: true, ids: message === null ? [] : spoolNotice(connection, message, deliveries) }
}

const notDone: CarriedOut = { isDone: false, ids: [] }

function endCommand(connection: Connection, command: NonNullable<ListOrder['command']>): boolean {
  const { changes } = connection
    .statement(
      `UPDATE messages SET state = 'obeyed', reason = @reason, keep_until = @keepUntil
       WHERE queue_id = @queueId AND state = 'spooled'`,
    )
    .run(command)
  return changes > 0
}

function moveRequest(connection: Connection, request: NonNullable<ListOrder['request']>): boolean {
  const { changes } = connection
    .statement(
      `UPDATE list_requests SET state = @to, expires_at = coalesce(@expiresAt, expires_at)
       WHERE id = @id AND state = @from`,
    )
    .run({ expiresAt: null, ...request })
  return changes > 0
}

/** Removes requests that can no longer be answered and no longer count; how many there were. */
export function pruneRequests(connection: Connection, before: number, limit: number): number {
  const { changes } = connection
    .statement(
      `DELETE FROM list_requests WHERE id IN
         (SELECT id FROM list_requests WHERE expires_at < @before AND created_at < @before LIMIT @limit)`,
    )
    .run({ before, limit })
  return changes
}
