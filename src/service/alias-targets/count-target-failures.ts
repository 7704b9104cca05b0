/**
 * Failures of copies for targets of aliases: those that failed here, and those that a report came back about. The previous hop is told of
 * them all the same; here it is counted whether a target ever takes anything.
 */
import { readReport } from '../../bounce/read-report.ts'
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import { failedCopiesAtOnce } from '../../limits.ts'
import type { BounceScoreSettings } from '../../lists/settings.ts'
import type { ClassifiedFailure } from '../../lists/standing.ts'
import type { Logger } from '../../log/log.ts'
import { domainOf, foldedAddress, foldedLocalPart, parseMailbox } from '../../message/mailbox.ts'
import type { AliasTarget, FailedTargetCopy } from '../../store/alias-target-records.ts'
import type { Store } from '../../store/store.ts'
import type { SpooledBounce } from '../bounces/pass-bounce-on.ts'
import { afterProbeFailed, probeKind } from '../lists/count-failures.ts'
import { failureOf, reportedFailure, unreadable } from '../lists/told-failure.ts'
import { isRole } from '../role-addresses.ts'
import { changedTarget, freshTarget, targetAfterFailure } from './target-standing.ts'

/** A copy that was taken has so long to come back before it shows that its address works. */
const returnsWithinMilliseconds = 24 * 3_600_000

export interface CountTargetsDependencies {
  readonly store: Pick<
    Store,
    | 'failedTargetCopies'
    | 'aliasTarget'
    | 'keepAliasTarget'
    | 'forgetAliasTarget'
    | 'targetDeliveries'
    | 'countFailures'
    | 'countBounce'
    | 'delivery'
  >
  readonly aliases: AliasDirectory
  readonly settings: BounceScoreSettings
  readonly log: Logger
  clock(): number
  keepUntil(milliseconds: number): number
}

/** A copy that has failed, with what was said about it. */
interface FailedFor extends Pick<FailedTargetCopy, 'kind' | 'recipient' | 'forwardPath'> {
  readonly queueId: string
  readonly failure: ClassifiedFailure
  /** It was taken, and a report came back. */
  readonly isReturned: boolean
}

/** Counts the failed copies of a message. True where a target was suspended. */
export async function countFailedTargets(
  queueId: string,
  dependencies: CountTargetsDependencies,
): Promise<boolean> {
  const { store } = dependencies
  let isAnySuspended = false
  for (let after = -1; ; ) {
    const page = await store.failedTargetCopies(queueId, { after, limit: failedCopiesAtOnce })
    for (const copy of page) {
      const failed = { ...copy, queueId, failure: failureOf(copy), isReturned: false }
      isAnySuspended = (await count(failed, dependencies)) || isAnySuspended
      // Nobody is to be told of a probe.
      if (copy.kind === probeKind) await store.countFailures(queueId, [{ ordinal: copy.ordinal }])
    }
    const last = page.at(-1)
    if (last === undefined || page.length < failedCopiesAtOnce) return isAnySuspended
    after = last.ordinal
  }
}

/** What became of a report about a copy for a target. */
export interface TargetBounceCounting {
  /** It was about a probe: it goes no further. */
  readonly isOfProbe: boolean
  readonly isSuspended: boolean
}

/** Counts what a report says about one copy. */
export async function countTargetBounce(
  spooled: SpooledBounce,
  dependencies: CountTargetsDependencies,
): Promise<TargetBounceCounting> {
  const { queueId, ordinal, action = 'failed' } = spooled.bounce
  const { store } = dependencies
  const delivery = await store.delivery(queueId, ordinal)
  const isOther = delivery === undefined || delivery.subscriberId !== null || action !== 'failed'
  if (isOther || (delivery.kind !== 'alias' && delivery.kind !== probeKind))
    return { isOfProbe: false, isSuspended: false }
  const reading = await readReport(spooled.message)
  const failure = reading.kind === 'report' ? reportedFailure(reading) : unreadable
  const { kind, recipient, forwardPath } = delivery
  const failed = { kind, recipient, forwardPath, queueId, failure, isReturned: true }
  const isSuspended = await count(failed, dependencies)
  if (kind !== probeKind) return { isOfProbe: false, isSuspended }
  const keepUntil = dependencies.keepUntil(spooled.receivedAt)
  await store.countBounce({ bounceQueueId: spooled.queueId, queueId, ordinal, keepUntil }, {})
  return { isOfProbe: true, isSuspended }
}

function count(failed: FailedFor, dependencies: CountTargetsDependencies): Promise<boolean> {
  return failed.kind === probeKind ? countProbe(failed, dependencies) : countCopy(failed, dependencies)
}

async function countProbe(
  { forwardPath, queueId, failure }: FailedFor,
  { store, settings, log, clock }: CountTargetsDependencies,
): Promise<false> {
  const target = await store.aliasTarget(foldedAddress(forwardPath))
  const change = target && afterProbeFailed({ addressee: target, queueId }, failure, settings, clock())
  if (target !== undefined && change !== undefined) {
    await store.keepAliasTarget(changedTarget(target, change))
    log.info({ queueId, target: forwardPath, reason: failure.reason }, 'probe of a target came back')
  }
  return false
}

/** @returns whether the target is suspended now and was not before */
async function countCopy(failed: FailedFor, dependencies: CountTargetsDependencies): Promise<boolean> {
  const { recipient, forwardPath, queueId, failure } = failed
  // Policies, full mailboxes and hosts that are down are no reason to stop trying.
  if (failure.failure !== 'hard' || !isWritten(failed, dependencies.aliases)) return false
  const { store, settings, log } = dependencies
  const now = dependencies.clock()
  const known = await store.aliasTarget(foldedAddress(forwardPath))
  const target = { ...(known ?? freshTarget(forwardPath, recipient, now)), alias: recipient }
  const after = targetAfterFailure(target, failed, settings, now)
  if (after === undefined) return false
  const isSuspended = after.state === 'suspended'
  if (isSuspended && (await takesMail(after, now, store))) {
    await store.forgetAliasTarget(after.addressKey)
    return false
  }
  await store.keepAliasTarget(after)
  const fields = { queueId, target: forwardPath, alias: recipient, reason: failure.reason }
  if (isSuspended) log.warn(fields, 'target of an alias suspended')
  else log.info({ ...fields, failures: after.bounceScore }, 'failure counted on a target of an alias')
  return isSuspended
}

/** More copies were taken since it fails than have come back, leaving out those that still may. */
async function takesMail(
  { address, failedSince, returned }: AliasTarget,
  now: number,
  store: Pick<Store, 'targetDeliveries'>,
): Promise<boolean> {
  const until = now - returnsWithinMilliseconds
  const query = { address, after: failedSince, until, limit: returned + 1 }
  return (await store.targetDeliveries(query)) > returned
}

/**
 * The address stands in an alias: one that a catch-all makes of whatever a stranger writes is nobody's to mend. Who reads the mail of the
 * postmaster gets it in any case.
 */
function isWritten({ recipient, forwardPath }: FailedFor, aliases: AliasDirectory): boolean {
  const mailbox = parseMailbox(recipient)
  const target = parseMailbox(forwardPath)
  if (mailbox === undefined || target === undefined || isRole(mailbox.localPart)) return false
  if (aliases.isOwnDomain(domainOf(forwardPath))) return false
  const base = aliases.withoutTag(mailbox)
  const hasOwn = aliases.hasOwnAlias(mailbox) || (base !== undefined && aliases.hasOwnAlias(base))
  return hasOwn || foldedLocalPart(mailbox.localPart) !== foldedLocalPart(target.localPart)
}
