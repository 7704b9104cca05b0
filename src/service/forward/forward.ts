/** forward() = expand -> sign -> plan: from a spooled message to its copies and its posts, which the store has when this is done. */
import type { NewPost, StoredPost } from '../../store/post-records.ts'
import type { NewDelivery, StoredDelivery } from '../../store/records.ts'
import { readerFields } from '../brand/reader-fields.ts'
import { CopySignatures } from '../dkim/copy-signatures.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import { keepUntil } from '../keep-until.ts'
import { judgePosts } from '../posts/judge-posts.ts'
import { askForReports } from '../reports/ask-for-reports.ts'
import { type Expansion, expandEnvelope, respectFlags } from './expand-envelope.ts'
import { forwardDependencies } from './forward-dependencies.ts'
import { type SignedCopies, signCopies } from './sign-copies.ts'
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
  const signed = await signedForwarding(spooled, forwardExpanded(spooled, dependencies), dependencies)
  return planCopies(spooled.queueId, signed, dependencies)
}

/** Whom a message goes to, as the settings are at this moment. */
export interface ForwardExpansion {
  readonly expanding: ReturnType<typeof forwardDependencies>
  readonly expansion: Expansion
}

export function forwardExpanded(
  { queueId, envelope }: Spooled,
  dependencies: JudgingDependencies,
): ForwardExpansion {
  const expanding = forwardDependencies(dependencies)
  return { expanding, expansion: expandEnvelope(queueId, envelope, expanding) }
}

/** Copies that are signed and posts that are judged: what the store is told of a message. */
export interface SignedForwarding extends SignedCopies {
  readonly posts: readonly NewPost[]
  readonly suspended: readonly string[]
  readonly nowMilliseconds: number
}

export async function signedForwarding(
  spooled: Spooled,
  { expanding, expansion }: ForwardExpansion,
  dependencies: JudgingDependencies,
): Promise<SignedForwarding> {
  const { queueId, envelope, record, message, prepend, sizeBytes } = spooled
  const { nowMilliseconds } = expanding
  const unaligned = unalignedCopies(queueId, envelope.reversePath, record, expansion.copies, {
    ...expanding,
    ownDomains: Object.keys(dependencies.config.domains),
  })
  const copies = askForReports(envelope, respectFlags(record, unaligned))
  const candidate = { message, sizeBytes, reversePath: envelope.reversePath, record }
  const { posts, refusals } = await judgePosts(candidate, expansion.posts, copies.length, {
    store: dependencies.store,
    nowMilliseconds,
  })
  const arrived = { message, reversePath: envelope.reversePath, record, prepend }
  const signatures = new CopySignatures({ message, arrived, answersForFrom: false }, expanding)
  const signing = {
    ...expanding,
    readerFields: await readerFields(queueId, message, record, copies, dependencies),
  }
  const signed = await signCopies(message, record, [...copies, ...refusals], signing, signatures)
  return { ...signed, posts, suspended: expansion.suspended, nowMilliseconds }
}

/** Puts the plan to the store at once: what was asked in the same turn comes into the same commit. */
export async function planCopies(
  queueId: string,
  { deliveries, withoutHop, posts, suspended, nowMilliseconds }: SignedForwarding,
  dependencies: JudgingDependencies,
): Promise<Forwarded> {
  const { log } = dependencies
  const planned = await plan(queueId, deliveries, posts, nowMilliseconds, dependencies)
  if (suspended.length > 0) log.info({ queueId, suspended }, 'suspended targets of aliases get no copy')
  for (const reason of withoutHop) log.warn({ queueId, reason }, 'forwarded without a hop of ours')
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
