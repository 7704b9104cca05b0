/**
 * The store of a command: a connection of its own in this thread, which is there sooner than another thread. Each change is one
 * transaction; it waits while a relay beside it writes, and the relay waits for it, so that none of them may take long.
 */
import type { Access } from '../settings.ts'
import type { Store } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { openDatabaseForReading, openDatabaseForWriting, type SqliteConnection } from './database.ts'
import { toStoreError } from './driver-error.ts'
import type { RequestName } from './entry.ts'
import { methodsBy, requestOf } from './requests.ts'

/**
 * Opens the database. Rejects with a StoreError: `missing` if there is no such file, or with `change`, which makes it, no such
 * folder; `not-a-store` if it is not a database of the relay, `older` or `newer` if its tables are of another version.
 */
export async function openDirectStore(file: string, access: Access): Promise<Store> {
  const connection = access === 'read' ? openDatabaseForReading(file) : openDatabaseForWriting(file)
  const statistics = { requests: 0, commits: 0 }
  return {
    ...methodsBy(async (name, parameters) => {
      statistics.requests += 1
      const answer = answerNow(connection, name, parameters)
      if (requestOf(name).isChange) statistics.commits += 1
      return answer
    }),
    statistics,
    relay: null,
    isAfterCrash: false,
    close: async () => void connection.database.close(),
  }
}

/** Does what is asked, at once. Throws a StoreError. */
export function answerNow(
  connection: SqliteConnection,
  name: RequestName,
  parameters: readonly unknown[],
): unknown {
  if (!connection.database.open) throw new StoreError('closed', 'the store is closed')
  const { isChange, encode, perform, decode } = requestOf(name)
  if (isChange && connection.database.readonly)
    throw new StoreError('read-only', 'the store is open for reading only')
  const rows = encode === undefined ? parameters : encode([], ...parameters)
  const answer = inTransaction(connection, isChange, () => perform(connection, ...rows))
  return decode === undefined ? answer : decode(answer, ...parameters)
}

function inTransaction({ database }: SqliteConnection, isChange: boolean, work: () => unknown): unknown {
  try {
    return isChange && !database.inTransaction ? database.transaction(work).immediate() : work()
  } catch (error) {
    throw toStoreError(error)
  }
}
