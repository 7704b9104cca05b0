/** Opening a store. What keeps the data is chosen here and nowhere else: to everybody else it is a `Store`. */
import type { PostgresSettings } from './postgres/connection-settings.ts'
import { loneRelay } from './relay-records.ts'
import type { Access, StorePlace, StoreSettings } from './settings.ts'
import { copyDatabase, inspectDatabase } from './sqlite/copy-database.ts'
import { openDirectStore } from './sqlite/direct-store.ts'
import { claim } from './sqlite/owner.ts'
import { openThreadedStore } from './sqlite/threaded-store.ts'
import type { Store } from './store.ts'

/** Opens the store of a relay, and makes it or brings it up to date. Rejects with a StoreError. */
export function openStore(settings: StoreSettings): Promise<Store> {
  const { postgres } = settings
  return postgres === undefined ? openThreadedStore(settings) : openOnServer(settings, postgres)
}

/** Of the relays of this folder one of each name runs at a time; it holds a lock as long as it lives. */
async function openOnServer(
  { file, relay = loneRelay }: StoreSettings,
  postgres: PostgresSettings,
): Promise<Store> {
  const release = claim(file, relay.name)
  try {
    const { openPostgresStore } = await postgresEngine()
    const store = await openPostgresStore(postgres, relay)
    return { ...store, close: () => store.close().finally(release) }
  } catch (error) {
    release()
    throw error
  }
}

/**
 * Opens a store for a command, beside a relay that may be running on it. With `read` every change is refused; with `change` it
 * is made if there is none yet. Rejects with a StoreError: `missing` if there is none, `not-a-store` if it is something else,
 * `older` or `newer` if its tables are of another version.
 */
export async function openStoreBeside(place: StorePlace, access: Access): Promise<Store> {
  if (typeof place === 'string') return openDirectStore(place, access)
  return (await postgresEngine()).openPostgresStoreBeside(place, access)
}

/** Loaded where it is wanted: without it commands start faster. */
function postgresEngine() {
  return import('./postgres/postgres-store.ts')
}

/** Copies a store whole while a relay works on it, to a file that is not there yet. Rejects with a StoreError. */
export function copyStore(file: string, to: string): Promise<void> {
  return copyDatabase(file, to)
}

/** Opens a copy and reads all of it; the version of its tables. Rejects with a StoreError if it is damaged, foreign or `newer`. */
export function inspectCopy(file: string): Promise<number> {
  return inspectDatabase(file)
}

/**
 * Keeps relays from starting on a store until what it answers is called, so that its file can be replaced. Throws a StoreError:
 * `in-use` if one is running.
 */
export function keepRelaysOut(file: string): () => void {
  return claim(file)
}
