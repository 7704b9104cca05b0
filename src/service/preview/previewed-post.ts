/** What a list would make of a message, and the copies for its first subscribers. */
import { messageChunks } from '../../message/message.ts'
import type { Revision } from '../../revise/revision.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { OutgoingMessage } from '../message-cache.ts'
import { copiesFor } from '../posts/copies-of-post.ts'
import { copyDependencies } from '../posts/post-dependencies.ts'
import type { OriginalPost } from '../posts/revise-stored-post.ts'
import { reviseStoredPost } from '../posts/revise-stored-post.ts'
import { PostSigner } from '../posts/sign-post-copies.ts'
import type { PreviewDependencies } from './preview-dependencies.ts'
import type { PreviewedCopy } from './previewed-copy.ts'
import { previewCopy } from './previewed-copy.ts'

export interface PreviewedPost {
  readonly list: string
  readonly recipient: string
  readonly state: StoredPost['state']
  /** Why it is held or rejected; of an accepted one, what was left out of the revision. */
  readonly reason: string | null
  /** Undefined where it goes to nobody, for now or at all. */
  readonly revised?: {
    readonly revision: Revision
    /** Who would get a copy. */
    readonly subscribers: number
    readonly copies: readonly PreviewedCopy[]
  }
}

export interface PostSource extends OriginalPost {
  readonly tlsRequired: OutgoingMessage['tlsRequired']
}

/** @param maxCopies how many copies are made */
export async function previewPost(
  post: StoredPost,
  source: PostSource,
  dependencies: PreviewDependencies,
  maxCopies: number,
): Promise<PreviewedPost> {
  const { listAddress, recipient, state, reason } = post
  const found = { list: listAddress, recipient, state, reason }
  const list = dependencies.lists.table.list(post.listId)
  if (state !== 'accepted' || list === undefined) return found
  const { store, resolver, config } = dependencies
  const revising = { store, resolver, hasOwnLinks: config.http !== undefined }
  const revised = await reviseStoredPost(post, source, list, revising, dependencies.log)
  if (revised === undefined) return found
  const { revision } = revised
  const subscribers =
    (await dependencies.stored?.subscribers({ listId: list.id, state: 'active', limit: maxCopies })) ?? []
  const copies = copiesFor(subscribers, post, list, post.nextOrdinal, copyDependencies(dependencies))
  const { message: received, tlsRequired, ...arrived } = source
  const { record, prepend } = arrived
  const signed = { ...arrived, postId: post.id, received, shared: revision }
  const signer = new PostSigner(signed, copyDependencies(dependencies))
  const { deliveries, withoutHop } = await signer.sign(copies, copyDependencies(dependencies))
  const content = Buffer.concat([prepend, ...messageChunks(revision.message)])
  const made: PreviewedCopy[] = []
  for (const delivery of deliveries)
    made.push(await previewCopy(delivery, { content, record, withoutHop, tlsRequired }, dependencies))
  return {
    ...found,
    reason: revised.post.reason,
    revised: {
      revision,
      subscribers: (await dependencies.stored?.subscriberCounts(list.id))?.active ?? 0,
      copies: made,
    },
  }
}
