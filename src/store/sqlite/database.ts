/**
 * Opening the database file: settings of the connection, migrations, and the checks that it is ours.
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { closeToOthers, makePrivateFile, refuseOpenFolder } from '../private-files.ts'
import { StoreError } from '../store-error.ts'
import { toStoreError } from './driver-error.ts'
import { applicationId, migrate, schemaVersion } from './migrate.ts'

/** A connection that prepares each statement once. */
export interface Connection {
  readonly database: Database.Database
  statement(sql: string): Database.Statement
  /** What `changesOfOthers` has seen: SQLite's `data_version`, which changes whenever another connection has committed something. */
  seenVersion: number
}

export interface DatabaseSettings {
  readonly file: string
  /** For tests: `PRAGMA max_page_count`. */
  readonly maxPages?: number
}

/** How long another process (a command-line tool that changes the queue) may hold the database locked. */
const busyTimeoutMilliseconds = 5000

/** A checkpoint every 16 MB instead of 4: pages that many commits touch are written to the database less often. */
const walAutocheckpointPages = 4000

/** Opens for reading and writing, creating or migrating the tables. Throws a StoreError. */
export function openDatabase(settings: DatabaseSettings): Connection {
  return opened(settings.file, () => {
    makePrivateFile(settings.file)
    const database = new Database(settings.file, { timeout: busyTimeoutMilliseconds })
    return checked(database, () => {
      refuseForeign(database, settings.file)
      prepareForWriting(database)
      migrate(database)
      if (settings.maxPages !== undefined) database.pragma(`max_page_count = ${settings.maxPages}`)
    })
  })
}

/**
 * Opens for changes beside a running relay: tables of another version are refused, since a relay that runs would not
 * know them. A new file gets its tables. Throws a StoreError.
 */
export function openDatabaseForWriting(file: string): Connection {
  if (!existsSync(file)) return openDatabase({ file })
  return opened(file, () => {
    const database = new Database(file, { fileMustExist: true, timeout: busyTimeoutMilliseconds })
    return checked(database, () => {
      refuseForeign(database, file)
      refuseOlder(database, file)
      prepareForWriting(database)
    })
  })
}

function prepareForWriting(database: Database.Database): void {
  // Only a new file takes it; one of an earlier version gets it from VACUUM.
  database.pragma('auto_vacuum = INCREMENTAL')
  database.pragma('journal_mode = WAL')
  // FULL: the commit is on disk before it is answered. The driver's default for WAL is NORMAL, which is not.
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  // What is removed within a page that is written anyway is overwritten; `forget` sees to the rest.
  database.pragma('secure_delete = FAST')
  database.pragma(`wal_autocheckpoint = ${walAutocheckpointPages}`)
  database.pragma(`journal_size_limit = ${walAutocheckpointPages * 4096}`)
}

/** Opens for reading only; works beside a running relay. Throws a StoreError. */
export function openDatabaseForReading(file: string): Connection {
  if (!existsSync(file)) throw new StoreError('missing', `${file}: there is no such file`)
  return opened(file, () => {
    const database = new Database(file, {
      readonly: true,
      fileMustExist: true,
      timeout: busyTimeoutMilliseconds,
    })
    return checked(database, () => {
      refuseForeign(database, file)
      refuseOlder(database, file)
    })
  })
}

function opened(file: string, open: () => Database.Database): Connection {
  try {
    if (existsSync(dirname(file))) refuseOpenFolder(dirname(file))
    closeToOthers(file)
    return connectionTo(open())
  } catch (error) {
    const cause = toStoreError(error)
    if (cause.message.startsWith(file)) throw cause
    throw new StoreError(cause.code, `${file}: ${cause.message}`, { cause: error })
  }
}

function checked(database: Database.Database, check: () => void): Database.Database {
  try {
    check()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function connectionTo(database: Database.Database): Connection {
  const statements = new Map<string, Database.Statement>()
  const statement = (sql: string): Database.Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const prepared = database.prepare(sql)
    statements.set(sql, prepared)
    return prepared
  }
  return { database, statement, seenVersion: dataVersion(database) }
}

function dataVersion(database: Database.Database): number {
  return Number(database.pragma('data_version', { simple: true }))
}

/** See `Store.changesOfOthers`. */
export function changesOfOthers(connection: Connection): boolean {
  const before = connection.seenVersion
  connection.seenVersion = dataVersion(connection.database)
  return connection.seenVersion !== before
}

function refuseForeign(database: Database.Database, file: string): void {
  const id = database.pragma('application_id', { simple: true })
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (id === applicationId) return
  if (id === 0 && tables === 0 && !database.readonly) return
  throw new StoreError('not-a-store', `${file}: this is not a database of the relay`)
}

function refuseOlder(database: Database.Database, file: string): void {
  const version = Number(database.pragma('user_version', { simple: true }))
  const expected = schemaVersion()
  if (version === expected) return
  const [code, advice] =
    version < expected
      ? (['older', 'start the relay once to bring it up to date'] as const)
      : (['newer', 'use the program that wrote it'] as const)
  throw new StoreError(
    code,
    `${file}: its tables have version ${version}, this program needs ${expected}; ${advice}`,
  )
}
