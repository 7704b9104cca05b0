/** What failures make of a target of an alias, by the rules for subscribers of lists (lists/standing). Pure. */
import type { RelayConfig } from '../../config/schema.ts'
import { scoreAt } from '../../lists/bounce-score.ts'
import type { BounceScoreSettings } from '../../lists/settings.ts'
import type { ClassifiedFailure } from '../../lists/standing.ts'
import { afterFailure } from '../../lists/standing.ts'
import { foldedAddress } from '../../message/mailbox.ts'
import type { AliasTarget } from '../../store/alias-target-records.ts'
import type { StandingChange } from '../../store/list-records.ts'

const secondsPerDay = 86_400

/** After a failure that counted none counts for so long: less than a day, so that those of daily mail count. */
const onceInHours = 20

/** The settings of the relay, in the words of the rules. A probe follows a probe for as long as the alias leads there. */
export function scoreSettings({ aliasTargets }: Pick<RelayConfig, 'aliasTargets'>): BounceScoreSettings {
  return {
    hardPoints: 1,
    softPoints: 0,
    // What time takes off failures of one week does not put it off.
    suspendAt: aliasTargets.suspend ? aliasTargets.suspendAfterFailures - 0.5 : Number.POSITIVE_INFINITY,
    onceInHours,
    daysPerPoint: aliasTargets.forgetFailureSeconds / secondsPerDay,
    probeAfterDays: aliasTargets.probeAfterSeconds / secondsPerDay,
    probeWaitDays: aliasTargets.probeWaitSeconds / secondsPerDay,
    maxProbes: Number.POSITIVE_INFINITY,
    afterProbes: 'keep',
  }
}

/** One against which nothing is known. */
export function freshTarget(address: string, alias: string, now: number): AliasTarget {
  return {
    address,
    addressKey: foldedAddress(address),
    alias,
    state: 'active',
    suspendedAt: null,
    suspendedBy: null,
    reason: null,
    bounceScore: 0,
    bouncedAt: null,
    probes: 0,
    probeDueAt: null,
    probeQueueId: null,
    failedSince: now,
    returned: 0,
    resumedAt: null,
  }
}

/** The target with what a change has made of it. */
export function changedTarget(target: AliasTarget, { standing, news }: StandingChange): AliasTarget {
  const resumedAt = news === undefined ? target.resumedAt : news.kind === 'resumed' ? news.at : null
  return { ...target, ...standing, resumedAt }
}

/**
 * A copy for the target has failed for good, and it lies with the address. Undefined: nothing follows from it.
 *
 * @param isReturned the copy was taken, and a report came back
 */
export function targetAfterFailure(
  target: AliasTarget,
  { failure, isReturned }: { readonly failure: ClassifiedFailure; readonly isReturned: boolean },
  settings: BounceScoreSettings,
  now: number,
): AliasTarget | undefined {
  // What is left of the score says since when it has failed.
  const isFirst = scoreAt(target, settings, now) === 0
  const since = isFirst ? { failedSince: now, returned: 0 } : {}
  const returned = isReturned && !isFirst ? { returned: target.returned + 1 } : {}
  const change = afterFailure(target, failure, settings, now)
  if (change !== undefined) return changedTarget({ ...target, ...since, ...returned }, change)
  return isReturned && target.state === 'active' ? { ...target, ...returned } : undefined
}
