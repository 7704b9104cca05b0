/** A PostgreSQL database as one side of a copy (copy-store.ts). */
import {
  type CopiedKey,
  type CopiedRow,
  type CopiedTable,
  type CopyProgress,
  type CopyTarget,
  copiedTables,
} from '../copy-tables.ts'
import { copiedValues, insertion, noteProgress, page, replacement } from '../sqlite/copy-sql.ts'
import { StoreError } from '../store-error.ts'
import { type PostgresSettings, serverSettings } from './connection-settings.ts'
import { Lane, type LaneConnection } from './lane.ts'
import { migrate } from './migrate.ts'

/** Unique by a hash of what may be long, which no conflict can name by its columns. A new database has none of their rows. */
const hashedTables = ['tls_sessions', 'dmarc_results']

/** Opens it while no relay runs on it. Rejects with a StoreError. */
export async function openPostgresSide(
  settings: PostgresSettings,
  role: 'source' | 'target',
): Promise<CopyTarget> {
  const server = serverSettings(settings, role === 'source')
  const lane = new Lane(server)
  const connection = await lane.open()
  try {
    await migrate(connection, server.name, role === 'source')
    const [row] = (await connection.ask('SELECT count(*) AS relays FROM relays')).rows
    if (row?.relays !== 0)
      throw new StoreError('in-use', `${server.name}: ${row?.relays} relays run on it; stop them first`)
    return new PostgresSide(server.name, lane, connection)
  } catch (error) {
    await lane.close()
    throw connection.toStoreError(error)
  }
}

class PostgresSide implements CopyTarget {
  readonly name: string
  readonly #lane: Lane
  readonly #connection: LaneConnection

  constructor(name: string, lane: Lane, connection: LaneConnection) {
    this.name = name
    this.#lane = lane
    this.#connection = connection
  }

  async rows(table: CopiedTable, after: CopiedKey | null): Promise<CopiedRow[]> {
    const { sql, parameters } = page(table, after)
    const rows = await this.#ask(sql, ...parameters)
    return rows.map(row => row as object as CopiedRow)
  }

  async highestNumber({ name }: CopiedTable): Promise<number> {
    const sql = `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM ${name}_id_seq`
    return Number((await this.#ask(sql))[0]?.last)
  }

  async progress(): Promise<CopyProgress | null> {
    const [there] = await this.#ask(`SELECT to_regclass('copy_progress') IS NOT NULL AS found`)
    const [row] = there?.found === 1 ? await this.#ask('SELECT progress FROM copy_progress') : []
    return row === undefined ? null : (JSON.parse(String(row.progress)) as CopyProgress)
  }

  async isEmpty(): Promise<boolean> {
    for (const { name, isNumbered } of copiedTables) {
      const rows = isNumbered ? await this.#ask(`SELECT 1 FROM ${name} LIMIT 1`) : []
      if (rows.length > 0) return false
    }
    return true
  }

  async write(table: CopiedTable, rows: readonly CopiedRow[], progress: CopyProgress): Promise<void> {
    await this.#tell('BEGIN')
    try {
      await Promise.all(rows.map(row => this.#insert(table, row)))
      await this.#note(progress)
      await this.#tell('COMMIT')
    } catch (error) {
      await this.#connection.tell('ROLLBACK').catch(() => {})
      throw this.#connection.toStoreError(error)
    }
  }

  async setHighestNumber({ name }: CopiedTable, number: number): Promise<void> {
    if (number > 0) await this.#ask(`SELECT setval('${name}_id_seq', ?)`, number)
  }

  async finish(): Promise<void> {
    await this.#tell('DROP TABLE copy_progress')
  }

  close(): Promise<void> {
    return this.#lane.close()
  }

  async #insert(table: CopiedTable, row: CopiedRow): Promise<void> {
    const values = copiedValues(row)
    const statement = hashedTables.includes(table.name) ? insertion : replacement
    await this.#connection.ask(statement(table, values), values)
  }

  async #note(progress: CopyProgress): Promise<void> {
    await this.#connection.tell(
      'CREATE TABLE IF NOT EXISTS copy_progress (only_row bigint PRIMARY KEY CHECK (only_row = 1), progress text NOT NULL)',
    )
    await this.#connection.ask(noteProgress, JSON.stringify(progress))
  }

  async #ask(sql: string, ...parameters: unknown[]) {
    try {
      return (await this.#connection.ask(sql, ...parameters)).rows
    } catch (error) {
      throw this.#connection.toStoreError(error)
    }
  }

  async #tell(sql: string): Promise<void> {
    await this.#connection.tell(sql).catch((error: unknown) => {
      throw this.#connection.toStoreError(error)
    })
  }
}
