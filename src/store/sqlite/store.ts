/**
 * The store as the relay sees it: messages, deliveries and attempts in SQLite, written by a thread of its own with
 * group commit. Whatever it has answered is on disk.
 */

import type { Store } from '../questions.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from '../records.ts'
import type { StoreError } from '../store-error.ts'
import { answerOf } from './answers.ts'
import {
  attemptInsert,
  type DeliveryInsert,
  deliveryInsert,
  plannedDelivery,
  toDelivery,
} from './delivery-rows.ts'
import { listInsert } from './lists.ts'
import { type Blob, type MessageInsert, messageInsert } from './message-rows.ts'
import type { Planned } from './messages.ts'
import { StoreThread } from './store-thread.ts'

export interface StoreSettings {
  /** The database file; created with its tables if it does not exist. Its folder must exist. */
  readonly file: string
  /** Makes each commit this much slower, as a slow disk would; for tests and the bench. Default 0. */
  readonly commitDelayMilliseconds?: number
  /** Largest size of the database in pages of 4096 octets, to see what a full disk does; for tests. Default: no limit. */
  readonly maxPages?: number
  /** Called once if the store's thread ends by itself; from then on every request rejects with `closed`. */
  readonly onDeath?: (error: StoreError) => void
  /** Called when the files of the database have gone, were replaced, or are corrupt: once, however many requests fail by it. */
  readonly onDamage?: (error: StoreError) => void
}

/** Opens the database, makes or migrates its tables and starts the thread. Rejects with a StoreError. */
export async function openStore({ onDeath, onDamage, ...settings }: StoreSettings): Promise<Store> {
  const thread = await StoreThread.start(settings, onDeath ?? (() => {}), onDamage)
  return {
    statistics: thread.statistics,
    close: () => thread.close(),
    ...questionsTo(thread),
    ...changesBy(thread),
    ...listChangesBy(thread),
    ...failureChangesBy(thread),
    ...listRequestChangesBy(thread),
    ...postChangesBy(thread),
  } satisfies Store
}

function questionsTo(thread: StoreThread) {
  return {
    unplanned: query => thread.ask('unplanned', [query]).then(answerOf.unplanned),
    message: queueId => thread.ask('message', [queueId]).then(answerOf.message),
    delivery: (queueId, ordinal) => thread.ask('delivery', [queueId, ordinal]).then(answerOf.delivery),
    due: query => thread.ask('due', [query]).then(answerOf.due),
    failuresToReport: limit => thread.ask('failuresToReport', [limit]),
    successesLeft: queueId => thread.ask('successesLeft', [queueId]),
    successesToReport: limit => thread.ask('successesToReport', [limit]),
    delaysToReport: (now, limit) => thread.ask('delaysToReport', [now, limit]),
    listMessages: query => thread.ask('listMessages', [query]).then(answerOf.listMessages),
    showMessage: queueId => thread.ask('showMessage', [queueId]).then(answerOf.showMessage),
    listQueue: query => thread.ask('listQueue', [query]).then(answerOf.listQueue),
    counts: () => thread.ask('counts', []),
    foreignVersion: () => thread.ask('foreignVersion', []),
    lastQueueId: () => thread.ask('lastQueueId', []),
    listsVersion: () => thread.ask('listsVersion', []),
    lists: () => thread.ask('lists', []).then(answerOf.lists),
    list: address => thread.ask('list', [address]).then(answerOf.list),
    subscribers: query => thread.ask('subscribers', [query]),
    subscriber: (listId, addressKey) => thread.ask('subscriber', [listId, addressKey]),
    subscriberById: id => thread.ask('subscriberById', [id]),
    hasLeft: id => thread.ask('hasLeft', [id]),
    failingSubscribers: (listId, limit) => thread.ask('failingSubscribers', [listId, limit]),
    failedCopies: (queueId, query) => thread.ask('failedCopies', [queueId, query]),
    failuresLeft: queueId => thread.ask('failuresLeft', [queueId]),
    probesDue: (now, limit) => thread.ask('probesDue', [now, limit]),
    untoldNews: () => thread.ask('untoldNews', []),
    listNews: (listId, limit) => thread.ask('listNews', [listId, limit]),
    subscriberCounts: listId => thread.ask('subscriberCounts', [listId]),
    listRequest: key => thread.ask('listRequest', [key]),
    stsPolicy: domain => thread.ask('stsPolicy', [domain]),
    stsPoliciesToRefresh: query => thread.ask('stsPoliciesToRefresh', [query]),
    tlsSessions: key => thread.ask('tlsSessions', [key]),
    tlsDaysToReport: (before, limit) => thread.ask('tlsDaysToReport', [before, limit]),
    dueTlsReports: (now, limit) => thread.ask('dueTlsReports', [now, limit]),
    tlsReport: key => thread.ask('tlsReport', [key]),
    listTlsReports: limit => thread.ask('listTlsReports', [limit]),
    post: postId => thread.ask('post', [postId]),
    postsOf: queueId => thread.ask('postsOf', [queueId]),
    openPosts: query => thread.ask('openPosts', [query]),
    heldPosts: query => thread.ask('heldPosts', [query]),
    postsTold: (listId, since) => thread.ask('postsTold', [listId, since]),
    postOctets: postId => thread.ask('postOctets', [postId]).then(answerOf.postOctets),
    suspectWork: () => thread.ask('suspectWork', []),
  } satisfies Partial<Store>
}

