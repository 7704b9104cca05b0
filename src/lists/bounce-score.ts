/**
 * The score of a subscriber: points for failures that lie with the address, fewer of them as time goes by. The rules:
 *
 * - A hard failure is one point, a soft one a quarter: an address that is gone is seen after four days with posts, a mailbox that
 *   is full has some weeks.
 * - What counted keeps others from counting for twenty hours: twenty posts into one bad evening of a host are one failure.
 * - A point is forgotten in thirty days, bit by bit: a list with one post a week still finds addresses that are gone, and
 *   failures of last year suspend nobody.
 *
 * All numbers are settings of the list (settings.ts). Pure.
 */
import type { FailureClass } from './failure-class.ts'
import type { BounceScoreSettings } from './settings.ts'

const millisecondsPerHour = 3_600_000
const millisecondsPerDay = 86_400_000

/** What is kept of the failures of a subscriber. */
export interface Score {
  /** Points as of `bouncedAt`. */
  readonly bounceScore: number
  /** Unix milliseconds; null: none has counted. */
  readonly bouncedAt: number | null
}

/** What a failure leads to. */
export type Counting =
  | { readonly kind: 'not counted'; readonly why: string }
  | { readonly kind: 'counted'; readonly score: Score; readonly isSuspended: boolean }

/** The points that are left at a moment. */
export function scoreAt(score: Score, settings: BounceScoreSettings, now: number): number {
  if (score.bouncedAt === null) return 0
  const forgotten = Math.max(0, now - score.bouncedAt) / (settings.daysPerPoint * millisecondsPerDay)
  return Math.max(0, score.bounceScore - forgotten)
}

/** Counts one failure. */
export function countFailure(
  score: Score,
  failure: FailureClass,
  settings: BounceScoreSettings,
  now: number,
): Counting {
  if (failure === 'none') return { kind: 'not counted', why: 'it does not lie with the address' }
  const since = score.bouncedAt === null ? Number.POSITIVE_INFINITY : now - score.bouncedAt
  if (since < settings.onceInHours * millisecondsPerHour)
    return { kind: 'not counted', why: 'another failure has counted a short while ago' }
  const points = failure === 'hard' ? settings.hardPoints : settings.softPoints
  const bounceScore = scoreAt(score, settings, now) + points
  // Sums of quarters and thirtieths: what is as good as the limit has reached it.
  const isSuspended = bounceScore >= settings.suspendAt - 1e-9
  return { kind: 'counted', score: { bounceScore, bouncedAt: now }, isSuspended }
}

/** When a suspended subscriber is probed for the first time, or after a probe that came back; null: never again. */
export function nextProbeAt(probes: number, settings: BounceScoreSettings, now: number): number | null {
  return probes < settings.maxProbes ? now + settings.probeAfterDays * millisecondsPerDay : null
}

/** Until when a probe that goes out now has time to come back. */
export function probeEndsAt(settings: BounceScoreSettings, now: number): number {
  return now + settings.probeWaitDays * millisecondsPerDay
}
