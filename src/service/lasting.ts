/** What stays open when the configuration is changed: the store, and the numbers that messages get. */
import { databaseFile } from '../config/folders.ts'
import type { RelayConfig } from '../config/schema.ts'
import { makeFolder } from '../files/make-folder.ts'
import { Meters } from '../metrics/meters.ts'
import { openStore } from '../store/open-store.ts'
import type { QueueIds } from '../store/queue-ids.ts'
import { queueIds } from '../store/queue-ids.ts'
import type { Store } from '../store/store.ts'
import { ObjectTurns } from './batch/object-turns.ts'
import type { RelayDependencies } from './relay-dependencies.ts'

export interface Lasting {
  readonly store: Store
  /** Resolves if the store dies: nothing can be accepted or recorded any more. */
  readonly died: Promise<Error>
  readonly queueIds: QueueIds
  /** What is counted, by whatever configuration. */
  readonly meters: Meters
  /** Whose Batch SMTP object is being read. */
  readonly objectTurns: ObjectTurns
}

/** @throws StoreError or an error of the file system; nothing is left open then */
export async function openLasting(config: RelayConfig, dependencies: RelayDependencies): Promise<Lasting> {
  await makeFolder(config.dataDirectory)
  const died = Promise.withResolvers<Error>()
  const store = await openStore({
    file: databaseFile(config),
    commitDelayMilliseconds: config.store.commitDelayMilliseconds,
    onDeath: error => died.resolve(error),
    onDamage: error =>
      dependencies.log.error({ error }, 'the database is damaged: no mail is accepted or sent'),
  })
  try {
    const last = await store.lastQueueId()
    const ids = queueIds({ clock: () => dependencies.clock(), last })
    return { store, died: died.promise, queueIds: ids, meters: new Meters(), objectTurns: new ObjectTurns() }
  } catch (error) {
    await store.close()
    throw error
  }
}
