/** The entries of the table of requests (requests.ts) that are about the hop log and the queue, as people look them up. */
import type { MessagesQuery } from '../queries.ts'
import { answerOf } from './answers.ts'
import type { Connection } from './database.ts'
import { change, decodedQuestion, question, type Table } from './entry.ts'
import * as hopLog from './hop-log.ts'
import type { MessageSummaryRow } from './message-rows.ts'
import { isSearch, newMessages, searchMessages } from './message-search.ts'
import { indexTerms } from './message-terms.ts'
import { queueByDestination } from './queue-by-destination.ts'

function listMessages(connection: Connection, query: MessagesQuery): MessageSummaryRow[] {
  return isSearch(query) ? searchMessages(connection, query) : hopLog.listMessages(connection, query)
}

export const hopLogEntries = {
  listMessages: decodedQuestion(listMessages, answerOf.listMessages),
  messagesById: decodedQuestion(hopLog.messagesById, answerOf.listMessages),
  indexTerms: change(indexTerms),
  newMessages: decodedQuestion(newMessages, answerOf.newMessages),
  showMessage: decodedQuestion(hopLog.showMessage, answerOf.showMessage),
  listQueue: decodedQuestion(hopLog.listQueue, answerOf.listQueue),
  queueByDestination: question(queueByDestination),
  counts: question(hopLog.counts),
} satisfies Partial<Table>
