/** forward() = expand -> sign -> plan: from a spooled message to its copies and its posts, which the store has when this is done. */
import type { NewPost, StoredPost } from '../../store/post-records.ts'
import type { NewDelivery, StoredDelivery } from '../../store/records.ts'
import { readerFields } from '../brand/reader-fields.ts'
import { CopySignatures } from '../dkim/copy-signatures.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import { keepUntil } from '../keep-until.ts'
import { judgePosts } from '../posts/judge-posts.ts'
import { askForReports } from '../reports/ask-for-reports.ts'
import { expandEnvelope, respectFlags } from './expand-envelope.ts'
import { forwardDependencies } from './forward-dependencies.ts'
import { signCopies } from './sign-copies.ts'
import type { Spooled } from './spooled.ts'
import { unalignedCopies } from './unaligned-copies.ts'

export interface Forwarded {
  /** Every copy, those that failed at once too. */
  readonly planned: readonly StoredDelivery[]
  /** What the message is to the lists that it leads to; their copies follow. */
  readonly posts: readonly NewPost[]
  /** The same as the store has them. */
  readonly stored: readonly StoredPost[]
  /** Why copies go out without a hop of ours, each reason once. */
  readonly withoutHop: readonly string[]
}

/** Done before: answers no copies; whoever did it has them in hand. */
export async function forward(spooled: Spooled, dependencies: JudgingDependencies): Promise<Forwarded> {
  const { queueId, envelope, record, message, prepend, sizeBytes } = spooled
  const expanding = forwardDependencies(dependencies)
  const expansion = expandEnvelope(queueId, envelope, expanding)
  const { suspended } = expansion
  if (suspended.length > 0)
    dependencies.log.info({ queueId, suspended }, 'suspended targets of aliases get no copy')
  const unaligned = unalignedCopies(queueId, envelope.reversePath, record, expansion.copies, {
    ...expanding,
    ownDomains: Object.keys(dependencies.config.domains),
  })
  const copies = askForReports(envelope, respectFlags(record, unaligned))
  const candidate = { message, sizeBytes, reversePath: envelope.reversePath, record }
  const { posts, refusals } = await judgePosts(candidate, expansion.posts, copies.length, {
    store: dependencies.store,
    nowMilliseconds: expanding.nowMilliseconds,
  })
  const arrived = { message, reversePath: envelope.reversePath, record, prepend }
  const signatures = new CopySignatures({ message, arrived, answersForFrom: false }, expanding)
  const wanted = [...copies, ...refusals]
  const signing = {
    ...expanding,
    readerFields: await readerFields(queueId, message, record, copies, dependencies),
  }
  const { deliveries, withoutHop } = await signCopies(message, record, wanted, signing, signatures)
  for (const reason of withoutHop)
    dependencies.log.warn({ queueId, reason }, 'forwarded without a hop of ours')
  const planned = await plan(queueId, deliveries, posts, expanding.nowMilliseconds, dependencies)
  return { ...planned, posts, withoutHop }
}

async function plan(
  queueId: string,
  deliveries: readonly NewDelivery[],
  posts: readonly NewPost[],
  nowMilliseconds: number,
  dependencies: JudgingDependencies,
): Promise<Pick<Forwarded, 'planned' | 'stored'>> {
  const { store, log } = dependencies
  const outcome = { state: 'forwarded', keepUntil: keepUntil(dependencies, nowMilliseconds) } as const
  if (posts.length === 0) return { planned: await store.plan(queueId, deliveries, outcome), stored: [] }
  const planned = await store.planPosts(queueId, deliveries, posts, outcome)
  for (const { id, listAddress, state, reason } of planned.posts) {
    log.info({ queueId, post: id, list: listAddress, state, reason }, 'post')
  }
  return { planned: planned.deliveries, stored: planned.posts }
}
