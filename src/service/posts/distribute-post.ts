/**
 * The copies of a revised post: page by page over the subscribers, each page signed and then planned in one transaction that
 * also moves the cursor. A page that a crash has cut off is made again; none is planned twice.
 */
import { copiesPlannedAtOnce } from '../../limits.ts'
import type { MailingList } from '../../lists/list-table.ts'
import type { Logger } from '../../log/log.ts'
import type { Revision } from '../../revise/revision.ts'
import type { Subscriber } from '../../store/list-records.ts'
import type { CopiesPage, StoredPost } from '../../store/post-records.ts'
import { copiesFor } from './copies-of-post.ts'
import type { PostDependencies } from './post-dependencies.ts'
import type { OriginalPost } from './revise-stored-post.ts'
import { PostSigner } from './sign-post-copies.ts'

export async function distributePost(
  post: StoredPost,
  original: OriginalPost,
  revision: Revision,
  list: MailingList,
  dependencies: PostDependencies,
  log: Logger,
): Promise<void> {
  const { message: received, ...arrived } = original
  const source = { ...arrived, postId: post.id, received, shared: revision }
  const signer = new PostSigner(source, dependencies.copyDependencies())
  const told = new Set<string>()
  let { cursor, nextOrdinal, copies } = post
  for (let limit: number = copiesPlannedAtOnce.first; !dependencies.isStopping(); limit = nextSize(limit)) {
    const page = await nextPage(post, cursor, limit, dependencies)
    const copyDependencies = dependencies.copyDependencies()
    const wanted = copiesFor(page.subscribers, post, list, nextOrdinal, copyDependencies)
    const { deliveries, withoutHop } = await signer.sign(wanted, copyDependencies)
    for (const reason of withoutHop) {
      if (!told.has(reason)) log.warn({ reason }, 'forwarded without a hop of ours')
      told.add(reason)
    }
    const planned = await dependencies.store.planCopies(
      copiesPage(post, cursor, page, dependencies),
      deliveries,
    )
    if (planned === undefined) return
    dependencies.queue(planned)
    // What is planned when the queue has room for it is attempted at once, and need not be fetched from the store again.
    await dependencies.atMost(post.queueId, copiesPlannedAtOnce.most / 2)
    cursor = page.cursor
    nextOrdinal += planned.length
    copies += planned.length
    if (page.isLast) {
      log.info({ copies }, 'post distributed')
      return
    }
  }
}

function copiesPage(
  post: StoredPost,
  after: number,
  { cursor, isLast }: Page,
  dependencies: PostDependencies,
): CopiesPage {
  const at = dependencies.clock()
  const keepUntil = dependencies.keepUntil(at)
  return { postId: post.id, queueId: post.queueId, after, cursor, isLast, at, keepUntil }
}

interface Page {
  readonly subscribers: readonly Subscriber[]
  readonly cursor: number
  readonly isLast: boolean
}

async function nextPage(
  post: StoredPost,
  after: number,
  limit: number,
  dependencies: PostDependencies,
): Promise<Page> {
  const found = await dependencies.store.subscribers({ listId: post.listId, state: 'active', after, limit })
  const subscribers = found.filter(subscriber => subscriber.id <= post.until)
  const cursor = subscribers.at(-1)?.id ?? after
  return { subscribers, cursor, isLast: subscribers.length < limit || cursor >= post.until }
}

/** The first page is small: its copies are on their way while the next ones are signed. */
function nextSize(size: number): number {
  return Math.min(size * 2, copiesPlannedAtOnce.most)
}
