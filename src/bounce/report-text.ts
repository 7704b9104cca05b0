/** The part of a report that a person reads. */
import { oneLine, withoutControls } from '../message/printable.ts'
import type { ReportedAction } from '../record/bounce-record.ts'
import type { DsnInput, ReportedRecipient } from './dsn-input.ts'
import { returnsBody } from './returned-part.ts'

/** What is said above the recipients that fared alike, in the order in which it is said. */
const headings: readonly (readonly [ReportedAction, string])[] = [
  ['failed', 'Your message could not be delivered to:'],
  ['delayed', 'Your message has not been delivered yet, and you need not send it again, to:'],
  ['delivered', 'Your message was delivered to:'],
  ['relayed', 'Your message was passed on to a system that sends no such reports, to:'],
  ['expanded', 'Your message was delivered to the list of addresses that stands behind:'],
]

/** With indentation and status code it fits into a line of a message (RFC 5322 section 2.1.1 has 998 octets). */
const maxExplanation = 240

/** The text, with CRLF line ends. */
export function explanationText(input: DsnInput): string {
  const sections = headings.flatMap(([action, heading]) => {
    const recipients = input.recipients.filter(recipient => recipient.action === action)
    return recipients.length === 0 ? [] : [heading, '', ...recipients.flatMap(recipientLines)]
  })
  return [`This is the mail system at ${input.reportingMta}.`, '', ...sections, lastLine(input), ''].join(
    '\r\n',
  )
}

function recipientLines(recipient: ReportedRecipient): string[] {
  const { action, willRetryUntilMilliseconds: until } = recipient
  return [
    `<${withoutControls(recipient.finalRecipient)}>`,
    `    ${recipient.status} ${oneLine(recipient.explanation, maxExplanation)}`,
    ...(action === 'delayed' && until !== undefined ? [`    tried again until ${rfc5322Date(until)}`] : []),
    '',
  ]
}

function lastLine(input: DsnInput): string {
  if (!input.returned) return `The message had the queue id ${input.queueId} here.`
  const what = returnsBody(input) ? 'The message' : 'The header of the message'
  return `${what} is returned below as it arrived here (queue id ${input.queueId}).`
}

/** RFC 5322 section 3.3, in UTC. */
export function rfc5322Date(milliseconds: number): string {
  return new Date(milliseconds).toUTCString().replace('GMT', '+0000')
}
