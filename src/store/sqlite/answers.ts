/** Answers of the questions: the rows that the statements select, turned into records. */

import type { StoredList } from '../list-records.ts'
import type { DueAnswer, NewMessages } from '../queries.ts'
import type {
  MessageHistory,
  MessageSummary,
  QueueEntry,
  StoredDelivery,
  StoredMessageWithOctets,
} from '../records.ts'
import type { DueRows } from './deliveries.ts'
import { type DeliveryRow, type QueueRow, toAttempt, toDelivery, toQueueEntry } from './delivery-rows.ts'
import type { HistoryRows } from './hop-log.ts'
import type { ListRow } from './lists.ts'
import {
  type MessageOctetsRow,
  type MessageSummaryRow,
  toBuffer,
  toMessage,
  toMessageWithOctets,
  toSummary,
} from './message-rows.ts'

/** One function for each question whose answer has rows in it, named like the question. */
export const answerOf = {
  unplanned: (rows: readonly MessageOctetsRow[]): StoredMessageWithOctets[] => rows.map(toMessageWithOctets),

  message: (row: MessageOctetsRow | undefined): StoredMessageWithOctets | undefined =>
    row === undefined ? undefined : toMessageWithOctets(row),

  delivery: (row: DeliveryRow | undefined): StoredDelivery | undefined =>
    row === undefined ? undefined : toDelivery(row),

  due: ({ rows, nextDueAt }: DueRows): DueAnswer => ({ deliveries: rows.map(toDelivery), nextDueAt }),

  dueInOrder: (rows: readonly DeliveryRow[]): StoredDelivery[] => rows.map(toDelivery),

  listMessages: (rows: readonly MessageSummaryRow[]): MessageSummary[] => rows.map(toSummary),

  newMessages: ({ rows, last }: { rows: readonly MessageSummaryRow[]; last: number }): NewMessages => ({
    messages: rows.map(toSummary),
    last,
  }),

  showMessage(history: HistoryRows | undefined): MessageHistory | undefined {
    if (history === undefined) return undefined
    return {
      message: toMessage(history.message),
      deliveries: history.deliveries.map(({ delivery, attempts }) => ({
        ...toDelivery(delivery),
        log: attempts.map(toAttempt),
      })),
    }
  },

  listQueue: (rows: readonly QueueRow[]): QueueEntry[] => rows.map(toQueueEntry),

  lists: (rows: readonly ListRow[]): StoredList[] => rows.map(toList),

  postOctets: (row: { octets: Uint8Array } | undefined): Buffer | undefined =>
    row === undefined ? undefined : toBuffer(row.octets),

  list: (row: ListRow | undefined): StoredList | undefined => (row === undefined ? undefined : toList(row)),
}

function toList(row: ListRow): StoredList {
  return { ...row, settings: JSON.parse(row.settings) as object }
}
