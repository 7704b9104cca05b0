/** Owners are told of each held post once, with the message and two addresses that decide; a list that is flooded does not flood them. */
import { heldPosts } from '../../limits.ts'
import { commandAddress } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { heldPostNotice } from '../../lists/owner-notices.ts'
import type { TokenKind } from '../../lists/tokens.ts'
import { makeToken } from '../../lists/tokens.ts'
import { readMessage } from '../../message/message.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { Store } from '../../store/store.ts'
import type { LinkDependencies } from './list-links.ts'
import { shownOf } from './shown-fields.ts'

export interface ModerationDependencies extends LinkDependencies {
  readonly store: LinkDependencies['store'] & Pick<Store, 'heldPosts' | 'postsTold' | 'message'>
}

const dayMilliseconds = 86_400_000

/** Tells the owners of every list of those held posts that they were not told of yet. */
export async function tellOfHeldPosts(dependencies: ModerationDependencies): Promise<void> {
  const told = new Map<number, number>()
  for (let after = 0; ; ) {
    const page = await dependencies.store.heldPosts({ limit: heldPosts.lookedUpAtOnce, after, untold: true })
    for (const post of page) await tellOf(post, told, dependencies)
    const last = page.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

/** @param told how many notices each list has had within a day */
async function tellOf(
  post: StoredPost,
  told: Map<number, number>,
  dependencies: ModerationDependencies,
): Promise<void> {
  const { listId } = post
  const list = dependencies.lists().list(listId)
  if (list === undefined) return
  const before =
    told.get(listId) ?? (await dependencies.store.postsTold(listId, dependencies.clock() - dayMilliseconds))
  told.set(listId, before)
  if (before >= heldPosts.noticesPerDay) return
  const stored = await dependencies.store.message(post.queueId)
  if (stored?.octets == null) return
  const notice = heldPostNotice(
    { list, to: commandAddress(list.address, 'owner') },
    {
      ...shownOf(readMessage(stored.octets)),
      sizeBytes: stored.sizeBytes,
      reason: post.reason ?? '',
      message: stored.sizeBytes > heldPosts.maxAttachedBytes ? undefined : stored.octets,
      isLastToday: before + 1 === heldPosts.noticesPerDay,
    },
    decisionAbout(post, list, dependencies),
  )
  await dependencies.sendNotice(notice, {
    async commit(message, deliveries) {
      const order = { tell: { postId: post.id, at: dependencies.clock() } }
      const answer = await dependencies.store.carryOut(order, { message, deliveries })
      if (answer.isDone) told.set(listId, before + 1)
      return answer.deliveries
    },
  })
}

function decisionAbout(post: StoredPost, list: MailingList, dependencies: ModerationDependencies) {
  const untilMilliseconds = dependencies.clock() + dependencies.decideMilliseconds
  const boundTo = [list.address, post.queueId]
  const address = (kind: TokenKind) => {
    const claim = { kind, id: post.id, expiresAtMilliseconds: untilMilliseconds }
    return commandAddress(list.address, 'moderate', makeToken(dependencies.tokenKeys[0], claim, boundTo))
  }
  return { admit: address('approve'), deny: address('reject'), untilMilliseconds }
}
