/** What an operator does to deliveries that are still to be made, beside a running relay. */
import type { Connection } from './database.ts'
import { giveUpHeldWork, releaseHeldWork } from './held-work.ts'

/** Which deliveries are meant; only open ones are ever changed. */
export type DeliverySelection =
  | { readonly kind: 'message'; readonly queueId: string; readonly ordinal?: number }
  | { readonly kind: 'destination'; readonly destination: string }
  | { readonly kind: 'all' }

/** Changes; each answers how many deliveries it has changed. */
export interface QueueChanges {
  /** Makes queued deliveries due now. */
  retryDeliveries(selection: DeliverySelection, now: number): number
  /** Keeps queued deliveries from being attempted. */
  holdDeliveries(selection: DeliverySelection): number
  /** Queues held deliveries, due now; what else of a message is held (under-way.ts) is taken up again. */
  releaseDeliveries(selection: DeliverySelection, now: number): number
  /** Gives up queued and held deliveries, and what else of a message is held. */
  deleteDeliveries(selection: DeliverySelection, deletion: Deletion): number
}

/** How deliveries are given up. */
export interface Deletion {
  readonly at: number
  /** For the hop log, and for the report. */
  readonly reason: string
  /** The sender is told, as of any other failure. */
  readonly isReported: boolean
}

/** The changes by a connection that is in a transaction, or makes one of each. */
export function queueChangesOf(connection: Connection): QueueChanges {
  const change = (
    assignments: string,
    state: 'queued' | 'held',
    selection: DeliverySelection,
    parameters: object = {},
  ): number =>
    connection
      .statement(`UPDATE deliveries SET ${assignments} WHERE ${whereOf(selection)} AND state = '${state}'`)
      .run({ ...selection, ...parameters }).changes
  return {
    retryDeliveries: (selection, now) => change('next_attempt_at = @now', 'queued', selection, { now }),
    holdDeliveries: selection => change(`state = 'held'`, 'queued', selection),
    releaseDeliveries: (selection, now) =>
      change(`state = 'queued', reason = NULL, next_attempt_at = @now`, 'held', selection, { now }) +
      releaseHeldWork(connection, selection),
    deleteDeliveries(selection, { at, reason, isReported }) {
      const parameters = { at, reason, dsn: isReported ? 'due' : 'skipped' }
      const assignments = `state = 'failed', finished_at = @at, reason = @reason, dsn = @dsn`
      const queued = change(assignments, 'queued', selection, parameters)
      const held = change(assignments, 'held', selection, parameters)
      return queued + held + giveUpHeldWork(connection, selection, { at, reason })
    },
  }
}

/** Written out for each case, so that an index serves each: the table holds the hop log of weeks. */
function whereOf(selection: DeliverySelection): string {
  if (selection.kind === 'all') return 'true'
  if (selection.kind === 'destination') return 'destination = @destination'
  const ofMessage = 'message_id = (SELECT id FROM messages WHERE queue_id = @queueId)'
  return selection.ordinal === undefined ? ofMessage : `${ofMessage} AND ordinal = @ordinal`
}