function changesBy(thread: StoreThread) {
  return {
    spool(message) {
      const row = messageInsert(message)
      return thread.ask('spool', [row], blobsOf([row], []))
    },
    spoolOnce(message, once) {
      const row = messageInsert(message)
      return thread.ask('spoolOnce', [row, once], blobsOf([row], []))
    },
    async plan(queueId, deliveries, outcome) {
      const rows = deliveries.map(deliveryInsert)
      return planned(
        queueId,
        deliveries,
        await thread.ask('plan', [queueId, rows, outcome], blobsOf([], rows)),
      )
    },
    announceAttempt: (id, nextAttemptAt) => thread.ask('announceAttempt', [id, nextAttemptAt]),
    pullIn: bounds => thread.ask('pullIn', [bounds]),
    postpone: (destination, until, limit) => thread.ask('postpone', [destination, until, limit]),
    releaseAttempts: (ids, nextAttemptAt) => thread.ask('releaseAttempts', [ids, nextAttemptAt]),
    finishAttempt: (id, attempt, nextAttemptAt, warnAt) => {
      const reportsTaken = attempt.reportsTaken === true ? 1 : 0
      const followUp = { nextAttemptAt: nextAttemptAt ?? null, warnAt: warnAt ?? null, reportsTaken } as const
      return thread.ask('finishAttempt', [id, attemptInsert(attempt), followUp])
    },
    async spoolDsn(failedQueueId, ordinals, message, deliveries, reported = 'failure') {
      const row = messageInsert(message)
      const rows = deliveries.map(deliveryInsert)
      const request = [failedQueueId, ordinals, row, rows, reported] as const
      const ids = await thread.ask('spoolDsn', [...request], blobsOf([row], rows))
      return ids.length === 0 ? [] : planned(message.queueId, deliveries, { ids })
    },
    async spoolDelayDsn(delayedQueueId, message, deliveries) {
      const row = messageInsert(message)
      const rows = deliveries.map(deliveryInsert)
      const ids = await thread.ask('spoolDelayDsn', [delayedQueueId, row, rows], blobsOf([row], rows))
      return ids.length === 0 ? [] : planned(message.queueId, deliveries, { ids })
    },
    async spoolReturn(bounce, message, deliveries) {
      const row = messageInsert(message)
      const rows = deliveries.map(deliveryInsert)
      const ids = await thread.ask('spoolReturn', [bounce, row, rows], blobsOf([row], rows))
      return ids.length === 0 ? [] : planned(message.queueId, deliveries, { ids })
    },
    async spoolNotice(message, deliveries) {
      const row = messageInsert(message)
      const rows = deliveries.map(deliveryInsert)
      const ids = await thread.ask('spoolNotice', [row, rows], blobsOf([row], rows))
      return planned(message.queueId, deliveries, { ids })
    },
    parkBounce: (queueId, reason, keepUntil) => thread.ask('parkBounce', [queueId, reason, keepUntil]),
    skipDsn: (failedQueueId, ordinals, reported = 'failure') =>
      thread.ask('skipDsn', [failedQueueId, ordinals, reported]),
    skipDelayDsn: delayedQueueId => thread.ask('skipDelayDsn', [delayedQueueId]),
    prune: query => thread.ask('prune', [query]),
    keepStsPolicy: policy => thread.ask('keepStsPolicy', [policy]),
    countTlsSession: session => thread.ask('countTlsSession', [session]),
    planTlsReports: reports => thread.ask('planTlsReports', [reports]),
    advanceTlsReport: progress => thread.ask('advanceTlsReport', [progress]),
    async spoolTlsReport(progress, message, deliveries) {
      const row = messageInsert(message)
      const rows = deliveries.map(deliveryInsert)
      const ids = await thread.ask('spoolTlsReport', [progress, row, rows], blobsOf([row], rows))
      return ids.length === 0 ? [] : planned(message.queueId, deliveries, { ids })
    },
    beginSuspect: (kind, workId) => thread.ask('beginSuspect', [kind, workId]),
    clearSuspect: (kind, workId) => thread.ask('clearSuspect', [kind, workId]),
    pruneTls: (now, beforeDay) => thread.ask('pruneTls', [now, beforeDay]),
  } satisfies Partial<Store>
}

