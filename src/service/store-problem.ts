/** Whether the store answers: nothing is accepted where it does not. */
import type { Store } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'

/** Its word for why it does not; undefined: it does. Never rejects. */
export async function storeProblem(store: Pick<Store, 'listsVersion'>): Promise<string | undefined> {
  try {
    await store.listsVersion()
    return undefined
  } catch (error) {
    return error instanceof StoreError ? error.code : 'internal'
  }
}
