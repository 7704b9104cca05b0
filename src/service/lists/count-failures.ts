/**
 * Failed copies of posts are counted on their subscribers: those that failed here, and those that a report came back about. Each
 * is counted once, in the transaction that marks it as done with. Lists that propagate failures are left to the report.
 */

import { readReport } from '../../bounce/read-report.ts'
import type { ReportReading } from '../../bounce/report.ts'
import { Semaphore } from '../../bounded/semaphore.ts'
import { failedCopiesAtOnce } from '../../limits.ts'
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import type { BounceScoreSettings } from '../../lists/settings.ts'
import type { Addressee, ClassifiedFailure } from '../../lists/standing.ts'
import { afterFailure, afterProbeReturned, afterProbeUntold } from '../../lists/standing.ts'
import type { Logger } from '../../log/log.ts'
import { oneLine } from '../../message/printable.ts'
import type { BounceRecord } from '../../record/bounce-record.ts'
import type {
  CountedFailure,
  FailedCopy,
  ListRemark,
  StandingChange,
  Subscriber,
  SubscriberChange,
} from '../../store/list-records.ts'
import type { StoredDelivery } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import type { SpooledBounce } from '../bounces/pass-bounce-on.ts'
import { shownOf } from './shown-fields.ts'
import { failureOf, reportedFailure, unreadable } from './told-failure.ts'

/** Word of the delivery of a probe, in place of that for copies of posts. */
export const probeKind = 'probe'

export interface CountDependencies {
  readonly store: Pick<
    Store,
    'failedCopies' | 'countFailures' | 'countBounce' | 'noteUnread' | 'delivery' | 'subscriberById'
  >
  readonly lists: ListTable
  readonly log: Logger
  clock(): number
  keepUntil(milliseconds: number): number
}

/** What became of a report. */
export interface BounceCounting {
  /** False: it is about no copy for a subscriber, or its list propagates failures. */
  readonly isCounted: boolean
  /** Owners have something to be told. */
  readonly hasNews: boolean
}

const notCounted: BounceCounting = { isCounted: false, hasNews: false }

/** Counts one after the other: two failures of one subscriber at the same time are two. */
export class FailureCounter {
  readonly #dependencies: () => CountDependencies
  readonly #turns = new Semaphore(1)

  constructor(dependencies: () => CountDependencies) {
    this.#dependencies = dependencies
  }

  /** Counts the failed copies of a message. True when owners have something to be told. */
  countCopies(queueId: string): Promise<boolean> {
    return this.#turns.run(() => countFailedCopies(queueId, this.#dependencies()))
  }

  /** Counts what a report says about one copy. */
  countBounce(spooled: SpooledBounce): Promise<BounceCounting> {
    return this.#turns.run(() => countBounce(spooled, this.#dependencies()))
  }
}

async function countFailedCopies(queueId: string, dependencies: CountDependencies): Promise<boolean> {
  let hasNews = false
  for (let after = -1; ; ) {
    const page = await dependencies.store.failedCopies(queueId, { after, limit: failedCopiesAtOnce })
    const last = page.at(-1)
    if (last === undefined) {
      if (after >= 0) dependencies.log.debug({ queueId }, 'copies counted')
      return hasNews
    }
    const counted = page.flatMap(copy => countCopy(queueId, copy, dependencies) ?? [])
    if (counted.length > 0) await dependencies.store.countFailures(queueId, counted)
    for (const one of counted) {
      logFollowing(queueId, one, dependencies.log)
      hasNews ||= hasNewsIn(one)
    }
    after = last.ordinal
  }
}

/** Undefined: not counted but reported. */
function countCopy(
  queueId: string,
  copy: FailedCopy,
  dependencies: CountDependencies,
): CountedFailure | undefined {
  const { ordinal, subscriber, postListId } = copy
  const listId = subscriber?.listId ?? postListId
  const list = listId === null ? undefined : dependencies.lists.list(listId)
  if (list?.settings.bounces === 'propagate' && copy.kind !== probeKind) return undefined
  // Who is not subscribed any more, or whose list is gone, has nothing to count on; the poster is not told of subscribers.
  if (subscriber === undefined || list === undefined) return { ordinal }
  const failed = { subscriber, list, queueId, kind: copy.kind, host: hostOf(copy.nextHop, subscriber) }
  return { ordinal, ...whatFollows(failed, failureOf(copy), dependencies.clock()) }
}

interface FailedFor {
  readonly subscriber: Subscriber
  readonly list: MailingList
  /** Of the message whose copy failed, and what that copy was. */
  readonly queueId: string
  readonly kind: string
  /** Name of the host that said so. */
  readonly host: string
}

type Following = Omit<CountedFailure, 'ordinal'>

function whatFollows(failed: FailedFor, failure: ClassifiedFailure, now: number): Following {
  const change = changeAfter(failed, failure, now)
  const { list, host } = failed
  const news = { at: now, kind: 'refused', address: host, reason: failure.reason } as const
  return {
    ...(change !== undefined && { change }),
    ...(failure.isAboutThisRelay === true && { remark: { listId: list.id, news } }),
  }
}

