/** Room of the database file that nothing uses any more. */
import type { Connection } from './database.ts'

/** So many pages of 4 KiB are given back in one step: it holds up everybody's commits. */
const pagesInOneStep = 500

/** Less is left to be used again: giving it back and taking it again costs more than it is worth. */
const minFreePages = 2_500

/** See `Store.shrink`: where a quarter of the file is unused. */
export function shrink(connection: Connection): boolean {
  const number = (pragma: string) => Number(connection.database.pragma(pragma, { simple: true }))
  const isMuch = () => {
    const free = number('freelist_count')
    return free > minFreePages && free * 4 > number('page_count')
  }
  if (!isMuch()) return false
  connection.database.pragma(`incremental_vacuum(${pagesInOneStep})`)
  return isMuch()
}

/**
 * See `Store.scrub`. Rows that are removed by this connection are overwritten from its first `forget...` on. Earlier ones may still stand in
 * pages that are unused, which go, and in the write-ahead log, which is emptied.
 */
export function scrub(connection: Connection): void {
  const { database } = connection
  const unused = () => Number(database.pragma('freelist_count', { simple: true }))
  for (let [before, now] = [Number.POSITIVE_INFINITY, unused()]; now > 0 && now < before; ) {
    database.pragma(`incremental_vacuum(${pagesInOneStep})`)
    before = now
    now = unused()
  }
  database.pragma('wal_checkpoint(TRUNCATE)')
}

/** What is removed from now on is overwritten with zeros. */
export function overwriteRemoved(connection: Connection): void {
  connection.database.pragma('secure_delete = ON')
}
