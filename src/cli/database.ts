/** The database of a relay, which may be running at the same time. */
import { existsSync } from 'node:fs'
import { storePlace } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import type { RelayConfig } from '../config/schema.ts'
import { makeFolder } from '../files/make-folder.ts'
import { openStoreBeside } from '../store/open-store.ts'
import type { Access } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import { UsageError } from './terminal.ts'

/**
 * Opens the database that a configuration names for as long as `use` takes. To change it, it is made if there is none yet; a
 * running relay notices a change within a second.
 *
 * @throws UsageError when there is none to read
 */
export async function withStore<T>(
  configFile: string,
  access: Access,
  use: (store: Store, config: RelayConfig) => Promise<T>,
): Promise<T> {
  const config = await loadConfig(configFile)
  const store = await openConfiguredStore(config, access)
  try {
    return await use(store, config)
  } finally {
    await store.close()
  }
}

/** The same, for the caller to close. */
export async function openConfiguredStore(config: RelayConfig, access: Access): Promise<Store> {
  const place = storePlace(config)
  if (typeof place === 'string') {
    if (access === 'change') await makeFolder(config.dataDirectory)
    else if (!existsSync(place))
      throw new UsageError(`${place}: no database yet; the relay makes it at its first start`)
  }
  return openStoreBeside(place, access)
}