function listChangesBy(thread: StoreThread) {
  return {
    createList: list => thread.ask('createList', [listInsert(list)]),
    changeList: (listId, settings) => thread.ask('changeList', [listId, JSON.stringify(settings)]),
    deleteList: listId => thread.ask('deleteList', [listId]),
    subscribe: (listId, subscribers, at) => thread.ask('subscribe', [listId, subscribers, at]),
    unsubscribe: (listId, keys) => thread.ask('unsubscribe', [listId, keys]),
    removeSubscriber: (listId, id) => thread.ask('removeSubscriber', [listId, id]),
    removeSubscribers: (listId, limit) => thread.ask('removeSubscribers', [listId, limit]),
    suspendSubscribers: (listId, keys, suspension) =>
      thread.ask('suspendSubscribers', [listId, keys, suspension]),
    resumeSubscribers: (listId, keys) => thread.ask('resumeSubscribers', [listId, keys]),
  } satisfies Partial<Store>
}

function listRequestChangesBy(thread: StoreThread) {
  return {
    spoolRequest(message, request, limits) {
      const row = messageInsert(message)
      return thread.ask('spoolRequest', [row, request, limits], blobsOf([row], []))
    },
    async carryOut(order, notice) {
      const rows = (notice?.deliveries ?? []).map(deliveryInsert)
      const row = notice === undefined ? null : messageInsert(notice.message)
      const blobs = blobsOf(row === null ? [] : [row], rows)
      const { isDone, ids } = await thread.ask('carryOut', [order, row, rows], blobs)
      if (notice === undefined || ids.length === 0) return { isDone, deliveries: [] }
      return { isDone, deliveries: planned(notice.message.queueId, notice.deliveries, { ids: [...ids] }) }
    },
    pruneRequests: (before, limit) => thread.ask('pruneRequests', [before, limit]),
  } satisfies Partial<Store>
}

function postChangesBy(thread: StoreThread) {
  return {
    async planPosts(queueId, deliveries, posts, outcome) {
      const rows = deliveries.map(deliveryInsert)
      const answer = await thread.ask('planPosts', [queueId, rows, posts, outcome], blobsOf([], rows))
      return { deliveries: planned(queueId, deliveries, answer.planned), posts: answer.posts }
    },
    revisePost({ octets, ...revision }) {
      const blob = { bytes: octets }
      return thread.ask('revisePost', [{ ...revision, octets: blob }], [blob])
    },
    async planCopies(page, deliveries) {
      const rows = deliveries.map(deliveryInsert)
      const ids = await thread.ask('planCopies', [page, rows], blobsOf([], rows))
      return ids === undefined ? undefined : planned(page.queueId, deliveries, { ids })
    },
    endPost: (postId, end) => thread.ask('endPost', [postId, end]),
    approvePost: postId => thread.ask('approvePost', [postId]),
    rejectPost: (postId, rejection) => thread.ask('rejectPost', [postId, rejection]),
  } satisfies Partial<Store>
}

function failureChangesBy(thread: StoreThread) {
  return {
    countFailures: (queueId, failures) => thread.ask('countFailures', [queueId, failures]),
    countBounce: (bounce, follows) => thread.ask('countBounce', [bounce, follows]),
    noteUnread: (bounce, reason, remark) => thread.ask('noteUnread', [bounce, reason, remark]),
    changeSubscriber: change => thread.ask('changeSubscriber', [change]),
    spoolProbe: (change, message, deliveries) =>
      spooledTogether(message, deliveries, (row, rows, blobs) =>
        thread.ask('spoolProbe', [change, row, rows], blobs),
      ),
    spoolNews: (told, message, deliveries) =>
      spooledTogether(message, deliveries, (row, rows, blobs) =>
        thread.ask('spoolNews', [told, row, rows], blobs),
      ),
  } satisfies Partial<Store>
}

/** Spools a message of our own making with what it follows from; no ids: it was not to be. */
async function spooledTogether(
  message: NewMessage,
  deliveries: readonly NewDelivery[],
  ask: (row: MessageInsert, rows: DeliveryInsert[], blobs: Blob[]) => Promise<number[]>,
): Promise<StoredDelivery[]> {
  const row = messageInsert(message)
  const rows = deliveries.map(deliveryInsert)
  const ids = await ask(row, rows, blobsOf([row], rows))
  return ids.length === 0 ? [] : planned(message.queueId, deliveries, { ids })
}

function blobsOf(messages: readonly MessageInsert[], deliveries: readonly DeliveryInsert[]) {
  return [
    ...messages.flatMap(message => [message.octets, message.prepend]),
    ...deliveries.map(delivery => delivery.prefix),
  ]
}

/** New deliveries need not be read back: all but their ids is known here. */
function planned(queueId: string, deliveries: readonly NewDelivery[], result: Planned): StoredDelivery[] {
  if ('rows' in result) return result.rows.map(toDelivery)
  const numbered = deliveries.map((delivery, index) =>
    plannedDelivery(queueId, result.ids[index] ?? 0, delivery),
  )
  return numbered.sort((a, b) => a.ordinal - b.ordinal)
}
