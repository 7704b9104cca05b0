/**
 * Mail is for the user of the relay alone: the folder of the database and every file of it. SQLite makes its files as the umask has it, the
 * write-ahead log and its index with the mode of the database; so the database is made here, before SQLite sees it.
 */
import { chmodSync, closeSync, existsSync, fchmodSync, openSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StoreError } from './store-error.ts'

/** The permission bits of everybody but the owner. */
const othersMask = 0o077
const ownerOnlyFile = 0o600

/** @throws StoreError `open-to-others`, with the command that mends it, when others than its owner may use a folder */
export function refuseOpenFolder(folder: string): void {
  const found = statSync(folder)
  if (!found.isDirectory()) throw new StoreError('missing', `${folder}: expected a folder for the database`)
  const { mode } = found
  if ((mode & othersMask) === 0) return
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  throw new StoreError(
    'open-to-others',
    `${folder}: other users may enter this folder, which holds mail (mode ${shown}, expected 0700). Run: chmod 700 '${folder}'`,
  )
}

/**
 * Makes a file of no octets where there is none: SQLite takes it for a new database, and keeps its mode. One that is there is not opened:
 * closing it again would drop the locks that this process may have on it.
 */
export function makePrivateFile(file: string): void {
  if (existsSync(file)) return
  const descriptor = openSync(file, 'a', ownerOnlyFile)
  try {
    fchmodSync(descriptor, ownerOnlyFile)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Takes from others what an earlier program, or a copy by hand, had left them: the database and all whose names begin as its own,
 * its write-ahead log, lock and backups.
 */
export function closeToOthers(database: string): void {
  const folder = dirname(database)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(basename(database))) continue
    const file = join(folder, name)
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.isFile() && (found.mode & othersMask) !== 0) chmodSync(file, ownerOnlyFile)
  }
}
