/**
 * A look into the database of a relay, and changes to it, from outside and at once: what `openStoreBeside` answers later. Tests
 * look into it in the middle of what they wait for. Where relays of tests are on PostgreSQL it is their database there.
 */
import type { PostgresSettings } from '../../src/store/postgres/connection-settings.ts'
import type { Access } from '../../src/store/settings.ts'
import {
  openDatabaseForReading,
  openDatabaseForWriting,
  type SqliteConnection,
} from '../../src/store/sqlite/database.ts'
import { answerNow } from '../../src/store/sqlite/direct-store.ts'
import type { Requests } from '../../src/store/sqlite/entry.ts'
import { methodsOf } from '../../src/store/sqlite/requests.ts'
import { openServerBeside } from './server-beside.ts'
import { serverDatabase } from './store-of-tests.ts'

/** Every question and change, answered at once. */
type AtOnce = {
  readonly [Name in keyof Requests]: (
    ...parameters: Parameters<Requests[Name]>
  ) => Awaited<ReturnType<Requests[Name]>>
}

export interface Reader extends AtOnce {
  close(): void
}

export interface Writer extends Omit<AtOnce, 'together'> {
  /** Several calls as one transaction: all of what they change, or, when `work` throws, nothing. */
  together<T>(work: () => T): T
  close(): void
}

/** Throws a StoreError, as `openStoreBeside` rejects with one. */
export function openReader(file: string): Reader {
  const elsewhere = serverDatabase(file)
  if (elsewhere !== undefined) return onServer(elsewhere, 'read')
  const connection = openDatabaseForReading(file)
  return { ...atOnce(connection), close: () => connection.database.close() }
}

/** The same for changes. */
export function openWriter(file: string): Writer {
  const elsewhere = serverDatabase(file)
  // A server takes part in no transaction of this thread: what is changed together is changed one by one.
  if (elsewhere !== undefined) return { ...onServer(elsewhere, 'change'), together: work => work() }
  const connection = openDatabaseForWriting(file)
  const { database } = connection
  return {
    ...atOnce(connection),
    together: work => database.transaction(work).immediate(),
    close: () => database.close(),
  }
}

function onServer(database: PostgresSettings, access: Access): Reader {
  const { ask, close } = openServerBeside(database, access)
  return { ...(methodsOf(ask) as AtOnce), close }
}

function atOnce(connection: SqliteConnection): AtOnce {
  return methodsOf((name, parameters) => answerNow(connection, name, parameters)) as AtOnce
}
