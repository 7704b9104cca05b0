/**
 * Stage 5 for a post: the rules of the list run over it, and what they made is proved before it goes on. What cannot be
 * proved is left out, never sent and never a reason to lose the post.
 */
import type { ProfileId } from '../../dkim2/index.ts'
import { prepareHop, SigningError } from '../../dkim2/index.ts'
import { brandFieldOctets } from '../../message/brand-fields.ts'
import type { Message } from '../../message/message.ts'
import { defaultProofBounds, proveRevision } from '../../revise/prove.ts'
import { isRevised, type Revision, revise, unrevised } from '../../revise/revision.ts'
import type { PostRule } from './post-rules.ts'

export interface RevisedPost {
  readonly revision: Revision
  /** Rules that were left out, each with the reason. */
  readonly leftOut: readonly string[]
}

export interface RevisePostOptions {
  /** The profiles that copies may be signed in; empty where they go out without a hop. */
  readonly profiles: readonly ProfileId[]
  /** An earlier hop asked that nothing is modified: fields may be added and that is all. */
  readonly isAdditionOnly: boolean
}

/** Revises a post by as many of the rules as can be undone. */
export async function revisePost(
  post: Message,
  rules: readonly PostRule[],
  options: RevisePostOptions,
): Promise<RevisedPost> {
  const all = revise(
    post,
    rules.map(({ rule }) => rule),
  )
  const flaw = await flawOf(post, all, options)
  return flaw === undefined ? { revision: all, leftOut: [] } : await reviseOneByOne(post, rules, options)
}

/** Rule by rule, each kept only if everything up to it can be proved. */
async function reviseOneByOne(
  post: Message,
  rules: readonly PostRule[],
  options: RevisePostOptions,
): Promise<RevisedPost> {
  const kept: PostRule[] = []
  const leftOut: string[] = []
  let revision = unrevised(post)
  for (const candidate of rules) {
    const longer = revise(
      post,
      [...kept, candidate].map(({ rule }) => rule),
    )
    const flaw = await flawOf(post, longer, options)
    if (flaw === undefined) {
      kept.push(candidate)
      revision = longer
    } else {
      leftOut.push(`${candidate.name}: ${flaw}`)
    }
  }
  return { revision, leftOut }
}

/** Why a revision cannot go on; undefined where it can be undone and each profile can say how. */
async function flawOf(
  post: Message,
  revision: Revision,
  { profiles, isAdditionOnly }: RevisePostOptions,
): Promise<string | undefined> {
  if (isAdditionOnly && !isAddition(revision))
    return 'an earlier hop asked that nothing is modified (donotmodify)'
  // What is removed of BIMI is given back whatever its size, which admission bounds: it must not stay because it is large.
  const maxRestoredBytes = defaultProofBounds.maxRestoredBytes + brandFieldOctets(post)
  const proof = proveRevision(post, revision, { maxRestoredBytes })
  if (proof.kind === 'failed') return proof.reason
  if (!isRevised(revision)) return undefined
  for (const profile of profiles) {
    const flaw = await flawInProfile(post, revision, profile)
    if (flaw !== undefined) return `${profile}: ${flaw}`
  }
  return undefined
}

/** Nothing that was there is touched: the way back only leaves out what is new (draft-ietf-dkim-dkim2-spec-06 section 8.10). */
function isAddition({ recipe }: Revision): boolean {
  const changes = recipe.headers.map(header => header.change)
  const gives = (change: (typeof changes)[number]) =>
    change === 'unrecoverable' || change.some(step => step.kind === 'data')
  return recipe.body === undefined && !changes.some(gives)
}

/** What keeps a hop from being made of the post itself is no flaw of the revision. */
const obstaclesOfRecipes: ReadonlySet<string> = new Set([
  'recipe inexpressible',
  'recipe missing',
  'recipe disproved',
  'parameter invalid',
])

async function flawInProfile(
  post: Message,
  { message, recipe, addedFields }: Revision,
  profile: ProfileId,
): Promise<string | undefined> {
  try {
    await prepareHop(message, { profile, alwaysVersion: true, recipe, addedFields, received: post })
    return undefined
  } catch (error) {
    if (!(error instanceof SigningError)) throw error
    return obstaclesOfRecipes.has(error.obstacle) ? error.message : undefined
  }
}
