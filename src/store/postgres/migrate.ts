/** The tables on PostgreSQL: the files `migrations/postgres/NNNN_name.sql`, applied in order, one relay at a time. */
import { readdirSync, readFileSync } from 'node:fs'
import { StoreError } from '../store-error.ts'
import type { LaneConnection } from './lane.ts'

const folder = new URL('../../../migrations/postgres/', import.meta.url)

/** Whoever changes the tables holds this lock of the server; any number will do. */
const lockNumber = 1_145_778_770

/** Of PostgreSQL 15, as the server writes it. */
const oldestServer = 150_000

function migrationFiles(): string[] {
  return readdirSync(folder)
    .filter(name => /^\d{4}_.*\.sql$/.test(name))
    .sort()
}

/**
 * Brings the tables up to date, or with `isOnlyChecked` demands that they are.
 *
 * @throws StoreError `missing`, `older` or `newer`; `not-a-store` where others' tables stand in the way; `refused` for an old server
 */
export async function migrate(
  connection: LaneConnection,
  server: string,
  isOnlyChecked: boolean,
): Promise<void> {
  await refuseOldServer(connection, server)
  const files = migrationFiles()
  const version = await versionOf(connection, server)
  if (version !== undefined && version > files.length)
    throw new StoreError('newer', `${server}: ${versionText(version, files)}; use the program that wrote it`)
  if (version === files.length) return
  if (isOnlyChecked && version === undefined)
    throw new StoreError(
      'missing',
      `${server}: there are no tables of a relay yet; it makes them at its first start`,
    )
  if (isOnlyChecked)
    throw new StoreError(
      'older',
      `${server}: ${versionText(version ?? 0, files)}; start the relay once to bring it up to date`,
    )
  await apply(connection, server, files)
}

function versionText(version: number, files: readonly string[]): string {
  return `its tables have version ${version}, this program needs ${files.length}`
}

async function apply(connection: LaneConnection, server: string, files: readonly string[]): Promise<void> {
  await connection.tell('BEGIN')
  try {
    await connection.tell(`SELECT pg_advisory_xact_lock(${lockNumber})`)
    // Another relay may have been faster while this one waited.
    const version = (await versionOf(connection, server)) ?? 0
    for (const file of files.slice(version))
      await connection.tell(readFileSync(new URL(file, folder), 'utf8'))
    await connection.tell('CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL)')
    await connection.tell('DELETE FROM schema_version')
    await connection.ask('INSERT INTO schema_version (version) VALUES (?)', files.length)
    await connection.tell('COMMIT')
  } catch (error) {
    await connection.tell('ROLLBACK').catch(() => {})
    throw error
  }
}

async function refuseOldServer({ ask }: LaneConnection, server: string): Promise<void> {
  const [row] = (await ask(`SELECT current_setting('server_version_num')::bigint AS version`)).rows
  if (Number(row?.version) >= oldestServer) return
  throw new StoreError('refused', `${server}: expected PostgreSQL 15 or later, found ${row?.version}`)
}

async function versionOf({ ask }: LaneConnection, server: string): Promise<number | undefined> {
  const sql = `SELECT to_regclass('schema_version') IS NOT NULL AS ours, to_regclass('messages') IS NOT NULL AS others`
  const [found] = (await ask(sql)).rows
  if (found?.ours === 1) return Number((await ask('SELECT version FROM schema_version')).rows[0]?.version)
  if (found?.others === 1)
    throw new StoreError('not-a-store', `${server}: there are tables here that are not those of a relay`)
  return undefined
}
