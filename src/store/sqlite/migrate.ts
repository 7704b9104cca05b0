/**
 * Migrations: the files `migrations/NNNN_name.sql`, applied in order, each in a transaction of its own together with
 * the new `PRAGMA user_version`; those of a new database are committed together.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { foldedAddress } from '../../message/mailbox.ts'
import { searchTerm, type TermKind } from '../search-terms.ts'
import { StoreError } from '../store-error.ts'

/** `PRAGMA application_id` of our databases, "DK2R"; the first migration sets it. */
export const applicationId = 0x444b3252

const folder = new URL('../../../migrations/', import.meta.url)

interface Migration {
  readonly version: number
  readonly sql: string
}

/** The version of the tables that this program works with. */
export function schemaVersion(): number {
  return migrationFiles().length
}

/**
 * Brings the tables up to date. Throws a StoreError `newer` if they were made by a later program; whatever makes a
 * migration fail is thrown on, and the database is left at the version before it.
 */
export function migrate(
  database: Database.Database,
  migrations: readonly Migration[] = readMigrations(),
): void {
  const current = userVersion(database)
  if (current > migrations.length) {
    throw new StoreError(
      'newer',
      `${database.name}: its tables have version ${current}, this program knows ${migrations.length}; it was written by a newer program`,
    )
  }
  // For migrations that write addresses again in the form in which they are compared.
  database.function('folded_address', { deterministic: true }, address => foldedAddress(String(address)))
  database.function('search_term', { deterministic: true }, (kind, value) =>
    searchTerm(kind as TermKind, String(value ?? '')),
  )
  const steps = migrations
    .slice(current)
    .map(migration => database.transaction(() => apply(database, migration)))
  if (current === 0) atOnce(database, steps)
  else for (const step of steps) step.immediate()
}

function apply(database: Database.Database, migration: Migration): void {
  // Another process may have been faster while this one waited for the lock.
  if (userVersion(database) >= migration.version) return
  database.exec(migration.sql)
  database.pragma(`user_version = ${migration.version}`)
}

/** With one commit, for which the disk is waited for once. What was there before a step that fails stays, as between commits. */
function atOnce(database: Database.Database, steps: readonly (() => void)[]): void {
  let failed: { readonly cause: unknown } | undefined
  const all = () => {
    try {
      for (const step of steps) step()
    } catch (cause) {
      failed = { cause }
    }
  }
  database.transaction(all).immediate()
  if (failed !== undefined) throw failed.cause
}

function userVersion(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}

function readMigrations(): Migration[] {
  return migrationFiles().map((name, index) => ({
    version: index + 1,
    sql: readFileSync(new URL(name, folder), 'utf8'),
  }))
}

function migrationFiles(): string[] {
  const names = readdirSync(folder)
    .filter(name => /^\d{4}_.*\.sql$/.test(name))
    .sort()
  names.forEach((name, index) => {
    if (Number(name.slice(0, 4)) === index + 1) return
    throw new StoreError('internal', `migrations/${name}: expected number ${index + 1} at this place`)
  })
  return names
}
