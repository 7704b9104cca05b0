/**
 * Opening the database file: settings of the connection, migrations, and the checks that it is ours.
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { closeToOthers, makePrivateFile, refuseOpenFolder } from '../private-files.ts'
import { StoreError } from '../store-error.ts'
import { toStoreError } from './driver-error.ts'
import { type FreeRoom, roomOfFile } from './free-room.ts'
import { applicationId, migrate, schemaVersion } from './migrate.ts'

/** A statement that is prepared. Parameters are bound by their places (`?`) or, as one object, by their names (`@name`). */
export interface Statement {
  run(...parameters: unknown[]): { changes: number; lastInsertRowid: number | bigint }
  get(...parameters: unknown[]): unknown
  all(...parameters: unknown[]): unknown[]
  /** Rows are answered as the value of their first column. */
  pluck(): Statement
}

/**
 * What questions and changes are put to. They know nothing else: what they do follows from their parameters and from the answers of
 * their statements.
 */
export interface Connection {
  statement(sql: string): Statement
  /** All that `work` reads is of one moment. */
  snapshot<T>(work: () => T): T
  /** See `Store.changesOfOthers`. */
  changesOfOthers(): boolean
  /** What is done about room that was freed. */
  readonly room: FreeRoom
  /** The relay whose claims are made; null: a command, which claims nothing. */
  relay: number | null
  /** Whether other relays may have the store open. */
  isShared: boolean
}

/** A connection to SQLite, which prepares each statement once. */
export interface SqliteConnection extends Connection {
  readonly database: Database.Database
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
export function openDatabase(settings: DatabaseSettings): SqliteConnection {
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
export function openDatabaseForWriting(file: string): SqliteConnection {
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
export function openDatabaseForReading(file: string): SqliteConnection {
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

function opened(file: string, open: () => Database.Database): SqliteConnection {
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

function connectionTo(database: Database.Database): SqliteConnection {
  const statements = new Map<string, Database.Statement>()
  const statement = (sql: string): Database.Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const prepared = database.prepare(sql)
    statements.set(sql, prepared)
    return prepared
  }
  return {
    database,
    statement,
    snapshot: work => database.transaction(work)(),
    changesOfOthers() {
      const before = this.seenVersion
      this.seenVersion = dataVersion(database)
      return this.seenVersion !== before
    },
    seenVersion: dataVersion(database),
    room: roomOfFile(database),
    relay: null,
    isShared: false,
  }
}

function dataVersion(database: Database.Database): number {
  return Number(database.pragma('data_version', { simple: true }))
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
