/** Mailing lists: their addresses and settings. */

import type { NewList } from '../list-records.ts'
import type { Connection } from './database.ts'

/** A list as selected. */
export interface ListRow {
  readonly id: number
  readonly address: string
  readonly settings: string
  readonly createdAt: number
}

/** A new list, ready for the statement. */
export type ListInsert = Omit<ListRow, 'id'>

/** Turns a new list into parameters. */
export function listInsert({ address, settings, createdAt }: NewList): ListInsert {
  return { address, settings: JSON.stringify(settings), createdAt }
}

const selectList = 'SELECT id, address, settings, created_at AS createdAt FROM lists'

/** See `Store.listsVersion`. */
export function listsVersion(connection: Connection): number {
  return connection.statement('SELECT version FROM list_changes').pluck().get() as number
}

/** Every list, by address. */
export function lists(connection: Connection): ListRow[] {
  return connection.statement(`${selectList} ORDER BY address`).all() as ListRow[]
}

/** One list, by its comparable address. */
export function list(connection: Connection, address: string): ListRow | undefined {
  return connection.statement(`${selectList} WHERE address = ?`).get(address) as ListRow | undefined
}

/** Inserts a list and answers its id. */
export function createList(connection: Connection, row: ListInsert): number {
  const { lastInsertRowid } = connection
    .statement('INSERT INTO lists (address, settings, created_at) VALUES (@address, @settings, @createdAt)')
    .run(row)
  return Number(lastInsertRowid)
}

/** Replaces the settings; false if there is no such list, or lists have changed since that version. */
export function changeList(
  connection: Connection,
  listId: number,
  settings: string,
  seenVersion: number | null,
): boolean {
  const { changes } = connection
    .statement(
      `UPDATE lists SET settings = @settings WHERE id = @listId
         AND (@seenVersion IS NULL OR @seenVersion = (SELECT version FROM list_changes))`,
    )
    .run({ listId, settings, seenVersion })
  return changes > 0
}

/** Removes a list with its subscribers; false if there is no such list. */
export function deleteList(connection: Connection, listId: number): boolean {
  return connection.statement('DELETE FROM lists WHERE id = ?').run(listId).changes > 0
}
