/**
 * One relay per database. Two would attempt the same deliveries; so a relay holds a lock on a file beside the database
 * as long as it lives. The operating system drops the lock when the process ends, however it ends.
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { makePrivateFile, refuseOpenFolder } from '../private-files.ts'
import { StoreError } from '../store-error.ts'
import { toStoreError } from './driver-error.ts'

/**
 * Takes the lock and answers what gives it back. Throws a StoreError: `in-use` if another relay holds it, `missing` if
 * there is no folder for the database, `open-to-others` if that is not for its owner alone.
 */
export function claim(file: string): () => void {
  const folder = dirname(file)
  if (!existsSync(folder))
    throw new StoreError('missing', `${folder}: there is no such folder for the database`)
  refuseOpenFolder(folder)
  try {
    makePrivateFile(`${file}.lock`)
    return lock(`${file}.lock`)
  } catch (error) {
    const { code, message } = toStoreError(error)
    if (code === 'busy') throw new StoreError('in-use', `${file}: another relay is running on this database`)
    throw new StoreError(code, `${file}.lock: ${message}`, { cause: error })
  }
}

function lock(file: string): () => void {
  const database = new Database(file, { timeout: 0 })
  try {
    // An exclusive transaction that writes nothing: a lock that SQLite knows how to take on every platform.
    database.pragma('journal_mode = MEMORY')
    database.exec('BEGIN EXCLUSIVE')
    return () => database.close()
  } catch (error) {
    database.close()
    throw error
  }
}
