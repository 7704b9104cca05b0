/**
 * The path of a post: accepted -> revised once -> copies signed and planned -> queue. Each step is done once its result is in
 * the store, so that the path is taken up again wherever a crash has cut it off.
 */
import { readMessage } from '../../message/message.ts'
import type { Revision } from '../../revise/revision.ts'
import type { StoredPost } from '../../store/post-records.ts'
import { withoutFields } from '../outgoing.ts'
import { distributePost } from './distribute-post.ts'
import type { PostDependencies } from './post-dependencies.ts'
import type { OriginalPost } from './revise-stored-post.ts'
import { reviseStoredPost } from './revise-stored-post.ts'
import { storedRevision } from './stored-revision.ts'

/** Takes up every open post of a message, one after the other: their copies are numbered together. */
export async function takeUpPosts(queueId: string, dependencies: PostDependencies): Promise<void> {
  for (let done = 0; !dependencies.isStopping(); ) {
    // Asked for each time: the one before has given numbers away.
    const posts = await dependencies.store.postsOf(queueId)
    const next = posts.find(
      post => post.id > done && (post.state === 'accepted' || post.state === 'expanding'),
    )
    if (next === undefined) return
    await takeUp(next, dependencies)
    done = next.id
  }
}

async function takeUp(post: StoredPost, dependencies: PostDependencies): Promise<void> {
  const log = dependencies.log.child({ queueId: post.queueId, list: post.listAddress, post: post.id })
  const list = dependencies.list(post.listId)
  const original = await originalOf(post, dependencies)
  if (list === undefined || original === undefined) {
    const reason = list === undefined ? 'the list was deleted' : 'the message is no longer in the store'
    await dependencies.store.endPost(post.id, { state: 'rejected', reason, at: dependencies.clock() })
    log.error({ reason }, 'post not distributed')
    return
  }
  const revised =
    post.state === 'accepted'
      ? await reviseStoredPost(post, original, list, dependencies, log)
      : { post, revision: await revisionOf(post, dependencies) }
  if (revised !== undefined)
    await distributePost(revised.post, original, revised.revision, list, dependencies, log)
}

async function originalOf(
  post: StoredPost,
  dependencies: PostDependencies,
): Promise<OriginalPost | undefined> {
  const stored = await dependencies.store.message(post.queueId)
  const record = stored?.record.admission
  if (stored?.octets == null || record == null) return undefined
  const message = withoutFields(readMessage(stored.octets), stored.removed)
  return { message, prepend: stored.prepend, reversePath: stored.envelope.reversePath, record }
}

/** As it was made before a crash. */
async function revisionOf(post: StoredPost, dependencies: PostDependencies): Promise<Revision> {
  const octets = await dependencies.store.postOctets(post.id)
  if (octets === undefined || post.revision === null) throw new Error(`post ${post.id} is not in the store`)
  return storedRevision(post.revision, octets)
}
