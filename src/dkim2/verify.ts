/**
 * Verification of a message's DKIM2 chain. draft-ietf-dkim-dkim2-spec-06 sections 10 and 11.
 *
 * The steps in order: structure of the fields, timestamps, envelope, custody, keys, signatures, hashes, From, requests. The first
 * four need the fields only; if one of them fails nothing is looked up. PERMERROR outranks FAIL, FAIL outranks TEMPERROR;
 * within a class the first failure in the order of the steps is the result. Signatures and hashes are judged from the
 * highest hop downwards, each in the message as it stood when that hop signed.
 */

import type { Message } from '../message/message.ts'
import { type ChainBounds, defaultBounds } from './bounds.ts'
import { ChainWalk } from './chain-walk.ts'
import {
  checkCustody,
  checkEnvelope,
  checkTimestamps,
  defaultTimeBounds,
  type EnvelopePaths,
} from './custody.ts'
import { introducingHop, lowestRecoverable } from './history.ts'
import { fetchKeys, keyNames, type TxtLookup } from './keys.ts'
import type { Chain, Hop, ProfileId } from './model.ts'
import { readableOriginator } from './originator.ts'
import { type Reading, revisions, type WireProfile } from './profile.ts'
import { type ProfileChoice, profileSource } from './profiles/index.ts'
import { readChain } from './read-chain.ts'
import { checkRequests } from './requests.ts'
import {
  decisive,
  type Failure,
  type HopVerdict,
  messageFailure,
  type Precedence,
  type Verdict,
  versionFailure,
  worded,
} from './verdict.ts'

export type { TxtAnswer, TxtLookup } from './keys.ts'
export { type HopVerdict, type State, type Verdict, verdictText } from './verdict.ts'

export interface VerifyOptions extends Reading {
  readonly lookup: TxtLookup
  /** Unix seconds. */
  readonly nowSeconds: number
  /** The envelope in which the message arrived; without it the highest hop's mf and rt are taken as they are. */
  readonly envelope?: EnvelopePaths
  /** Default 14 days. */
  readonly maxAgeSeconds?: number
  /** How far ahead of `nowSeconds` a timestamp may be; default one day. */
  readonly maxFutureSeconds?: number
  /**
   * Domains with which there is an arrangement outside of the protocol: a last hop that hands the message to one of them
   * (nd=) is accepted. Default none.
   */
  readonly arranged?: readonly string[]
  readonly bounds?: Partial<ChainBounds>
  /**
   * The first failure from the highest hop downwards is the result, and nothing is looked up or rebuilt for the hops below it: for
   * what strangers send. Default: every hop is judged, as somebody who looks into a message wants it.
   */
  readonly stopsAtFailure?: boolean
}

/**
 * Verifies a message. Never rejects, whatever the message holds or the lookup does.
 *
 * @returns `none` for a message without DKIM2
 */
export async function verifyChain(message: Message, options: VerifyOptions): Promise<Verdict> {
  return verifyIn(message, options, profileSource(options))
}

/** As `verifyChain`, in profiles that the caller gives; `none` for a message of another one, which `profile` names. */
export async function verifyIn(
  message: Message,
  options: VerifyOptions,
  profileOf: ProfileChoice,
): Promise<Verdict> {
  const bounds = { ...defaultBounds, ...options.bounds }
  const reading = readChain(message, bounds, profileOf)
  if (reading.kind === 'none') return { state: 'none', hops: [] }
  if (reading.kind === 'unread') return { state: 'none', profile: reading.profile, hops: [] }
  if (reading.kind === 'malformed') return unreadable(message, reading.failure, reading.profile)
  const { profile, chain } = reading
  const judgeBy = (failures: readonly Failure[], judged: ReadonlySet<number>) =>
    judge(chain, profile, failures, judged, options.envelope !== undefined)
  const early = checkFields(chain, options, profile.checksFuture)
  if (early) return judgeBy([{ ...early, state: profile.pathFailures }], new Set())
  const lowest = lowestRecoverable(chain.versions)
  const checkable = chain.hops.filter(hop => hop.version >= lowest)
  const needed = keyNames(checkable, profile.algorithms).size
  if (needed > bounds.maxKeyNames) {
    return judgeBy([messageFailure.tooManyKeys(needed, bounds.maxKeyNames)], new Set())
  }
  const fetch = (hops: readonly Hop[]) => fetchKeys(hops, profile.algorithms, options.lookup, profile.groups)
  const keys = options.stopsAtFailure ? undefined : await fetch(checkable)
  if (keys?.failures.some(failure => failure.state === 'permerror')) {
    return judgeBy(keys.failures, new Set())
  }
  const walk = new ChainWalk(message, chain, profile, keys ?? (hop => fetch([hop])), bounds)
  const failures = await walk.down(lowest)
  const request = checkRequests(chain, profile.requests) ?? lostBody(chain, profile)
  return judgeBy([...(keys?.failures ?? []), ...failures, ...(request ? [request] : [])], walk.judged)
}

