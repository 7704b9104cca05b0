/**
 * Moves a whole store to another engine or place: table by table and page by page, each page in one transaction with a note how far the
 * copy has come, so that it goes on where it was broken off. At the end both are read once more and compared, by the number of rows
 * and by a hash of them.
 */
import { createHash } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import {
  type CopiedKey,
  type CopiedRow,
  type CopiedTable,
  type CopiedValue,
  type CopySide,
  type CopyTarget,
  copiedTables,
  uncopiedColumns,
} from './copy-tables.ts'
import { openPostgresSide } from './postgres/copy-side.ts'
import type { StorePlace } from './settings.ts'
import { openSqliteSide } from './sqlite/copy-side.ts'
import { StoreError } from './store-error.ts'

/** What became of a table. */
export interface CopiedCount {
  readonly table: string
  readonly rows: number
  /** SHA-256 of all rows in the order of their key, as hex. */
  readonly hash: string
}

export interface CopyReport {
  readonly from: string
  readonly to: string
  /** It had been broken off before. */
  readonly isResumed: boolean
  readonly tables: readonly CopiedCount[]
}

export type TellProgress = (step: 'copying' | 'comparing', table: string, rows: number) => void

/**
 * Copies one store into another, which is made if there is none.
 *
 * @throws StoreError `in-use` while a relay runs on one of them; `conflict` where both are the same, the target holds something else, or
 *   the two differ at the end
 */
export async function copyStore(from: StorePlace, to: StorePlace, tell: TellProgress): Promise<CopyReport> {
  if (whereOf(from) === whereOf(to))
    throw new StoreError('conflict', 'both sides of the copy are the same database')
  await using closing = new AsyncDisposableStack()
  const source = await openSide(from, 'source')
  closing.defer(() => source.close())
  const target = await openSide(to, 'target')
  closing.defer(() => target.close())
  const isResumed = await copyAll(source, target, tell)
  const tables: CopiedCount[] = []
  for (const table of copiedTables) tables.push(await compare(table, source, target, tell))
  await target.finish()
  return { from: source.name, to: target.name, isResumed, tables }
}

/** The same for every name of a file. */
function whereOf(place: StorePlace): string {
  if (typeof place !== 'string') return place.url
  return existsSync(place) ? realpathSync(place) : place
}

function openSide(place: StorePlace, role: 'source' | 'target'): Promise<CopyTarget> {
  return typeof place === 'string' ? openSqliteSide(place, role) : openPostgresSide(place, role)
}

async function copyAll(source: CopySide, target: CopyTarget, tell: TellProgress): Promise<boolean> {
  const before = await target.progress()
  if (before === null && !(await target.isEmpty()))
    throw new StoreError(
      'conflict',
      `${target.name}: expected an empty store, found one with messages or lists`,
    )
  if (before !== null && before.source !== source.name)
    throw new StoreError(
      'conflict',
      `${target.name}: holds a part of ${before.source}, not of ${source.name}`,
    )
  const first = copiedTables.findIndex(({ name }) => name === before?.table)
  for (const table of copiedTables.slice(Math.max(first, 0))) {
    const after = table.name === before?.table ? before.after : null
    await copyTable(table, after, { source, target, tell })
  }
  return before !== null
}

async function copyTable(
  table: CopiedTable,
  from: CopiedKey | null,
  { source, target, tell }: { source: CopySide; target: CopyTarget; tell: TellProgress },
): Promise<void> {
  let copied = 0
  let after = from
  for (;;) {
    const rows = await source.rows(table, after)
    after = keyOf(table, rows) ?? after
    await target.write(table, rows, { source: source.name, table: table.name, after })
    copied += rows.length
    tell('copying', table.name, copied)
    if (rows.length === 0) break
  }
  if (table.isNumbered) await target.setHighestNumber(table, await source.highestNumber(table))
}

function keyOf({ key }: CopiedTable, rows: readonly CopiedRow[]): CopiedKey | undefined {
  const last = rows.at(-1)
  return last && key.map(column => last[column] as string | number)
}

async function compare(
  table: CopiedTable,
  source: CopySide,
  target: CopySide,
  tell: TellProgress,
): Promise<CopiedCount> {
  const [one, other] = [await count(table, source), await count(table, target)]
  tell('comparing', table.name, one.rows)
  if (one.rows === other.rows && one.hash === other.hash) return one
  throw new StoreError(
    'conflict',
    `${table.name}: ${source.name} has ${one.rows} rows, ${target.name} has ${other.rows}, and they are not the same`,
  )
}

async function count(table: CopiedTable, side: CopySide): Promise<CopiedCount> {
  const hash = createHash('sha256')
  let rows = 0
  let after: CopiedKey | null = null
  for (;;) {
    const page: CopiedRow[] = await side.rows(table, after)
    for (const row of page) hash.update(`${canonical(row)}\n`)
    rows += page.length
    const last = keyOf(table, page)
    if (last === undefined) return { table: table.name, rows, hash: hash.digest('hex') }
    after = last
  }
}

/** The same text for the same row, whatever the order of its columns. */
function canonical(row: CopiedRow): string {
  const columns = Object.keys(row).filter(name => !uncopiedColumns.includes(name))
  return JSON.stringify(columns.sort().map(name => [name, canonicalValue(row[name] ?? null)]))
}

function canonicalValue(value: CopiedValue): unknown {
  return Buffer.isBuffer(value) ? { octets: createHash('sha256').update(value).digest('hex') } : value
}
