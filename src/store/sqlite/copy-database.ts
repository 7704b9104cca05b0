/** A copy of the database, whole and as it is at one moment, while a relay works on it. */
import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { makePrivateFile } from '../private-files.ts'
import { StoreError } from '../store-error.ts'
import { toStoreError } from './driver-error.ts'
import { applicationId, schemaVersion } from './migrate.ts'

/** More pages than a database can have: the copy is made in one step, which the commits of a relay beside it cannot begin anew. */
const allPages = 0x7f_ff_ff_ff

/** How long another process may hold the database locked. */
const busyTimeoutMilliseconds = 5000

/**
 * Copies a database with all that is committed, of whatever version its tables are. Neither reading nor writing beside it waits.
 * The copy is one file that needs no other beside it, for its owner alone.
 *
 * @param to a file that is not there, in a folder that is
 * @throws StoreError `missing`, `not-a-store`, `full`, `io`
 */
export async function copyDatabase(file: string, to: string): Promise<void> {
  await withDatabase(file, true, async database => {
    makePrivateFile(to)
    await database.backup(to, { progress: () => allPages })
  })
  await withDatabase(to, false, async database => void database.pragma('journal_mode = DELETE'))
}

/**
 * Opens a copy and reads all of it. Answers the version of its tables.
 *
 * @throws StoreError `not-a-store`, `damaged`, or `newer` if they were made by a later program than this
 */
export function inspectDatabase(file: string): Promise<number> {
  return withDatabase(file, true, async database => {
    const faults = database.pragma('integrity_check(1)') as { integrity_check: string }[]
    const [fault] = faults.map(({ integrity_check }) => integrity_check)
    if (fault !== 'ok') throw new StoreError('damaged', `${file}: the database is damaged: ${fault}`)
    if (database.prepare('PRAGMA foreign_key_check').get() !== undefined) {
      throw new StoreError('damaged', `${file}: the database is damaged: rows that belong to nothing`)
    }
    const version = Number(database.pragma('user_version', { simple: true }))
    if (version > schemaVersion()) {
      throw new StoreError(
        'newer',
        `${file}: its tables have version ${version}, this program knows ${schemaVersion()}; it was written by a newer program`,
      )
    }
    return version
  })
}

async function withDatabase<T>(
  file: string,
  readonly: boolean,
  use: (database: Database.Database) => Promise<T>,
): Promise<T> {
  if (!existsSync(file)) throw new StoreError('missing', `${file}: there is no such file`)
  let database: Database.Database | undefined
  try {
    database = new Database(file, { readonly, fileMustExist: true, timeout: busyTimeoutMilliseconds })
    if (database.pragma('application_id', { simple: true }) !== applicationId) {
      throw new StoreError('not-a-store', `${file}: this is not a database of the relay`)
    }
    return await use(database)
  } catch (error) {
    const cause = toStoreError(error)
    if (cause.message.startsWith(file)) throw cause
    throw new StoreError(cause.code, `${file}: ${cause.message}`, { cause: error })
  } finally {
    database?.close()
  }
}
