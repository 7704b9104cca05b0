/**
 * What failures and probes make of a subscriber. An active one is suspended when its score is reached; a suspended one is probed,
 * and resumed when a probe does not come back. Pure: each function answers the new standing, and what the owners are told.
 */
import type { ListNews, Standing, Subscriber, SubscriberChange } from '../store/list-records.ts'
import { countFailure, nextProbeAt, probeEndsAt } from './bounce-score.ts'
import type { FailureClass } from './failure-class.ts'
import type { BounceScoreSettings } from './settings.ts'

/** A failure, classified and in words. */
export interface ClassifiedFailure {
  readonly failure: FailureClass
  /** What was said, one line. */
  readonly reason: string
  /** It is about this relay or the sender: the owners hear of the host and its words. */
  readonly isAboutThisRelay?: boolean
}

/**
 * A copy of a post has failed. Undefined: nothing follows, because it does not count or the subscriber is suspended already.
 *
 * @param now Unix milliseconds
 */
export function afterFailure(
  subscriber: Subscriber,
  { failure, reason }: ClassifiedFailure,
  settings: BounceScoreSettings,
  now: number,
): SubscriberChange | undefined {
  if (subscriber.state !== 'active') return undefined
  const counting = countFailure(subscriber, failure, settings, now)
  if (counting.kind === 'not counted') return undefined
  const counted = { ...standingOf(subscriber), ...counting.score, reason }
  if (!counting.isSuspended) return { subscriberId: subscriber.id, standing: counted }
  return changed(subscriber, 'suspended', reason, now, {
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
  subscriber: Subscriber,
  probeQueueId: string,
  settings: BounceScoreSettings,
  now: number,
): SubscriberChange {
  const probeDueAt = probeEndsAt(settings, now)
  const standing = { ...standingOf(subscriber), probes: subscriber.probes + 1, probeDueAt, probeQueueId }
  return { subscriberId: subscriber.id, standing }
}

/** The probe came back: the subscriber stays suspended, is probed again later, or is given up. */
export function afterProbeReturned(
  subscriber: Subscriber,
  reason: string,
  settings: BounceScoreSettings,
  now: number,
): SubscriberChange {
  const probeDueAt = nextProbeAt(subscriber.probes, settings, now)
  const standing = { ...standingOf(subscriber), reason, probeDueAt, probeQueueId: null }
  if (probeDueAt !== null) return { subscriberId: subscriber.id, standing }
  return settings.afterProbes === 'remove'
    ? changed(subscriber, 'removed', reason, now, null)
    : changed(subscriber, 'given up', reason, now, standing)
}

/** The probe came back for what does not lie with the address: it tells nothing, and another one follows. */
export function afterProbeUntold(
  subscriber: Subscriber,
  settings: BounceScoreSettings,
  now: number,
): SubscriberChange {
  const probes = Math.max(0, subscriber.probes - 1)
  const probeDueAt = nextProbeAt(probes, settings, now)
  const standing = { ...standingOf(subscriber), probes, probeDueAt, probeQueueId: null }
  return { subscriberId: subscriber.id, standing }
}

/** The probe did not come back in its time: the address works. */
export function afterProbeArrived(subscriber: Subscriber, now: number): SubscriberChange {
  return changed(subscriber, 'resumed', 'a probe did not come back', now, {
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
export function afterWaiting(subscriber: Subscriber, probeDueAt: number | null): SubscriberChange {
  return { subscriberId: subscriber.id, standing: { ...standingOf(subscriber), probeDueAt } }
}

function changed(
  subscriber: Subscriber,
  kind: ListNews['kind'],
  reason: string,
  at: number,
  standing: Standing | null,
): SubscriberChange {
  const news = { at, kind, address: subscriber.address, reason }
  return { subscriberId: subscriber.id, standing, news }
}

function standingOf(subscriber: Subscriber): Standing {
  const { state, suspendedAt, suspendedBy, reason, bounceScore, bouncedAt } = subscriber
  const { probes, probeDueAt, probeQueueId } = subscriber
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
