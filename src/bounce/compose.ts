/**
 * Composing a DSN (RFC 3464, RFC 6522; docs/design/bounces.md, "What a bounce is"). nodemailer's MIME builder makes the
 * multipart/report; the returned message goes in as it is, octet for octet.
 */
import { isAscii } from 'node:buffer'
import MimeNode from 'nodemailer/lib/mime-node'
import type { Message } from '../message/message.ts'
import type { ReportedAction } from '../record/bounce-record.ts'
import { explanationText, oneLine, rfc5322Date } from './report-text.ts'
import { returnedPart, returnsBody } from './returned-part.ts'

/** One recipient that the report is about, named as the previous hop named it. */
export interface ReportedRecipient {
  /** Address that the previous hop used: nothing that this hop forwarded to is told. */
  readonly finalRecipient: string
  /** ORCPT of the previous hop (RFC 3461 section 4.2), decoded: `rfc822;a@b.example`. */
  readonly originalRecipient?: string | undefined
  readonly action: ReportedAction
  /** Enhanced status code, such as 5.1.1 (RFC 3463). */
  readonly status: string
  /** What happened, for a person, without addresses or hosts from beyond this hop. One line. */
  readonly explanation: string
  /** Codes that the next hop gave, where it gave any: `550 5.1.1`. */
  readonly replyCodes?: string | undefined
  /** The reply of a server further on, cleaned for the previous hop to read; goes before `replyCodes`. */
  readonly diagnostic?: string | undefined
  /** Of a delayed one: until when delivery is tried. */
  readonly willRetryUntilMilliseconds?: number | undefined
}

export interface DsnInput {
  /** Host name of this relay. */
  readonly reportingMta: string
  /** Address in the domain that received the failed message; the From field. */
  readonly from: string
  /** Where the report goes. */
  readonly to: string
  readonly arrivedAtMilliseconds: number
  readonly composedAtMilliseconds: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Part of the MIME boundaries; random, so that no returned message can hold it. */
  readonly boundary: string
  readonly queueId: string
  /** ENVID of the previous hop (RFC 3461 section 4.4), decoded. */
  readonly originalEnvelopeId?: string | undefined
  readonly recipients: readonly ReportedRecipient[]
  /** The message as the previous hop sent it; undefined where nothing of it can be told. */
  readonly returned: Message | undefined
  /** Return the header fields alone: RET=HDRS (RFC 3461 section 4.3), or there is no body. */
  readonly headerOnly?: boolean | undefined
  /** Bodies above this are left out and the header fields returned alone (text/rfc822-headers). */
  readonly returnBodyMaxBytes: number
}

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
    const address = oneLine(recipient.finalRecipient)
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
  return value === undefined || value === '' ? [] : [`${name}: ${oneLine(value)}`]
}

/** The peer's own words may name hosts and addresses beyond this hop; its codes do not. */
function diagnosticCode({ diagnostic, replyCodes }: ReportedRecipient): string[] {
  if (diagnostic !== undefined) return [`Diagnostic-Code: smtp; ${oneLine(diagnostic)}`]
  return replyCodes === undefined ? [] : [`Diagnostic-Code: smtp; ${replyCodes} (said by the next hop)`]
}

function willRetryUntil({ action, willRetryUntilMilliseconds }: ReportedRecipient): string[] {
  if (action !== 'delayed' || willRetryUntilMilliseconds === undefined) return []
  return [`Will-Retry-Until: ${rfc5322Date(willRetryUntilMilliseconds)}`]
}
