/** Work that relays which share a store do once for all of them. */
import type { Store } from '../store/store.ts'

/** Does it where this relay does that job, or nobody does so far. */
export async function forAllRelays(
  store: Pick<Store, 'claimJob'>,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  if (await store.claimJob(name)) await work()
}
