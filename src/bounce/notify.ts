/** Who wants to hear of what (RFC 3461 section 4.1). */

import type { ReportedAction } from '../record/bounce-record.ts'
import type { Notify } from '../smtp/dsn-parameters.ts'

/** What was asked of reports about one delivery, and what was told of its success. */
export interface ReportRequest {
  readonly notify: Notify | undefined
  /** `wanted`: the next hop was asked to report success, and has not. */
  readonly successDsn: 'none' | 'wanted' | 'due' | 'sent' | 'skipped'
}

/** Why a report that came back from a later hop is not passed on to the previous one; undefined: it is. */
export function whyNotPassedOn(action: ReportedAction, request: ReportRequest): string | undefined {
  const { notify, successDsn } = request
  if (action === 'failed') {
    return wantsReport(notify, action, false) ? undefined : 'the sender asked for no reports of failures'
  }
  if (action === 'delayed') return notify?.includes('DELAY') ? undefined : 'a report of a delayed delivery'
  if (successDsn === 'wanted') return undefined
  return successDsn === 'sent' ? 'this success was reported before' : `a report of a ${action} delivery`
}

/**
 * Whether a report of this action may be sent for a recipient. Without NOTIFY failures are reported, and delays where the relay
 * is set to do so (RFC 3461 section 6.2 leaves that open).
 */
export function wantsReport(
  notify: Notify | undefined,
  action: ReportedAction,
  reportsDelays: boolean,
): boolean {
  if (notify === undefined) return action === 'failed' || (action === 'delayed' && reportsDelays)
  if (notify.includes('NEVER')) return false
  if (action === 'failed') return notify.includes('FAILURE')
  if (action === 'delayed') return notify.includes('DELAY')
  return notify.includes('SUCCESS')
}
