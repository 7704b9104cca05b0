/** Messages that came in Batch SMTP objects and may come again, because their answer was lost. */
import type { BatchMessage } from '../batch-records.ts'
import type { Connection } from './database.ts'

export function batchMessage(connection: Connection, key: string): BatchMessage | undefined {
  const row = connection
    .statement('SELECT queue_id AS queueId, is_taken AS taken FROM batch_messages WHERE message_key = ?')
    .get(key) as { readonly queueId: string; readonly taken: 0 | 1 } | undefined
  return row === undefined ? undefined : { queueId: row.queueId, isTaken: row.taken === 1 }
}

/** A message is about to be judged as this queue id; beyond so many the oldest are forgotten. */
export function noteBatchMessage(
  connection: Connection,
  key: string,
  queueId: string,
  remembered: number,
): void {
  connection.statement('DELETE FROM batch_messages WHERE message_key = ?').run(key)
  const { lastInsertRowid } = connection
    .statement('INSERT INTO batch_messages (message_key, queue_id) VALUES (?, ?)')
    .run(key, queueId)
  connection.statement('DELETE FROM batch_messages WHERE id <= ?').run(Number(lastInsertRowid) - remembered)
}

export function takeBatchMessage(connection: Connection, key: string): void {
  connection.statement('UPDATE batch_messages SET is_taken = 1 WHERE message_key = ?').run(key)
}
