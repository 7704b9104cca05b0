/** What the judgement of one message in its session is told of the relay. */
import type { AdmitDependencies } from '../admit/admit.ts'
import type { LookUps } from '../admit/look-ups.ts'
import { boundedLookUps } from '../admit/look-ups.ts'
import { boundedPolicyLookUps } from '../admit/policy-look-ups.ts'
import { defaultBounds } from '../dkim2/index.ts'
import * as limits from '../limits.ts'
import { receivedField } from '../receive/received-field.ts'
import type { Store } from '../store/store.ts'
import type { AcceptDependencies } from './accept.ts'
import type { BounceDependencies } from './bounces/judge-bounce.ts'
import { findOwn } from './directory.ts'
import { planAhead } from './forward/plan-ahead.ts'
import type { JudgingDependencies } from './judging-dependencies.ts'
import type { CandidatePost, PostJudgement } from './posts/judge-post.ts'
import { judgePost } from './posts/judge-post.ts'
import { recordResolver } from './record-resolver.ts'
import { nowSeconds } from './relay-dependencies.ts'
import { returnedMaxAgeSeconds } from './settings.ts'

function chainWorkBytes(sizeBytes: number): number {
  const { baseBytes, perOctet } = limits.chainWork
  return Math.min(defaultBounds.maxWorkBytes, baseBytes + perOctet * sizeBytes)
}

/** What the judgement of one message may ask of DNS until it ends. */
export function lookUpsOf({ config, resolver }: JudgingDependencies, ends: AbortSignal): LookUps {
  const ours = { lookup: (name: string) => resolver.txt(name), resolver: recordResolver(resolver) }
  return boundedLookUps(ours, { maxNames: config.limits.maxNamesPerMessage, ends })
}

/** What admission needs to know, at this moment. */
export function admitDependencies(
  dependencies: JudgingDependencies,
  lookUps: LookUps,
  ends: AbortSignal,
): AdmitDependencies {
  return {
    authservId: dependencies.config.hostname,
    lookUps,
    ends,
    nowSeconds: nowSeconds(dependencies),
    loopBounds: {
      maxReceivedFields: limits.maxReceivedFields,
      maxOwnReceivedFields: limits.maxOwnReceivedFields,
      maxHops: limits.maxHops,
      hostname: dependencies.config.hostname,
    },
    chainBounds: sizeBytes => ({
      maxKeyNames: dependencies.config.limits.maxNamesPerMessage,
      maxWorkBytes: chainWorkBytes(sizeBytes),
    }),
    policyLookUps: boundedPolicyLookUps(dependencies.resolver, {
      maxNames: limits.maxPolicyQuestions,
      ends,
    }),
    senderBounds: { signatures: limits.dkimSignatures, arc: limits.arcChain },
    trustedSealers: dependencies.config.trustedSealers,
    isOwnDomain: domain => dependencies.aliases.isOwnDomain(domain),
    findOwn: domain => findOwn(dependencies.config, domain),
    revisionOf: signer => dependencies.config.peerRevisions[signer ?? ''] ?? dependencies.config.revision,
    receivedField: received => receivedField(received, { hostname: dependencies.config.hostname }),
  }
}

/**
 * Messages to a few addresses are planned before they are on disk. After a crash each is on disk before it is worked on, so that one
 * that ends the process again is found there, and held.
 */
export function planningAhead(
  dependencies: JudgingDependencies & { readonly store: Pick<Store, 'isAfterCrash'> },
): Pick<AcceptDependencies, 'planAhead'> {
  return dependencies.store.isAfterCrash ? {} : { planAhead: message => planAhead(message, dependencies) }
}

/** What the judgement of a bounce needs to know, at this moment. */
export function bounceDependencies(
  dependencies: Pick<JudgingDependencies, 'config' | 'clock'> & Pick<BounceDependencies, 'store'>,
  { lookup }: Pick<LookUps, 'lookup'>,
): BounceDependencies {
  const { requireSignature, returnedChain } = dependencies.config.bounces
  return {
    store: dependencies.store,
    lookup,
    nowSeconds: nowSeconds(dependencies),
    maxAgeSeconds: returnedMaxAgeSeconds(dependencies.config),
    wholeChain: returnedChain === 'strict',
    requireSignature,
  }
}

/** Whether a message may go to a list; one that was deleted since RCPT is judged when the message is expanded. */
export async function judgePostTo(
  { lists, store }: JudgingDependencies,
  post: CandidatePost,
  listId: number,
): Promise<PostJudgement> {
  const list = lists.table.list(listId)
  return list === undefined ? { kind: 'accepted' } : judgePost(post, list, store)
}
