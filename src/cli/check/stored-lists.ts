/** The lists and aliases of a relay that may not run, for `check`. */
import { existsSync } from 'node:fs'
import { storePlace } from '../../config/folders.ts'
import type { RelayConfig } from '../../config/schema.ts'
import type { ListTable } from '../../lists/list-table.ts'
import { listTable } from '../../lists/list-table.ts'
import { listsIn } from '../../service/lists/stored-table.ts'
import { openStoreBeside } from '../../store/open-store.ts'
import type { Store } from '../../store/store.ts'
import { StoreError } from '../../store/store-error.ts'

/** No lists before the first start, which makes the database or brings it up to date. */
export function listsOf(config: RelayConfig): Promise<ListTable> {
  return readStored(config, listsIn, listTable([]))
}

/** What a question about the database of a relay answers; `otherwise` before the first start. */
export async function readStored<T>(
  config: RelayConfig,
  ask: (store: Store) => Promise<T>,
  otherwise: T,
): Promise<T> {
  const place = storePlace(config)
  if (typeof place === 'string' && !existsSync(place)) return otherwise
  try {
    const store = await openStoreBeside(place, 'read')
    return await ask(store).finally(() => store.close())
  } catch (error) {
    if (error instanceof StoreError && ['older', 'missing', 'open-to-others'].includes(error.code))
      return otherwise
    throw error
  }
}
