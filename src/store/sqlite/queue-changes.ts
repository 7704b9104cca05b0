/** What an operator does to deliveries that are still to be made, beside a running relay. */
import type { Deletion, DeliverySelection } from '../queue-records.ts'
import type { Connection } from './database.ts'
import { giveUpHeldWork, releaseHeldWork } from './held-work.ts'

/** Makes queued deliveries due now; how many. */
export function retryDeliveries(connection: Connection, selection: DeliverySelection, now: number): number {
  return change(connection, 'next_attempt_at = @now', 'queued', selection, { now })
}

/** Keeps queued deliveries from being attempted; how many. */
export function holdDeliveries(connection: Connection, selection: DeliverySelection): number {
  return change(connection, `state = 'held'`, 'queued', selection)
}

/** Queues held deliveries, due now, and takes up again what else of a message is held; how many. */
export function releaseDeliveries(connection: Connection, selection: DeliverySelection, now: number): number {
  const assignments = `state = 'queued', reason = NULL, next_attempt_at = @now, claimed_by = NULL`
  const released = change(connection, assignments, 'held', selection, { now })
  return released + releaseHeldWork(connection, selection)
}

/** Gives up queued and held deliveries, and what else of a message is held; how many. */
export function deleteDeliveries(
  connection: Connection,
  selection: DeliverySelection,
  { at, reason, isReported }: Deletion,
): number {
  const parameters = { at, reason, dsn: isReported ? 'due' : 'skipped' }
  const assignments = `state = 'failed', finished_at = @at, reason = @reason, dsn = @dsn`
  const queued = change(connection, assignments, 'queued', selection, parameters)
  const held = change(connection, assignments, 'held', selection, parameters)
  return queued + held + giveUpHeldWork(connection, selection, { at, reason })
}

function change(
  connection: Connection,
  assignments: string,
  state: 'queued' | 'held',
  selection: DeliverySelection,
  parameters: object = {},
): number {
  return connection
    .statement(`UPDATE deliveries SET ${assignments} WHERE ${whereOf(selection)} AND state = '${state}'`)
    .run({ ...selection, ...parameters }).changes
}

/** Written out for each case, so that an index serves each: the table holds the hop log of weeks. */
function whereOf(selection: DeliverySelection): string {
  if (selection.kind === 'all') return 'true'
  if (selection.kind === 'destination') return 'destination = @destination'
  const ofMessage = 'message_id = (SELECT id FROM messages WHERE queue_id = @queueId)'
  return selection.ordinal === undefined ? ofMessage : `${ofMessage} AND ordinal = @ordinal`
}
