/** The entries of the table of requests (requests.ts) about what was taken before: copies, and messages of objects that are posted again. */
import * as batch from './batch-messages.ts'
import { change, encodedChange, question, type Table } from './entry.ts'
import { spoolOnce, takenBefore } from './message-identities.ts'
import { messageRow } from './planned.ts'

export const takenOnceEntries = {
  takenBefore: question(takenBefore),
  spoolOnce: encodedChange(spoolOnce, (blobs, message, once) => [messageRow(blobs, message), once]),
  batchMessage: question(batch.batchMessage),
  noteBatchMessage: change(batch.noteBatchMessage),
  takeBatchMessage: change(batch.takeBatchMessage),
} satisfies Partial<Table>
