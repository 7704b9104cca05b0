/**
 * Failed copies of posts are counted on their subscribers: those that failed here, and those that a report came back about. Each
 * is counted once, in the transaction that marks it as done with. Lists that propagate failures are left to the report.
 */
import type { Report } from '../../bounce/read-report.ts'
import { readReport } from '../../bounce/read-report.ts'
import { failedCopiesAtOnce } from '../../limits.ts'
import { classifyFailure } from '../../lists/failure-class.ts'
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import { oneLine } from '../../lists/one-line.ts'
import type { ClassifiedFailure } from '../../lists/standing.ts'
import { afterFailure, afterProbeReturned } from '../../lists/standing.ts'
import type { Logger } from '../../log/log.ts'
import type { CountedFailure, FailedCopy, Subscriber, SubscriberChange } from '../../store/list-records.ts'
import type { Store } from '../../store/questions.ts'
import type { SpooledBounce } from '../reports/pass-bounce-on.ts'

/** Word of the delivery of a probe, in place of that for copies of posts. */
export const probeKind = 'probe'

export interface CountWorld {
  readonly store: Pick<
    Store,
    'failedCopies' | 'countFailures' | 'countBounce' | 'delivery' | 'subscriberById'
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
  readonly #world: () => CountWorld
  #before: Promise<unknown> = Promise.resolve()

  constructor(world: () => CountWorld) {
    this.#world = world
  }

  /** Counts the failed copies of a message. True when owners have something to be told. */
  countCopies(queueId: string): Promise<boolean> {
    return this.#inTurn(() => countFailedCopies(queueId, this.#world()))
  }

  /** Counts what a report says about one copy. */
  countBounce(spooled: SpooledBounce): Promise<BounceCounting> {
    return this.#inTurn(() => countBounce(spooled, this.#world()))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#before.then(work)
    this.#before = done.catch(() => undefined)
    return done
  }
}

async function countFailedCopies(queueId: string, world: CountWorld): Promise<boolean> {
  let hasNews = false
  for (let after = -1; ; ) {
    const page = await world.store.failedCopies(queueId, { after, limit: failedCopiesAtOnce })
    const last = page.at(-1)
    if (last === undefined) {
      if (after >= 0) world.log.debug({ queueId }, 'copies counted')
      return hasNews
    }
    const counted = page.flatMap(copy => countCopy(queueId, copy, world) ?? [])
    if (counted.length > 0) await world.store.countFailures(queueId, counted)
    for (const { change } of counted) {
      if (change !== undefined) logChange(queueId, change, world.log)
      if (change?.news !== undefined) hasNews = true
    }
    after = last.ordinal
  }
}

/** Undefined: not counted but reported. */
function countCopy(queueId: string, copy: FailedCopy, world: CountWorld): CountedFailure | undefined {
  const { ordinal, subscriber, postListId } = copy
  const listId = subscriber?.listId ?? postListId
  const list = listId === null ? undefined : world.lists.list(listId)
  if (list?.settings.bounces === 'propagate' && copy.kind !== probeKind) return undefined
  // Who is not subscribed any more, or whose list is gone, has nothing to count on; the poster is not told of subscribers.
  if (subscriber === undefined || list === undefined) return { ordinal }
  const change = changeAfter({ subscriber, list, queueId, kind: copy.kind }, failureOf(copy), world.clock())
  return change === undefined ? { ordinal } : { ordinal, change }
}

interface FailedFor {
  readonly subscriber: Subscriber
  readonly list: MailingList
  /** Of the message whose copy failed, and what that copy was. */
  readonly queueId: string
  readonly kind: string
}

function changeAfter(
  { subscriber, list, queueId, kind }: FailedFor,
  failure: ClassifiedFailure,
  now: number,
): SubscriberChange | undefined {
  const settings = list.settings.bounceScore
  if (kind !== probeKind) return afterFailure(subscriber, failure, settings, now)
  const isUnderWay = subscriber.state === 'suspended' && subscriber.probeQueueId === queueId
  return isUnderWay ? afterProbeReturned(subscriber, failure.reason, settings, now) : undefined
}

async function countBounce(spooled: SpooledBounce, world: CountWorld): Promise<BounceCounting> {
  const { queueId, ordinal } = spooled.bounce
  const delivery = await world.store.delivery(queueId, ordinal)
  if (delivery === undefined || delivery.subscriberId === null) return notCounted
  const subscriber = await world.store.subscriberById(delivery.subscriberId)
  const list = subscriber === undefined ? undefined : world.lists.list(subscriber.listId)
  if (list?.settings.bounces === 'propagate' && delivery.kind !== probeKind) return notCounted
  const reading = await readReport(spooled.message)
  const failure = reading.kind === 'report' ? reportedFailure(reading) : unreadable
  const change =
    subscriber &&
    list &&
    changeAfter({ subscriber, list, queueId, kind: delivery.kind }, failure, world.clock())
  const keepUntil = world.keepUntil(spooled.receivedAt)
  const followUp = { bounceQueueId: spooled.queueId, queueId, ordinal, keepUntil }
  await world.store.countBounce(followUp, change ?? null)
  const about = { queueId: spooled.queueId, about: queueId, ordinal, reason: failure.reason }
  world.log.info({ ...about, counts: failure.failure }, 'bounce taken for a subscriber')
  if (change !== undefined) logChange(queueId, change, world.log)
  return { isCounted: true, hasNews: change?.news !== undefined }
}

const unreadable: ClassifiedFailure = { failure: 'soft', reason: 'a report of a failure' }

/** Enhanced status code in front of a decision of this side. */
const ownStatus = /^([45]\.\d{1,3}\.\d{1,3})\b/

/** What is known of a copy that failed here. */
export function failureOf({ reason, reply, phase }: FailedCopy): ClassifiedFailure {
  if (reply !== null) {
    const { code, enhanced, text } = reply
    const isAboutRecipient = phase === 'rcpt'
    const failure = classifyFailure({ code, status: enhanced, text, isAboutRecipient })
    return { failure, reason: said([String(code), enhanced, text]) }
  }
  const text = reason ?? ''
  const status = ownStatus.exec(text)?.[1]
  // What this side or its operator decides about a message is not the address's doing.
  const isAboutAddress = status !== undefined && /^5\.(?:1|4)\./.test(status)
  const failure = isAboutAddress ? classifyFailure({ status, text, isAboutRecipient: false }) : 'none'
  return { failure, reason: said([text]) }
}

/** What a report says of its failed recipient; one to a bounce address is about one. */
export function reportedFailure(report: Pick<Report, 'recipients'>): ClassifiedFailure {
  const failed = report.recipients.find(one => one.action === 'failed') ?? report.recipients[0]
  const text = failed?.diagnosticCode ?? ''
  const failure = classifyFailure({ status: failed?.status, text, isAboutRecipient: false })
  return { failure, reason: said([failed?.status ?? '', text]) }
}

function said(parts: readonly string[]): string {
  return oneLine(parts.filter(part => part !== '').join(' ')) || 'no reason was given'
}

function logChange(queueId: string, { subscriberId, standing, news }: SubscriberChange, log: Logger): void {
  const fields = { queueId, subscriberId, score: standing?.bounceScore, reason: standing?.reason }
  if (news === undefined) log.info(fields, 'failure counted on a subscriber')
  else log.warn({ ...fields, subscriber: news.address }, `subscriber ${news.kind}`)
}
