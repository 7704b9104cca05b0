/**
 * What failures and probes make of an address that gets mail again and again: a subscriber of a list, or a target of an alias. An active one
 * is suspended when its score is reached; a suspended one is probed, and resumed when a probe does not come back. Pure: each
 * function answers the new standing, and what there is to tell.
 */
import type { ListNews, Standing, StandingChange, Subscriber } from '../store/list-records.ts'
import { countFailure, nextProbeAt, probeEndsAt } from './bounce-score.ts'
import type { FailureClass } from './failure-class.ts'
import type { BounceScoreSettings } from './settings.ts'

/** Whoever gets mail again and again, with what failures have made of it. */
export type Addressee = Standing & Pick<Subscriber, 'address'>

/** A failure, classified and in words. */
export interface ClassifiedFailure {
  readonly failure: FailureClass
  /** What was said, one line. */
  readonly reason: string
  /** It is about this relay or the sender: the owners hear of the host and its words. */
  readonly isAboutThisRelay?: boolean
}

/**
 * A copy has failed. Undefined: nothing follows, because it does not count or the addressee is suspended already.
 *
 * @param now Unix milliseconds
 */
export function afterFailure(
  addressee: Addressee,
  { failure, reason }: ClassifiedFailure,
  settings: BounceScoreSettings,
  now: number,
): StandingChange | undefined {
  if (addressee.state !== 'active') return undefined
  const counting = countFailure(addressee, failure, settings, now)
  if (counting.kind === 'not counted') return undefined
  const counted = { ...standingOf(addressee), ...counting.score, reason }
  if (!counting.isSuspended) return { standing: counted }
  return changed(addressee, 'suspended', reason, now, {
    ...counted,
    state: 'suspended',
    suspendedAt: now,
    suspendedBy: 'bounces',
    probes: 0,
    probeDueAt: nextProbeAt(0, settings, now),
    probeQueueId: null,
  })
}

/** A probe goes out. */
export function afterProbeSent(
  addressee: Addressee,
  probeQueueId: string,
  settings: BounceScoreSettings,
  now: number,
): StandingChange {
  const probeDueAt = probeEndsAt(settings, now)
  const standing = { ...standingOf(addressee), probes: addressee.probes + 1, probeDueAt, probeQueueId }
  return { standing }
}

/** The probe came back: the addressee stays suspended, is probed again later, or is given up. */
export function afterProbeReturned(
  addressee: Addressee,
  reason: string,
  settings: BounceScoreSettings,
  now: number,
): StandingChange {
  const probeDueAt = nextProbeAt(addressee.probes, settings, now)
  const standing = { ...standingOf(addressee), reason, probeDueAt, probeQueueId: null }
  if (probeDueAt !== null) return { standing }
  return settings.afterProbes === 'remove'
    ? changed(addressee, 'removed', reason, now, null)
    : changed(addressee, 'given up', reason, now, standing)
}

/** The probe came back for what does not lie with the address: it tells nothing, and another one follows. */
export function afterProbeUntold(
  addressee: Addressee,
  settings: BounceScoreSettings,
  now: number,
): StandingChange {
  const probes = Math.max(0, addressee.probes - 1)
  const probeDueAt = nextProbeAt(probes, settings, now)
  const standing = { ...standingOf(addressee), probes, probeDueAt, probeQueueId: null }
  return { standing }
}

/** The probe did not come back in its time: the address works. */
export function afterProbeArrived(addressee: Addressee, now: number): StandingChange {
  return changed(addressee, 'resumed', 'a probe did not come back', now, {
    state: 'active',
    suspendedAt: null,
    suspendedBy: null,
    reason: null,
    bounceScore: 0,
    bouncedAt: null,
    probes: 0,
    probeDueAt: null,
    probeQueueId: null,
  })
}

/** The decision about a probe comes later. */
export function afterWaiting(addressee: Addressee, probeDueAt: number | null): StandingChange {
  return { standing: { ...standingOf(addressee), probeDueAt } }
}

function changed(
  addressee: Addressee,
  kind: ListNews['kind'],
  reason: string,
  at: number,
  standing: Standing | null,
): StandingChange {
  const news = { at, kind, address: addressee.address, reason }
  return { standing, news }
}

function standingOf(addressee: Addressee): Standing {
  const { state, suspendedAt, suspendedBy, reason, bounceScore, bouncedAt } = addressee
  const { probes, probeDueAt, probeQueueId } = addressee
  return {
    state,
    suspendedAt,
    suspendedBy,
    reason,
    bounceScore,
    bouncedAt,
    probes,
    probeDueAt,
    probeQueueId,
  }
}
