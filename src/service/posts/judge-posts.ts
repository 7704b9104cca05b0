/** The lists that a message leads to, judged: posts to be recorded with the plan of the message, and refusals as failed copies. */
import { hash } from 'node:crypto'
import type { NewPost } from '../../store/post-records.ts'
import type { Store } from '../../store/store.ts'
import type { Forwarding, ListPost } from '../forward/expand-envelope.ts'
import type { CandidatePost } from './judge-post.ts'
import { judgePost } from './judge-post.ts'
import { messageIdOf } from './post-rules.ts'

export interface JudgedPosts {
  readonly posts: readonly NewPost[]
  /** One for each list that does not take the message: the sender hears of it as of a copy that failed. */
  readonly refusals: readonly Forwarding[]
}

/**
 * Judges a message for each of its lists.
 *
 * @param firstOrdinal number of the first refusal among the deliveries of the message
 */
export async function judgePosts(
  candidate: CandidatePost,
  lists: readonly ListPost[],
  firstOrdinal: number,
  dependencies: { readonly store: Pick<Store, 'subscriber'>; readonly nowMilliseconds: number },
): Promise<JudgedPosts> {
  const messageId = messageIdOf(candidate.message)
  const messageIdHash = messageId === undefined ? null : hash('sha256', messageId)
  const posts: NewPost[] = []
  const refusals: Forwarding[] = []
  for (const { list, recipient } of lists) {
    const judgement = await judgePost(candidate, list, dependencies.store, recipient)
    if (judgement.kind === 'refused') {
      const { enhanced, text } = judgement.reply
      refusals.push({
        ordinal: firstOrdinal + refusals.length,
        recipient,
        forwardPath: list.address,
        reversePath: '',
        domain: list.domain,
        kind: 'post',
        failure: `${enhanced} ${text}`,
      })
      continue
    }
    const isHeld = judgement.kind === 'held'
    posts.push({
      listId: list.id,
      listAddress: list.address,
      recipient,
      state: isHeld ? 'held' : 'accepted',
      reason: isHeld ? judgement.reason : null,
      createdAt: dependencies.nowMilliseconds,
      messageIdHash,
    })
  }
  return { posts, refusals }
}
