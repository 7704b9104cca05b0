/** The store of a relay: its requests go to a thread of their own, so that no fsync ever holds up the event loop. */
import type { StoreSettings } from '../settings.ts'
import type { Store } from '../store.ts'
import { methodsBy } from './requests.ts'
import { StoreThread } from './store-thread.ts'

/** Opens the database, makes or migrates its tables and starts the thread. Rejects with a StoreError. */
export async function openThreadedStore({ onDeath, onDamage, ...settings }: StoreSettings): Promise<Store> {
  const thread = await StoreThread.start(settings, onDeath ?? (() => {}), onDamage)
  return {
    ...methodsBy((name, parameters) => thread.ask(name, parameters)),
    statistics: thread.statistics,
    relay: thread.relay,
    isAfterCrash: thread.isAfterCrash,
    close: () => thread.close(),
  }
}
