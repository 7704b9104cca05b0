/**
 * Changes made by a process beside the running relay: for command-line tools. Each call is one transaction; it waits while
 * the relay writes, and the relay waits for it, so that none of them may take long.
 */
import Database from 'better-sqlite3'
import type { ListChanges } from '../list-questions.ts'
import type { ModerationChanges } from '../post-questions.ts'
import type { Questions } from '../questions.ts'
import { toStoreError } from '../store-error.ts'
import type { Connection } from './database.ts'
import { openDatabaseForWriting } from './database.ts'
import { listInsert } from './lists.ts'
import type { QueueChanges } from './queue-changes.ts'
import { queueChangesOf } from './queue-changes.ts'
import { questionsOf } from './reader.ts'
import { changes } from './requests.ts'

/** A connection of its own that asks and changes, answering at once. */
export interface Writer extends Questions, ListChanges, QueueChanges, ModerationChanges {
  /** Several calls as one transaction: all of what they change, or, when `work` throws, nothing. */
  together<T>(work: () => T): T
  close(): void
}

/**
 * Opens a store for changes; makes it if there is none yet. Throws a StoreError: `missing` without its folder, `not-a-store`
 * if it is not a database of the relay, `older` or `newer` if its tables are of another version.
 */
export function openWriter(file: string): Writer {
  const connection = openDatabaseForWriting(file)
  const together = <T>(work: () => T): T => inTransaction(connection, work)
  const change = <T>(work: (connection: Connection) => T): T => together(() => work(connection))
  return {
    ...questionsOf(connection),
    createList: list => change(c => changes.createList(c, listInsert(list))),
    changeList: (listId, settings) => change(c => changes.changeList(c, listId, JSON.stringify(settings))),
    deleteList: listId => change(c => changes.deleteList(c, listId)),
    subscribe: (listId, subscribers, at) => change(c => changes.subscribe(c, listId, subscribers, at)),
    unsubscribe: (listId, keys) => change(c => changes.unsubscribe(c, listId, keys)),
    removeSubscriber: (listId, id) => change(c => changes.removeSubscriber(c, listId, id)),
    removeSubscribers: (listId, limit) => change(c => changes.removeSubscribers(c, listId, limit)),
    suspendSubscribers: (listId, keys, suspension) =>
      change(c => changes.suspendSubscribers(c, listId, keys, suspension)),
    resumeSubscribers: (listId, keys) => change(c => changes.resumeSubscribers(c, listId, keys)),
    approvePost: postId => change(c => changes.approvePost(c, postId)),
    rejectPost: (postId, rejection) => change(c => changes.rejectPost(c, postId, rejection)),
    ...queueChangesBy(connection, together),
    together,
    close: () => connection.database.close(),
  }
}

function queueChangesBy(connection: Connection, together: Writer['together']): QueueChanges {
  const changes = queueChangesOf(connection)
  return {
    retryDeliveries: (selection, now) => together(() => changes.retryDeliveries(selection, now)),
    holdDeliveries: selection => together(() => changes.holdDeliveries(selection)),
    releaseDeliveries: (selection, now) => together(() => changes.releaseDeliveries(selection, now)),
    deleteDeliveries: (selection, deletion) => together(() => changes.deleteDeliveries(selection, deletion)),
  }
}

function inTransaction<T>({ database }: Connection, work: () => T): T {
  try {
    return database.inTransaction ? work() : database.transaction(work).immediate()
  } catch (error) {
    // What `work` throws of its own passes through.
    throw error instanceof Database.SqliteError ? toStoreError(error) : error
  }
}
