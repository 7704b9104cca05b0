/**
 * Composing a DSN (RFC 3464, RFC 6522; docs/design/bounces.md, "What a bounce is"). nodemailer's MIME builder makes the
 * multipart/report; the returned message goes in as it is, octet for octet.
 */

import { isAscii } from 'node:buffer'
import MimeNode from 'nodemailer/lib/mime-node'
import { withoutControls } from '../message/printable.ts'
import type { ReportedAction } from '../record/bounce-record.ts'
import type { DsnInput, ReportedRecipient } from './dsn-input.ts'
import { explanationText, rfc5322Date } from './report-text.ts'
import { returnedPart, returnsBody } from './returned-part.ts'

/**
 * Builds the report as octets with CRLF line ends, ready to be signed as a new message.
 * Its own DKIM2 fields are the business of the caller.
 */
export async function composeDsn(input: DsnInput): Promise<Buffer> {
  const root = new MimeNode('multipart/report; report-type=delivery-status', {
    baseBoundary: input.boundary,
    boundaryPrefix: 'report',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  root.setHeader([
    { key: 'From', value: { name: 'Mail Delivery Subsystem', address: input.from } },
    { key: 'To', value: { address: input.to } },
    { key: 'Subject', value: subjectOf(input) },
    { key: 'Date', value: new Date(input.composedAtMilliseconds) },
    { key: 'Message-ID', value: `<${input.messageId}>` },
    { key: 'Auto-Submitted', value: 'auto-replied' },
  ])
  const status = Buffer.from(deliveryStatus(input))
  const returned = input.returned && returnedPart(input.returned, returnsBody(input))
  if (returned?.hasEightBit || !isAscii(status)) root.setHeader('Content-Transfer-Encoding', '8bit')
  root.createChild('text/plain; charset=utf-8').setContent(explanationText(input))
  const part = root.createChild(statusType(input)).setContent(status)
  if (!isAscii(status)) part.setHeader('Content-Transfer-Encoding', '8bit')
  if (returned) root.createChild().setRaw(returned.octets)
  return root.build()
}

function subjectOf({ recipients }: DsnInput): string {
  const has = (action: ReportedAction) => recipients.some(recipient => recipient.action === action)
  if (has('failed')) return 'Undelivered mail returned to sender'
  return has('delayed') ? 'Delivery of your mail is delayed' : 'Your mail was passed on'
}

/** RFC 6533: addresses beyond ASCII need the internationalised report. */
function statusType(input: DsnInput): string {
  const addresses = input.recipients.flatMap(one => [one.finalRecipient, one.originalRecipient ?? ''])
  return addresses.some(address => /[^\x00-\x7e]/.test(address))
    ? 'message/global-delivery-status'
    : 'message/delivery-status'
}

function deliveryStatus(input: DsnInput): string {
  const perMessage = [
    ...optional('Original-Envelope-Id', input.originalEnvelopeId),
    `Reporting-MTA: dns; ${input.reportingMta}`,
    `Arrival-Date: ${rfc5322Date(input.arrivedAtMilliseconds)}`,
  ]
  const perRecipient = input.recipients.flatMap(recipient => {
    const address = withoutControls(recipient.finalRecipient)
    const addressType = /[^\x20-\x7e]/.test(address) ? 'utf-8' : 'rfc822'
    return [
      '',
      ...optional('Original-Recipient', recipient.originalRecipient),
      `Final-Recipient: ${addressType}; ${address}`,
      `Action: ${recipient.action}`,
      `Status: ${recipient.status}`,
      ...diagnosticCode(recipient),
      ...willRetryUntil(recipient),
    ]
  })
  return [...perMessage, ...perRecipient, ''].join('\r\n')
}

function optional(name: string, value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [`${name}: ${withoutControls(value)}`]
}

/** The peer's own words may name hosts and addresses beyond this hop; its codes do not. */
function diagnosticCode({ diagnostic, replyCodes }: ReportedRecipient): string[] {
  if (diagnostic !== undefined) return [`Diagnostic-Code: smtp; ${withoutControls(diagnostic)}`]
  return replyCodes === undefined ? [] : [`Diagnostic-Code: smtp; ${replyCodes} (said by the next hop)`]
}

function willRetryUntil({ action, willRetryUntilMilliseconds }: ReportedRecipient): string[] {
  if (action !== 'delayed' || willRetryUntilMilliseconds === undefined) return []
  return [`Will-Retry-Until: ${rfc5322Date(willRetryUntilMilliseconds)}`]
}
