/** The questions answered in this process by a connection of its own: for command-line tools, beside a running relay. */

import type { Questions, Reader } from '../questions.ts'
import { toStoreError } from '../store-error.ts'
import { answerOf } from './answers.ts'
import { type Connection, openDatabaseForReading } from './database.ts'
import { questions } from './requests.ts'

/**
 * Opens a store for reading. Throws a StoreError: `missing` if there is no such file, `not-a-store` if it is not a
 * database of the relay, `older` or `newer` if its tables are of another version.
 */
export function openReader(file: string): Reader {
  const connection = openDatabaseForReading(file)
  return { ...questionsOf(connection), close: () => connection.database.close() }
}

/** Every question, answered at once. What the database throws becomes a StoreError. */
export function questionsOf(connection: Connection): Questions {
  const ask = <T>(question: (connection: Connection) => T): T => {
    try {
      return question(connection)
    } catch (error) {
      throw toStoreError(error)
    }
  }
  return {
    unplanned: query => ask(c => answerOf.unplanned(questions.unplanned(c, query))),
    message: queueId => ask(c => answerOf.message(questions.message(c, queueId))),
    delivery: (queueId, ordinal) => ask(c => answerOf.delivery(questions.delivery(c, queueId, ordinal))),
    due: query => ask(c => answerOf.due(questions.due(c, query))),
    failuresToReport: limit => ask(c => questions.failuresToReport(c, limit)),
    successesLeft: queueId => ask(c => questions.successesLeft(c, queueId)),
    successesToReport: limit => ask(c => questions.successesToReport(c, limit)),
    delaysToReport: (now, limit) => ask(c => questions.delaysToReport(c, now, limit)),
    listMessages: query => ask(c => answerOf.listMessages(questions.listMessages(c, query))),
    showMessage: queueId => ask(c => answerOf.showMessage(questions.showMessage(c, queueId))),
    listQueue: query => ask(c => answerOf.listQueue(questions.listQueue(c, query))),
    counts: () => ask(questions.counts),
    foreignVersion: () => ask(questions.foreignVersion),
    lastQueueId: () => ask(questions.lastQueueId),
    listsVersion: () => ask(questions.listsVersion),
    lists: () => ask(c => answerOf.lists(questions.lists(c))),
    list: address => ask(c => answerOf.list(questions.list(c, address))),
    subscribers: query => ask(c => questions.subscribers(c, query)),
    subscriber: (listId, addressKey) => ask(c => questions.subscriber(c, listId, addressKey)),
    subscriberById: id => ask(c => questions.subscriberById(c, id)),
    hasLeft: id => ask(c => questions.hasLeft(c, id)),
    failingSubscribers: (listId, limit) => ask(c => questions.failingSubscribers(c, listId, limit)),
    failedCopies: (queueId, query) => ask(c => questions.failedCopies(c, queueId, query)),
    failuresLeft: queueId => ask(c => questions.failuresLeft(c, queueId)),
    probesDue: (now, limit) => ask(c => questions.probesDue(c, now, limit)),
    untoldNews: () => ask(questions.untoldNews),
    listNews: (listId, limit) => ask(c => questions.listNews(c, listId, limit)),
    subscriberCounts: listId => ask(c => questions.subscriberCounts(c, listId)),
    listRequest: key => ask(c => questions.listRequest(c, key)),
    stsPolicy: domain => ask(c => questions.stsPolicy(c, domain)),
    stsPoliciesToRefresh: query => ask(c => questions.stsPoliciesToRefresh(c, query)),
    tlsSessions: key => ask(c => questions.tlsSessions(c, key)),
    tlsDaysToReport: (before, limit) => ask(c => questions.tlsDaysToReport(c, before, limit)),
    dueTlsReports: (now, limit) => ask(c => questions.dueTlsReports(c, now, limit)),
    tlsReport: key => ask(c => questions.tlsReport(c, key)),
    listTlsReports: limit => ask(c => questions.listTlsReports(c, limit)),
    post: postId => ask(c => questions.post(c, postId)),
    postsOf: queueId => ask(c => questions.postsOf(c, queueId)),
    openPosts: query => ask(c => questions.openPosts(c, query)),
    heldPosts: query => ask(c => questions.heldPosts(c, query)),
    postsTold: (listId, since) => ask(c => questions.postsTold(c, listId, since)),
    suspectWork: () => ask(questions.suspectWork),
    postOctets: postId => ask(c => answerOf.postOctets(questions.postOctets(c, postId))),
  }
}
