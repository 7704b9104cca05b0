/** The message that belongs to a delivery: as received, or as its list has revised it; from memory or from the store. */

import type { StoredDelivery } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import type { MessageCache, OutgoingMessage } from './message-cache.ts'
import { outgoingMessage } from './outgoing.ts'

export interface OutgoingSource {
  readonly cache: MessageCache
  readonly store: Pick<Store, 'message' | 'postOctets'>
}

/** Undefined when the octets are gone. */
export async function outgoingOf(
  { queueId, postId }: Pick<StoredDelivery, 'queueId' | 'postId'>,
  { cache, store }: OutgoingSource,
): Promise<OutgoingMessage | undefined> {
  const key = cacheKey({ queueId, postId })
  const held = cache.get(key)
  if (held !== undefined) return held
  const stored = await store.message(queueId)
  const octets = postId === null ? stored?.octets : await store.postOctets(postId)
  if (stored === undefined || octets == null) return undefined
  // A post is stored without what was left out on admission.
  const removed = postId === null ? stored.removed : []
  const admission = postId === null ? stored.record.admission : null
  const outgoing = outgoingMessage({ ...stored, octets, removed, admission })
  cache.put(key, outgoing)
  return outgoing
}

/** Queue ids hold no space. */
export function cacheKey({ queueId, postId }: Pick<StoredDelivery, 'queueId' | 'postId'>): string {
  return postId === null ? queueId : `${queueId} ${postId}`
}
