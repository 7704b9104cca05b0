/** What stays open when the configuration is changed: the store, and the numbers that messages get. */
import type { RelayConfig } from '../config/schema.ts'
import { makeFolder } from '../files/make-folder.ts'
import { Meters } from '../metrics/meters.ts'
import type { QueueIds } from '../store/queue-ids.ts'
import { queueIds } from '../store/queue-ids.ts'
import { ObjectTurns } from './batch/object-turns.ts'
import type { SharedStore } from './open-shared-store.ts'
import { openSharedStore } from './open-shared-store.ts'
import type { RelayDependencies } from './relay-dependencies.ts'

export interface Lasting extends Omit<SharedStore, 'relay'> {
  readonly queueIds: QueueIds
  /** What is counted, by whatever configuration. */
  readonly meters: Meters
  /** Whose Batch SMTP object is being read. */
  readonly objectTurns: ObjectTurns
  /** Closes the store, and what depends on it. */
  close(): Promise<void>
}

/** @throws StoreError or an error of the file system; nothing is left open then */
export async function openLasting(config: RelayConfig, dependencies: RelayDependencies): Promise<Lasting> {
  await makeFolder(config.dataDirectory)
  const closing = new AsyncDisposableStack()
  try {
    const { relay, ...shared } = await openSharedStore(config, dependencies, closing)
    const last = await shared.store.lastQueueId()
    return {
      ...shared,
      queueIds: queueIds({ clock: () => dependencies.clock(), last, ...relay }),
      meters: new Meters(),
      objectTurns: new ObjectTurns(),
      close: () => closing.disposeAsync(),
    }
  } catch (error) {
    await closing.disposeAsync()
    throw error
  }
}
