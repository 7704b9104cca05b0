/** Who wants to hear of what (RFC 3461 section 4.1). */
import type { ReportedAction } from './status-fields.ts'

/** The NOTIFY parameter of one recipient, upper case: NEVER alone, or any of the others; undefined: none was given. */
export type Notify = readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[]

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
