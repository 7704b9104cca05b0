/** Room of the database file that nothing uses any more. */
import type Database from 'better-sqlite3'

/** What an engine does about room that was freed. */
export interface FreeRoom {
  /** See `Store.shrink`. */
  shrink(): boolean
  /** See `Store.scrub`. */
  scrub(): void
  /** What this connection removes from now on leaves no octets behind. */
  overwriteRemoved(): void
}

/** So many pages of 4 KiB are given back in one step: it holds up everybody's commits. */
const pagesInOneStep = 500

/** Less is left to be used again: giving it back and taking it again costs more than it is worth. */
const minFreePages = 2_500

/** Of a database file. */
export function roomOfFile(database: Database.Database): FreeRoom {
  return {
    shrink: () => shrink(database),
    scrub: () => scrub(database),
    overwriteRemoved: () => void database.pragma('secure_delete = ON'),
  }
}

/** Of a server, which looks after its room by itself. */
export const roomOfServer: FreeRoom = { shrink: () => false, scrub: () => {}, overwriteRemoved: () => {} }

/** Where a quarter of the file is unused. */
function shrink(database: Database.Database): boolean {
  const number = (pragma: string) => Number(database.pragma(pragma, { simple: true }))
  const isMuch = () => {
    const free = number('freelist_count')
    return free > minFreePages && free * 4 > number('page_count')
  }
  if (!isMuch()) return false
  database.pragma(`incremental_vacuum(${pagesInOneStep})`)
  return isMuch()
}

/**
 * Rows that are removed by this connection are overwritten from its first `forget...` on. Earlier ones may still stand in pages that are
 * unused, which go, and in the write-ahead log, which is emptied.
 */
function scrub(database: Database.Database): void {
  const unused = () => Number(database.pragma('freelist_count', { simple: true }))
  for (let [before, now] = [Number.POSITIVE_INFINITY, unused()]; now > 0 && now < before; ) {
    database.pragma(`incremental_vacuum(${pagesInOneStep})`)
    before = now
    now = unused()
  }
  database.pragma('wal_checkpoint(TRUNCATE)')
}
