/**
 * Who runs on a database. A relay that is alone holds a lock on a file beside it as long as it lives; of those that share it each holds
 * the lock of its name, and all of them keep out one that would be alone. The operating system drops a lock when the process ends,
 * however it ends.
 */
import { existsSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { makePrivateFile, refuseOpenFolder } from '../private-files.ts'
import { StoreError } from '../store-error.ts'
import { toStoreError } from './driver-error.ts'

/**
 * Takes the lock and answers what gives it back. Throws a StoreError: `in-use` if another relay holds it, `missing` if
 * there is no folder for the database, `open-to-others` if that is not for its owner alone.
 *
 * @param name of a relay that shares the database; undefined: it is alone
 */
export function claim(file: string, name?: string): () => void {
  const folder = dirname(file)
  if (!existsSync(folder))
    throw new StoreError('missing', `${folder}: there is no such folder for the database`)
  refuseOpenFolder(folder)
  // Whoever comes by a link comes to the same lock.
  const locked = existsSync(file) ? realpathSync(file) : file
  try {
    if (name === undefined) return lock(`${locked}.lock`, 'EXCLUSIVE')
    const shared = lock(`${locked}.lock`, 'SHARED')
    try {
      // Names are made by this program; whatever they are, they stay in the folder.
      const own = lock(`${locked}.lock-${encodeURIComponent(name)}`, 'EXCLUSIVE')
      return () => void [own, shared].map(release => release())
    } catch (error) {
      shared()
      throw error
    }
  } catch (error) {
    const { code, message } = toStoreError(error)
    if (code === 'busy') throw new StoreError('in-use', `${file}: another relay is running on this database`)
    throw new StoreError(code, `${file}.lock: ${message}`, { cause: error })
  }
}

function lock(file: string, kind: 'EXCLUSIVE' | 'SHARED'): () => void {
  makePrivateFile(file)
  const database = new Database(file, { timeout: 0 })
  try {
    // A transaction that writes nothing: a lock that SQLite knows how to take on every platform.
    database.pragma('journal_mode = MEMORY')
    if (kind === 'EXCLUSIVE') database.exec('BEGIN EXCLUSIVE')
    else database.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
    return () => database.close()
  } catch (error) {
    database.close()
    throw error
  }
}
