/** The statements of a copy (copy-store.ts), in words that both engines take. */
import { type CopiedKey, type CopiedRow, type CopiedTable, uncopiedColumns } from '../copy-tables.ts'

/** Rows in one step. */
const rowsAtOnceByDefault = 500

/** Asks for a page of a table: the statement, and the parameters in their places. */
export function page(
  { name, key, rowsAtOnce = rowsAtOnceByDefault }: CopiedTable,
  after: CopiedKey | null,
): { readonly sql: string; readonly parameters: readonly (string | number)[] } {
  const columns = key.join(', ')
  const behind = after === null ? '' : `WHERE (${columns}) > (${key.map(() => '?').join(', ')})`
  const sql = `SELECT * FROM ${name} ${behind} ORDER BY ${columns} LIMIT ?`
  return { sql, parameters: [...(after ?? []), rowsAtOnce] }
}

/** What is copied of a row. */
export function copiedValues(row: CopiedRow): CopiedRow {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !uncopiedColumns.includes(column)))
}

/** Puts a row into a table; its values are the parameters. */
export function insertion({ name }: CopiedTable, values: CopiedRow): string {
  const columns = Object.keys(values)
  return `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(column => `@${column}`).join(', ')})`
}

/** The same in the place of a row of the same key: a new database has some from the start. */
export function replacement(table: CopiedTable, values: CopiedRow): string {
  const assignments = Object.keys(values).map(column => `${column} = excluded.${column}`)
  return `${insertion(table, values)} ON CONFLICT (${table.key.join(', ')}) DO UPDATE SET ${assignments.join(', ')}`
}

/** Notes how far the copy has come, as JSON. */
export const noteProgress = `INSERT INTO copy_progress (only_row, progress) VALUES (1, ?)
  ON CONFLICT (only_row) DO UPDATE SET progress = excluded.progress`
