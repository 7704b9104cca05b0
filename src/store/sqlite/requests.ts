/**
 * Every question and every change of the `Store`, once: what it is to SQLite, and how its parameters and its answer cross the
 * border. To add one: a method of `Store`, a function with its SQL, and a line here.
 */
import type { OperatorChange, OperatorChangeName } from '../store.ts'
import { accountEntries } from './account-entries.ts'
import { answerOf } from './answers.ts'
import { dailyEntries } from './daily-entries.ts'
import type { Connection } from './database.ts'
import { deliveryEntries } from './delivery-entries.ts'
import { dmarcEntries } from './dmarc-entries.ts'
import {
  type AnyEntry,
  change,
  codedChange,
  decodedQuestion,
  encodedChange,
  question,
  type RequestName,
  type Requests,
  type Table,
} from './entry.ts'
import { hopLogEntries } from './hop-log-entries.ts'
import { listEntries } from './list-entries.ts'
import type { Blob, MessageInsert } from './message-rows.ts'
import * as messages from './messages.ts'
import { changeWithMail, deliveryRows, messageRow, plannedDeliveries } from './planned.ts'
import * as queue from './queue-changes.ts'
import { relayEntries } from './relay-entries.ts'
import * as reports from './reports.ts'
import { retentionEntries } from './retention-entries.ts'
import { takenOnceEntries } from './taken-once-entries.ts'

function spool(connection: Connection, row: MessageInsert): void {
  messages.spool(connection, row)
}

export const requests: Table = {
  unplanned: decodedQuestion(messages.unplanned, answerOf.unplanned),
  message: decodedQuestion(messages.message, answerOf.message),
  ...deliveryEntries,
  failuresToReport: question(reports.failuresToReport),
  successesLeft: question(reports.successesLeft),
  successesToReport: question(reports.successesToReport),
  delaysToReport: question(reports.delaysToReport),
  ...hopLogEntries,
  changesOfOthers: question(connection => connection.changesOfOthers()),
  lastQueueId: question(messages.lastQueueId),
  spool: encodedChange(spool, (blobs, message) => [messageRow(blobs, message)]),
  plan: codedChange(
    messages.plan,
    (blobs, queueId, planned, outcome) => [queueId, deliveryRows(blobs, planned), outcome],
    (ids, queueId, planned) => plannedDeliveries(queueId, planned, messages.known(queueId, ids)),
  ),
  spoolDsn: codedChange(
    reports.spoolDsn,
    (blobs, failedQueueId, ordinals, message, planned, reported = 'failure') => [
      failedQueueId,
      ordinals,
      messageRow(blobs, message),
      deliveryRows(blobs, planned),
      reported,
    ],
    (ids, _failed, _ordinals, message, planned) => plannedDeliveries(message.queueId, planned, ids),
  ),
  spoolDelayDsn: changeWithMail(reports.spoolDelayDsn),
  spoolReturn: changeWithMail(reports.spoolReturn),
  spoolNotice: codedChange(
    messages.spoolNotice,
    (blobs, message, planned) => [messageRow(blobs, message), deliveryRows(blobs, planned)],
    (ids, message, planned) => plannedDeliveries(message.queueId, planned, ids),
  ),
  parkBounce: encodedChange(reports.parkBounce, (_, bounceQueueId, reason, keepUntil, isUntold = false) => [
    bounceQueueId,
    reason,
    keepUntil,
    isUntold,
  ]),
  skipDsn: encodedChange(reports.skipDsn, (_, failedQueueId, ordinals, reported = 'failure', why) => [
    failedQueueId,
    ordinals,
    reported,
    why ?? null,
  ]),
  skipDelayDsn: change(reports.skipDelayDsn),
  ...retentionEntries,

  retryDeliveries: change(queue.retryDeliveries),
  holdDeliveries: change(queue.holdDeliveries),
  releaseDeliveries: change(queue.releaseDeliveries),
  deleteDeliveries: change(queue.deleteDeliveries),
  together: {
    isChange: true,
    encode: (blobs, changes) => changes.map(one => encodeOne(blobs, one)),
    perform: (connection, ...changes) => changes.map(one => performOne(connection, one as EncodedChange)),
  },

  ...takenOnceEntries,
  ...dailyEntries,
  ...dmarcEntries,
  ...listEntries,
  ...relayEntries,
  ...accountEntries,
}

/** A claim may come as a whole delivery: its header fields stay here. */
/** A change as `together` carries it: its name and its rows. */
type EncodedChange = readonly [name: OperatorChangeName, ...rows: readonly unknown[]]

function encodeOne(blobs: Blob[], [name, ...parameters]: OperatorChange): EncodedChange {
  return [name, ...(requestOf(name).encode?.(blobs, ...parameters) ?? parameters)]
}

function performOne(connection: Connection, [name, ...rows]: EncodedChange): unknown {
  return requestOf(name).perform(connection, ...rows)
}

const untyped: Readonly<Record<RequestName, AnyEntry>> = requests

/** What the store does for a name. */
export function requestOf(name: RequestName): AnyEntry {
  return untyped[name]
}

/** Every request as a method, which `ask` answers. */
export function methodsBy(
  ask: (name: RequestName, parameters: readonly unknown[]) => Promise<unknown>,
): Requests {
  return methodsOf(ask) as { readonly [Name in RequestName]: Requests[Name] }
}

/** One method for each request, of which nothing is known but its name. */
export function methodsOf<Answer>(
  ask: (name: RequestName, parameters: readonly unknown[]) => Answer,
): Record<string, (...parameters: readonly unknown[]) => Answer> {
  const names = Object.keys(requests) as RequestName[]
  return Object.fromEntries(names.map(name => [name, (...parameters) => ask(name, parameters)]))
}
