/** A verdict as programs read it: `verify --json` and the hop log print the same object. */
import type { HopVerdict, Verdict } from '../dkim2/verdict.ts'

export interface VerdictReport {
  /** pass, fail, permerror, temperror or none (RFC 8601). */
  readonly result: string
  /** What is wrong, in the words of the drafts without the leading state; null on pass. */
  readonly error: string | null
  /** Wire profile of the chain; null where there is none. */
  readonly profile: string | null
  /** Revision of the draft that it was verified under; null for a profile that has one only. */
  readonly revision: string | null
  /** All of the chain holds, From included where the profile demands it: the condition for extending it. */
  readonly fullyVerified: boolean
  /** The hop that the failure is attributed to; null where there is none. */
  readonly failedAt: number | null
  /** The hop that answers for the message where older ones cannot be checked; null where all can. */
  readonly responsible: number | null
  /** Ascending by i. */
  readonly hops: readonly HopReport[]
}

export interface HopReport {
  readonly i: number
  readonly d: string
  /** '' is the null reverse-path. */
  readonly mf: string
  readonly rt: readonly string[]
  /** Unix seconds. */
  readonly t: number
  /** Selectors. */
  readonly s: readonly string[]
  /** Algorithms, in the order of the selectors. */
  readonly a: readonly string[]
  /** Flags. */
  readonly f: readonly string[]
  readonly result: string
  readonly error: string | null
}

/** A verdict with every member there, so that a reader needs no case for what is absent. */
export function verdictReport(verdict: Verdict): VerdictReport {
  return {
    result: verdict.state,
    error: verdict.error ?? null,
    profile: verdict.profile ?? null,
    revision: verdict.revision ?? null,
    fullyVerified: verdict.fullyVerified ?? false,
    failedAt: verdict.failedAt ?? null,
    responsible: verdict.responsible ?? null,
    hops: verdict.hops.map(hopReport),
  }
}

function hopReport(hop: HopVerdict): HopReport {
  return {
    i: hop.sequence,
    d: hop.domain,
    mf: hop.reversePath,
    rt: hop.forwardPaths,
    t: hop.timestampSeconds,
    s: hop.selectors,
    a: hop.algorithms,
    f: hop.flags,
    result: hop.state,
    error: hop.error ?? null,
  }
}