/** A version that declares the one before it lost, where older hashes are there that cannot be checked. */
function lostBody(chain: Chain, profile: WireProfile): Failure | undefined {
  const lowest = lowestRecoverable(chain.versions)
  if (profile.nullBody === 'unrecoverable' || lowest < 2) return undefined
  const by = introducingHop(chain, lowest)?.sequence
  return versionFailure.nullRecipe(profile.versionLabel(lowest), by)
}

/** What the fields alone tell. */
function checkFields(chain: Chain, options: VerifyOptions, checksFuture: boolean): Failure | undefined {
  const times = {
    maxAgeSeconds: options.maxAgeSeconds ?? defaultTimeBounds.maxAgeSeconds,
    maxFutureSeconds: checksFuture
      ? (options.maxFutureSeconds ?? defaultTimeBounds.maxFutureSeconds)
      : Number.POSITIVE_INFINITY,
  }
  return (
    checkTimestamps(chain, options.nowSeconds, times) ??
    (options.envelope && checkEnvelope(chain, options.envelope)) ??
    checkCustody(chain, options.arranged)
  )
}

function unreadable(message: Message, failure: Failure, profile: ProfileId | undefined): Verdict {
  const { state, error } = failure
  return {
    state,
    error,
    ...attributed(failure),
    ...(profile === undefined ? {} : { profile }),
    ...named(readableOriginator(message)),
    hops: [],
  }
}

function named(originator: string | undefined): { originator?: string } {
  return originator === undefined ? {} : { originator }
}

/**
 * Whether a message with this verdict may get another hop, as far as its profile has a say. Where there is no chain the hop
 * would be the first; a peer with which there is another arrangement is the relay's affair.
 *
 * @param wanted how the message was read for the verdict; default: under the revision that the verdict names
 */
export function mayExtend(verdict: Verdict, wanted: Reading = readingOf(verdict)): boolean {
  if (verdict.profile === undefined) return verdict.state === 'none'
  if (verdict.state === 'none') return verdict.hops.length === 0 && verdict.error === undefined
  const profile = profileSource(wanted)(verdict.profile)
  return profile.extendsOnlyFullyVerified ? verdict.fullyVerified === true : verdict.state === 'pass'
}

/** The revision that a verdict was made under. */
function readingOf({ revision: name }: Verdict): Reading {
  const revision = revisions.find(known => known === name)
  return revision === undefined ? {} : { revision }
}

function attributed(failure: Failure): Pick<Verdict, 'failedAt' | 'ofMessage'> {
  const { sequence, ofMessage } = failure
  return { ...(sequence === undefined ? {} : { failedAt: sequence }), ...(ofMessage ? { ofMessage } : {}) }
}

/** Failures as a verdict with the state of every hop. */
function judge(
  chain: Chain,
  profile: WireProfile,
  found: readonly Failure[],
  judged: ReadonlySet<number>,
  knowsEnvelope: boolean,
): Verdict {
  const failures = found.map(failure => worded(failure, profile.wording))
  const result = decisive(failures, profile.precedence)
  const lowest = lowestRecoverable(chain.versions)
  const responsible = lowest > 0 && chain.hops.some(hop => hop.version < lowest)
  const by = responsible ? introducingHop(chain, lowest)?.sequence : undefined
  const isFull = !result && !responsible && knowsEnvelope && chain.hops.at(-1)?.nextDomain === undefined
  return {
    state: result?.state ?? 'pass',
    ...(result ? { error: result.error, ...attributed(result) } : {}),
    profile: profile.id,
    ...(profile.revision === undefined ? {} : { revision: profile.revision }),
    ...(isFull ? { fullyVerified: true } : {}),
    ...named(chain.hops[0]?.domain),
    hops: chain.hops.map(hop => judgeHop(hop, failures, judged, lowest, profile.precedence)),
    ...(by === undefined ? {} : { responsible: by }),
  }
}

function judgeHop(
  hop: Hop,
  failures: readonly Failure[],
  judged: ReadonlySet<number>,
  lowestVersion: number,
  precedence: Precedence,
): HopVerdict {
  const own = failures.filter(entry => entry.sequence === hop.sequence)
  const failure = decisive(own, precedence)
  const unfailed = hop.version < lowestVersion ? 'unverifiable' : judged.has(hop.sequence) ? 'pass' : 'none'
  return {
    sequence: hop.sequence,
    domain: hop.domain,
    reversePath: hop.reversePath,
    forwardPaths: hop.forwardPaths,
    ...(hop.nextDomain === undefined ? {} : { nextDomain: hop.nextDomain }),
    timestampSeconds: hop.timestampSeconds,
    selectors: hop.signatures.map(signature => signature.selector),
    algorithms: hop.signatures.map(signature => signature.algorithm),
    flags: hop.flags,
    state: failure?.state ?? unfailed,
    ...(failure ? { error: failure.error } : {}),
  }
}
