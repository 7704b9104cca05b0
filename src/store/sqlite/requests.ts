/**
 * The requests that the store's thread answers, by name, and whether they change anything. What crosses the border
 * between the threads are rows: plain values that are cheap to copy.
 */

import type { StoreErrorCode } from '../store-error.ts'
import type { Connection } from './database.ts'
import {
  announceAttempt,
  delivery,
  due,
  finishAttempt,
  postpone,
  pullIn,
  releaseAttempts,
} from './deliveries.ts'
import {
  changeSubscriber,
  countBounce,
  countFailures,
  failedCopies,
  failuresLeft,
  noteUnread,
  probesDue,
  spoolProbe,
} from './failed-copies.ts'
import { counts, foreignVersion, listMessages, listQueue, showMessage } from './hop-log.ts'
import { listNews, spoolNews, untoldNews } from './list-news.ts'
import { carryOut, listRequest, pruneRequests, spoolRequest } from './list-requests.ts'
import { changeList, createList, deleteList, list, lists, listsVersion } from './lists.ts'
import { spoolOnce } from './message-identities.ts'
import type { Blob } from './message-rows.ts'
import { lastQueueId, message, plan, spool, spoolNotice, unplanned } from './messages.ts'
import {
  approvePost,
  endPost,
  heldPosts,
  openPosts,
  planCopies,
  planPosts,
  post,
  postOctets,
  postsOf,
  postsTold,
  rejectPost,
  revisePost,
} from './posts.ts'
import { prune } from './prune.ts'
import {
  delaysToReport,
  failuresToReport,
  parkBounce,
  skipDelayDsn,
  skipDsn,
  spoolDelayDsn,
  spoolDsn,
  spoolReturn,
  successesLeft,
  successesToReport,
} from './reports.ts'
import { keepStsPolicy, stsPoliciesToRefresh, stsPolicy } from './sts-policies.ts'
import {
  failingSubscribers,
  hasLeft,
  removeSubscriber,
  removeSubscribers,
  resumeSubscribers,
  subscribe,
  subscriber,
  subscriberById,
  subscriberCounts,
  subscribers,
  suspendSubscribers,
  unsubscribe,
} from './subscribers.ts'
import {
  advanceTlsReport,
  dueTlsReports,
  listTlsReports,
  planTlsReports,
  pruneTls,
  spoolTlsReport,
  tlsReport,
} from './tls-reports.ts'
import { countTlsSession, tlsDaysToReport, tlsSessions } from './tls-sessions.ts'
import { beginSuspect, clearSuspect, suspectWork } from './under-way.ts'

/** Requests that change nothing; they see what is committed. */
export const questions = {
  unplanned,
  message,
  delivery,
  due,
  failuresToReport,
  successesLeft,
  successesToReport,
  delaysToReport,
  listMessages,
  showMessage,
  listQueue,
  counts,
  lastQueueId,
  foreignVersion,
  listsVersion,
  lists,
  list,
  subscribers,
  subscriber,
  subscriberById,
  hasLeft,
  failingSubscribers,
  subscriberCounts,
  failedCopies,
  failuresLeft,
  probesDue,
  untoldNews,
  listNews,
  listRequest,
  stsPolicy,
  stsPoliciesToRefresh,
  tlsSessions,
  tlsDaysToReport,
  dueTlsReports,
  tlsReport,
  listTlsReports,
  post,
  postsOf,
  openPosts,
  heldPosts,
  postsTold,
  postOctets,
  suspectWork,
}

/** Requests that change something; they share transactions. */
export const changes = {
  spool: (connection: Connection, ...[row]: Tail<typeof spool>): void => void spool(connection, row),
  spoolOnce,
  plan,
  announceAttempt,
  releaseAttempts,
  postpone,
  pullIn,
  finishAttempt,
  spoolDsn,
  spoolDelayDsn,
  spoolReturn,
  spoolNotice,
  parkBounce,
  skipDsn,
  skipDelayDsn,
  prune,
  createList,
  changeList,
  deleteList,
  subscribe,
  unsubscribe,
  removeSubscriber,
  removeSubscribers,
  suspendSubscribers,
  resumeSubscribers,
  spoolRequest,
  carryOut,
  pruneRequests,
  keepStsPolicy,
  countTlsSession,
  planTlsReports,
  advanceTlsReport,
  spoolTlsReport,
  pruneTls,
  planPosts,
  revisePost,
  planCopies,
  endPost,
  approvePost,
  rejectPost,
  countFailures,
  countBounce,
  noteUnread,
  changeSubscriber,
  spoolProbe,
  spoolNews,
  beginSuspect,
  clearSuspect,
}

type Tail<F> = F extends (connection: Connection, ...rest: infer R) => unknown ? R : never
type Table = typeof questions & typeof changes

export type RequestName = keyof Table
/** What a request takes, apart from the connection. */
export type Parameters<Name extends RequestName> = Tail<Table[Name]>
/** What a request answers. */
export type Result<Name extends RequestName> = ReturnType<Table[Name]>

/** A request on its way: its number, its name, its parameters. */
export type Request = readonly [id: number, name: RequestName, parameters: readonly unknown[]]

/** An answer on its way: the number of its request and the result or the error. */
export type Answer = readonly [id: number, result: unknown, error?: { code: StoreErrorCode; message: string }]

/** What goes to the store's thread: the requests of one turn of the event loop. */
export interface RequestBatch {
  readonly requests: readonly Request[]
  /** How many octets come with them. */
  readonly sizeBytes: number
  /** Set once, in the last batch. */
  readonly close?: true
}

/** What comes back. */
export type AnswerBatch =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly code: StoreErrorCode; readonly message: string }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[]; readonly commits: number }
  | { readonly kind: 'closed' }

/** Whether a request changes something. */
export function isChange(name: RequestName): name is keyof typeof changes {
  return name in changes
}

/** Carries out a request. Throws what the database throws. */
export function perform(connection: Connection, name: RequestName, parameters: readonly unknown[]): unknown {
  return table[name](connection, ...parameters)
}

const table = { ...questions, ...changes } as Record<
  RequestName,
  (connection: Connection, ...parameters: readonly unknown[]) => unknown
>

/**
 * Puts the octets of several requests into one buffer, which is handed over to the other thread instead of copied;
 * the blobs then are views on it. One copy, no matter what buffers the octets were views of.
 */
export function packBlobs(blobs: readonly Blob[]): Buffer<ArrayBuffer> {
  const sizeBytes = blobs.reduce((sum, blob) => sum + blob.bytes.byteLength, 0)
  const packed = Buffer.allocUnsafeSlow(sizeBytes)
  let offset = 0
  for (const blob of blobs) {
    packed.set(blob.bytes, offset)
    blob.bytes = new Uint8Array(packed.buffer, offset, blob.bytes.byteLength)
    offset += blob.bytes.byteLength
  }
  return packed
}
