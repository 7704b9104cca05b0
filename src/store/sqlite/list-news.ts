/** What the owners of lists have still to be told. */

import type { ListNews, ListRemark, StoredListNews, ToldNews, UntoldNews } from '../list-records.ts'
import type { Connection } from './database.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spoolNotice } from './messages.ts'

/** Notes something that the owners of a list are to be told. */
export function addListNews(connection: Connection, listId: number, news: ListNews): void {
  connection
    .statement(
      `INSERT INTO list_news (list_id, at, kind, address, reason) VALUES (@listId, @at, @kind, @address, @reason)`,
    )
    .run({ listId, ...news })
}

/** Of these a list has no more, whoever sends what: beyond it only those are counted that are there already. */
const maxRemarks = 1_000

/** Notes a remark, or counts it with the one that says the same of the same host or subscriber. A list that is gone has none. */
export function addListRemark(connection: Connection, { listId, news }: ListRemark): void {
  const { changes } = connection
    .statement(
      `UPDATE list_news SET count = count + 1
       WHERE list_id = @listId AND kind = @kind AND address = @address AND kind IN ('refused', 'unread')`,
    )
    .run({ listId, kind: news.kind, address: news.address })
  if (changes > 0) return
  connection
    .statement(
      `INSERT INTO list_news (list_id, at, kind, address, reason)
       SELECT id, @at, @kind, @address, @reason FROM lists WHERE id = @listId
         AND (SELECT count(*) FROM list_news WHERE list_id = @listId AND kind = @kind) < @maxRemarks`,
    )
    .run({ listId, ...news, maxRemarks })
}

/** Lists whose owners have not been told everything. */
export function untoldNews(connection: Connection): UntoldNews[] {
  return connection
    .statement(
      `SELECT n.list_id AS listId, count(*) AS count, t.told_at AS toldAt
       FROM list_news n LEFT JOIN list_news_told t ON t.list_id = n.list_id GROUP BY n.list_id, t.told_at`,
    )
    .all() as UntoldNews[]
}

/** What the owners of a list have not been told, the oldest first. */
export function listNews(connection: Connection, listId: number, limit: number): StoredListNews[] {
  return connection
    .statement(
      'SELECT id, at, kind, address, reason, count FROM list_news WHERE list_id = ? ORDER BY id LIMIT ?',
    )
    .all(listId, limit) as StoredListNews[]
}

/** What was counted after it was read stays, to be told another time. */
function forget(connection: Connection, listId: number, id: number, count: number): void {
  const left = connection
    .statement(
      'UPDATE list_news SET count = count - @count WHERE list_id = @listId AND id = @id AND count > @count',
    )
    .run({ listId, id, count }).changes
  if (left === 0) connection.statement('DELETE FROM list_news WHERE list_id = ? AND id = ?').run(listId, id)
}

/** Spools what the owners are told and forgets the news; the ids of its deliveries. */
export function spoolNews(
  connection: Connection,
  { listId, news, at }: ToldNews,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  for (const { id, count } of news) forget(connection, listId, id, count)
  connection
    .statement(
      `INSERT INTO list_news_told (list_id, told_at) VALUES (?, ?)
       ON CONFLICT (list_id) DO UPDATE SET told_at = excluded.told_at`,
    )
    .run(listId, at)
  return spoolNotice(connection, message, deliveries)
}
