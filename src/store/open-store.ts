/** Opening a store. What keeps the data is chosen here and nowhere else: to everybody else it is a `Store`. */
import type { Access, StoreSettings } from './settings.ts'
import { openDirectStore } from './sqlite/direct-store.ts'
import { openThreadedStore } from './sqlite/threaded-store.ts'
import type { Store } from './store.ts'

/** Opens the store of a relay, and makes it or brings it up to date. Rejects with a StoreError. */
export function openStore(settings: StoreSettings): Promise<Store> {
  return openThreadedStore(settings)
}

/**
 * Opens a store for a command, beside a relay that may be running on it. With `read` every change is refused; with `change` it
 * is made if there is none yet. Rejects with a StoreError: `missing` if there is none, `not-a-store` if it is something else,
 * `older` or `newer` if its tables are of another version.
 */
export function openStoreBeside(file: string, access: Access): Promise<Store> {
  return openDirectStore(file, access)
}