/** Where no host is named, that of the subscriber's domain. */
function hostOf(named: string | null | undefined, { address }: Subscriber): string {
  const name = /^\[?([^[\]\s]{1,255})/.exec(named ?? '')?.[1]?.toLowerCase()
  return oneLine(name ?? address.slice(address.lastIndexOf('@') + 1))
}

function changeAfter(
  { subscriber, list, queueId, kind }: FailedFor,
  failure: ClassifiedFailure,
  now: number,
): SubscriberChange | undefined {
  const settings = list.settings.bounceScore
  const change =
    kind === probeKind
      ? afterProbeFailed({ addressee: subscriber, queueId }, failure, settings, now)
      : afterFailure(subscriber, failure, settings, now)
  return change && { subscriberId: subscriber.id, ...change }
}

/** The probe of this message came back. Undefined: it is under way no longer. */
export function afterProbeFailed(
  { addressee, queueId }: { readonly addressee: Addressee; readonly queueId: string },
  failure: ClassifiedFailure,
  settings: BounceScoreSettings,
  now: number,
): StandingChange | undefined {
  const isUnderWay = addressee.state === 'suspended' && addressee.probeQueueId === queueId
  if (!isUnderWay) return undefined
  return failure.failure === 'none'
    ? afterProbeUntold(addressee, settings, now)
    : afterProbeReturned(addressee, failure.reason, settings, now)
}

/** A copy for a subscriber whose bounces count on that. */
export interface CountedCopy {
  readonly delivery: StoredDelivery
  /** Undefined: not subscribed any more. */
  readonly subscriber: Subscriber | undefined
  /** Undefined: deleted, or nobody is subscribed any more. */
  readonly list: MailingList | undefined
}

/** The copy on whose subscriber a bounce counts; undefined: it goes to the previous hop instead. */
export async function countedCopy(
  { queueId, ordinal, judgement }: Pick<BounceRecord, 'queueId' | 'ordinal' | 'judgement'>,
  { store, lists }: { store: Pick<Store, 'delivery' | 'subscriberById'>; lists: Pick<ListTable, 'list'> },
): Promise<CountedCopy | undefined> {
  const delivery = await store.delivery(queueId, ordinal)
  if (delivery === undefined || delivery.subscriberId === null) return undefined
  const subscriber = await store.subscriberById(delivery.subscriberId)
  const list = subscriber === undefined ? undefined : lists.list(subscriber.listId)
  const isPropagated = list?.settings.bounces === 'propagate' && delivery.kind !== probeKind
  return isPropagated && judgement !== 'unread' ? undefined : { delivery, subscriber, list }
}

async function countBounce(spooled: SpooledBounce, dependencies: CountDependencies): Promise<BounceCounting> {
  const { queueId, ordinal, judgement } = spooled.bounce
  const copy = await countedCopy(spooled.bounce, dependencies)
  if (copy === undefined) return notCounted
  const { delivery, subscriber, list } = copy
  if (judgement === 'unread') return noteUnread(spooled, subscriber, dependencies)
  const reading = await readReport(spooled.message)
  const failure = reading.kind === 'report' ? reportedFailure(reading) : unreadable
  const follows =
    subscriber === undefined || list === undefined
      ? {}
      : whatFollows(
          { subscriber, list, queueId, kind: delivery.kind, host: hostOf(hostIn(reading), subscriber) },
          failure,
          dependencies.clock(),
        )
  const keepUntil = dependencies.keepUntil(spooled.receivedAt)
  const followUp = { bounceQueueId: spooled.queueId, queueId, ordinal, keepUntil }
  await dependencies.store.countBounce(followUp, follows)
  const about = { queueId: spooled.queueId, about: queueId, ordinal, reason: failure.reason }
  dependencies.log.info({ ...about, counts: failure.failure }, 'bounce taken for a subscriber')
  logFollowing(queueId, follows, dependencies.log)
  return { isCounted: true, hasNews: hasNewsIn(follows) }
}

/** The host that refused, or else the one that reports it. */
function hostIn(reading: ReportReading): string | undefined {
  if (reading.kind !== 'report') return undefined
  return reading.recipients[0]?.remoteMta ?? reading.reportingMta
}

/** What came to the address of one copy and is no report goes to nobody; the owners hear that it did. */
async function noteUnread(
  spooled: SpooledBounce,
  subscriber: Subscriber | undefined,
  dependencies: CountDependencies,
): Promise<BounceCounting> {
  const { queueId, ordinal, reason = '' } = spooled.bounce
  const keepUntil = dependencies.keepUntil(spooled.receivedAt)
  const followUp = { bounceQueueId: spooled.queueId, queueId, ordinal, keepUntil }
  const remark = subscriber === undefined ? null : unreadRemark(spooled, subscriber, dependencies.clock())
  const isNoted = await dependencies.store.noteUnread(followUp, reason, remark)
  dependencies.log.info(
    { queueId: spooled.queueId, about: queueId, ordinal, reason },
    'no report, the owners hear of it',
  )
  return { isCounted: true, hasNews: isNoted && remark !== null }
}

function unreadRemark(
  { message, queueId }: SpooledBounce,
  { listId, address }: Subscriber,
  at: number,
): ListRemark {
  const { from, subject } = shownOf(message)
  const reason = oneLine(`from ${from || 'nobody'}: ${subject || '(no subject)'} (kept as ${queueId})`)
  return { listId, news: { at, kind: 'unread', address, reason } }
}

function hasNewsIn({ change, remark }: Following): boolean {
  return change?.news !== undefined || remark !== undefined
}

function logFollowing(queueId: string, { change, remark }: Following, log: Logger): void {
  if (change !== undefined) logChange(queueId, change, log)
  if (remark === undefined) return
  const { address: host, reason } = remark.news
  log.warn({ queueId, host, reason }, 'a host refuses this relay or the sender')
}

function logChange(queueId: string, { subscriberId, standing, news }: SubscriberChange, log: Logger): void {
  const fields = { queueId, subscriberId, score: standing?.bounceScore, reason: standing?.reason }
  if (news === undefined) log.info(fields, 'failure counted on a subscriber')
  else log.warn({ ...fields, subscriber: news.address }, `subscriber ${news.kind}`)
}
