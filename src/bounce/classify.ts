/**
 * What came to a bounce address. Only a report of a failure goes on; a bounce address also gets vacation notices, letters of
 * people who answer to whatever they see, and advertising (RFC 3834 section 2; docs/design/bounces.md, "What a bounce is"). Pure.
 */
import { automaticSign } from '../message/automatic-signs.ts'
import type { Message } from '../message/message.ts'
import { fieldValue } from '../message/message.ts'
import type { ReportedAction } from '../record/bounce-record.ts'
import type { Report, ReportReading } from './report.ts'

export type BounceClass =
  /** A failure anywhere in it makes a report one of failure. */
  | { readonly kind: ReportedAction; readonly report: Report }
  | { readonly kind: 'auto-reply'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'other'; readonly reason: string }

/** The worst first. */
const actions: readonly ReportedAction[] = ['failed', 'delayed', 'expanded', 'relayed', 'delivered']

/**
 * Tells what a message to a bounce address is.
 *
 * @param reversePath MAIL FROM of its transaction; reports have the null one (RFC 3464 section 2)
 */
export function classifyBounce(message: Message, reversePath: string, reading: ReportReading): BounceClass {
  if (reading.kind === 'report') return classOfReport(reading, reversePath)
  if (reading.kind === 'malformed') return { kind: 'malformed', reason: reading.reason }
  const automatic = whyAutomatic(message)
  if (automatic !== undefined) return { kind: 'auto-reply', reason: automatic }
  return {
    kind: 'other',
    reason: reversePath === '' ? 'no report and no automatic reply' : 'a letter to a bounce address',
  }
}

/** Answering a message that has a return address is not what a bounce address is for: a report never has one. */
function classOfReport(report: Report, reversePath: string): BounceClass {
  if (reversePath !== '') return { kind: 'other', reason: 'a report with a reverse-path that is not null' }
  const found = actions.find(action => report.recipients.some(recipient => recipient.action === action))
  if (found !== undefined) return { kind: found, report }
  const failed = report.recipients.some(({ status }) => status?.startsWith('5.'))
  if (failed) return { kind: 'failed', report }
  return { kind: 'malformed', reason: 'the report says of no recipient what was done' }
}

/** What programs write above their answers, where they say it nowhere else. */
const subjects = /^(?:auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office|vacation)\b/i

function whyAutomatic(message: Message): string | undefined {
  const found = automaticSign(message)
  if (found !== undefined) return found.sign
  const subject = message.fields.find(({ name }) => name.toLowerCase() === 'subject')
  const value = subject === undefined ? '' : fieldValue(subject)
  return subjects.test(value) ? `Subject: ${value.slice(0, 80).replace(/[^\x20-\x7e]/g, '?')}` : undefined
}
