/**
 * Whether the files of an open database are still there. SQLite goes on with files that were removed, moved away or replaced, and answers that
 * all is on disk; the next start would know nothing of it.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** How every database of SQLite begins (its file format, section 1.3). */
const magic = Buffer.from('SQLite format 3\0', 'latin1')

/** The database itself, its write-ahead log, and the index of that. */
const suffixes = ['', '-wal', '-shm']

/** Looks at the files of one database; made when it is open. */
export class FileGuard {
  readonly #file: string
  /** Open as long as the database is: closing it earlier would drop the locks that SQLite has on the file. */
  readonly #descriptor: number
  readonly #seen = new Map<string, string>()

  constructor(file: string) {
    this.#file = file
    this.#descriptor = openSync(file, 'r')
  }

  /** What has happened to the files, in words; undefined where all is well. */
  damage(): string | undefined {
    for (const suffix of suffixes) {
      const name = `${this.#file}${suffix}`
      const found = identityOf(name)
      const before = this.#seen.get(suffix)
      if (before !== undefined && found !== before) {
        return `${name} ${found === undefined ? 'has gone' : 'was replaced by another file'}`
      }
      if (found !== undefined) this.#seen.set(suffix, found)
    }
    return this.#hasMagic() ? undefined : `${this.#file} is no database any more`
  }

  /** Call it when the database is closed. */
  close(): void {
    closeSync(this.#descriptor)
  }

  #hasMagic(): boolean {
    const start = Buffer.alloc(magic.length)
    readSync(this.#descriptor, start, 0, start.length, 0)
    return start.equals(magic)
  }
}

function identityOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino}`
}
