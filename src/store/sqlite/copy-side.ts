/** A SQLite database as one side of a copy (copy-store.ts). */
import type { CopiedKey, CopiedRow, CopiedTable, CopyProgress, CopyTarget } from '../copy-tables.ts'
import { copiedTables } from '../copy-tables.ts'
import { copiedValues, noteProgress, page, replacement } from './copy-sql.ts'
import { openDatabase, openDatabaseForReading, type SqliteConnection } from './database.ts'
import { claim } from './owner.ts'

/** Opens it while no relay runs on it. Throws a StoreError. */
export async function openSqliteSide(file: string, role: 'source' | 'target'): Promise<CopyTarget> {
  const release = claim(file)
  try {
    const connection = role === 'source' ? openDatabaseForReading(file) : openDatabase({ file })
    return new SqliteSide(file, connection, release)
  } catch (error) {
    release()
    throw error
  }
}

class SqliteSide implements CopyTarget {
  readonly name: string
  readonly #connection: SqliteConnection
  readonly #release: () => void

  constructor(name: string, connection: SqliteConnection, release: () => void) {
    this.name = name
    this.#connection = connection
    this.#release = release
  }

  async rows(table: CopiedTable, after: CopiedKey | null): Promise<CopiedRow[]> {
    const { sql, parameters } = page(table, after)
    return this.#connection.statement(sql).all(...parameters) as CopiedRow[]
  }

  async highestNumber({ name }: CopiedTable): Promise<number> {
    const given = this.#one('SELECT seq FROM sqlite_sequence WHERE name = ?', name)
    return Number(given ?? this.#one(`SELECT coalesce(max(id), 0) FROM ${name}`))
  }

  async progress(): Promise<CopyProgress | null> {
    const found = this.#one(`SELECT count(*) FROM sqlite_schema WHERE name = 'copy_progress'`)
    const text = found === 0 ? undefined : this.#one('SELECT progress FROM copy_progress')
    return typeof text === 'string' ? (JSON.parse(text) as CopyProgress) : null
  }

  async isEmpty(): Promise<boolean> {
    const numbered = copiedTables.filter(({ isNumbered }) => isNumbered)
    return numbered.every(({ name }) => this.#one(`SELECT count(*) FROM ${name}`) === 0)
  }

  async write(table: CopiedTable, rows: readonly CopiedRow[], progress: CopyProgress): Promise<void> {
    this.#connection.database
      .transaction(() => {
        for (const row of rows) this.#insert(table, row)
        this.#note(progress)
      })
      .immediate()
  }

  async setHighestNumber({ name }: CopiedTable, number: number): Promise<void> {
    const isCounted = this.#one('SELECT count(*) FROM sqlite_sequence WHERE name = ?', name)
    const sql =
      isCounted === 0
        ? 'INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)'
        : 'UPDATE sqlite_sequence SET seq = ? WHERE name = ?'
    const isOnceOnly = this.#one(`SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema WHERE name = ?`, name)
    if (isOnceOnly === 1) this.#connection.statement(sql).run(number, name)
  }

  async finish(): Promise<void> {
    this.#connection.statement('DROP TABLE copy_progress').run()
  }

  async close(): Promise<void> {
    this.#connection.database.close()
    this.#release()
  }

  #insert(table: CopiedTable, row: CopiedRow): void {
    const values = copiedValues(row)
    this.#connection.statement(replacement(table, values)).run(values)
  }

  #note(progress: CopyProgress): void {
    this.#connection
      .statement(
        `CREATE TABLE IF NOT EXISTS copy_progress (
           only_row INTEGER PRIMARY KEY CHECK (only_row = 1), progress TEXT NOT NULL) STRICT`,
      )
      .run()
    this.#connection.statement(noteProgress).run(JSON.stringify(progress))
  }

  #one(sql: string, ...parameters: unknown[]): unknown {
    return this.#connection
      .statement(sql)
      .pluck()
      .get(...parameters)
  }
}
