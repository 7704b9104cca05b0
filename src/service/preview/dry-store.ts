/**
 * A store for a preview: it answers what the database of the relay would, read-only, and keeps nothing of what it is told. Where there is
 * no database yet, nothing is known.
 */

import { plannedDelivery } from '../../store/planned-delivery.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { NewDelivery, StoredDelivery } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import type { RevisingDependencies } from '../posts/revise-stored-post.ts'

export type DryStore = JudgingDependencies['store'] & RevisingDependencies['store']

/** As the store words it when it rejects a post. */
const duplicatePost = 'the list has had a post of this Message-ID'

/** @param stored undefined: there is no database yet */
export function dryStore(stored: Store | undefined): DryStore {
  return {
    subscriber: async (listId, addressKey) => stored?.subscriber(listId, addressKey),
    listRequest: async key => stored?.listRequest(key),
    post: async postId => stored?.post(postId),
    delivery: async (queueId, ordinal) => stored?.delivery(queueId, ordinal),
    spool: async () => undefined,
    spoolOnce: async (_message, once) => (await stored?.takenBefore(once)) ?? [],
    spoolRequest: async () => undefined,
    spoolSubmitted: async () => 'stored',
    plan: async (queueId, deliveries) => planned(queueId, deliveries),
    planPosts: async (queueId, deliveries, posts) => ({
      deliveries: planned(queueId, deliveries),
      posts: await Promise.all(
        posts.map(async ({ messageIdHash, ...post }, at): Promise<StoredPost> => {
          const isKnown = messageIdHash !== null && (await stored?.hasMessageId(post.listId, messageIdHash))
          const found = isKnown === true ? { state: 'rejected' as const, reason: duplicatePost } : {}
          return { ...unplannedPost, ...post, ...found, id: at + 1, queueId }
        }),
      ),
    }),
    revisePost: async ({ postId, reason }) => ({ ...revisedPost, id: postId, reason }),
  }
}

function planned(queueId: string, deliveries: readonly NewDelivery[]): StoredDelivery[] {
  return deliveries.map((delivery, at) => plannedDelivery(queueId, at + 1, delivery))
}

const unplannedPost = {
  finishedAt: null,
  revision: null,
  cursor: 0,
  until: 0,
  copies: 0,
  ownerToldAt: null,
  nextOrdinal: 0,
} as const

/** What revising answers is read for its reason alone. */
const revisedPost = {
  ...unplannedPost,
  queueId: '',
  listId: 0,
  listAddress: '',
  recipient: '',
  state: 'expanding',
  createdAt: 0,
} as const
