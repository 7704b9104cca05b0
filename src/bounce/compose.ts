/**
 * Composing a DSN (RFC 3464, RFC 6522; wire/bounces: what a bounce is). nodemailer's MIME builder makes the
 * multipart/report; the returned message goes in as it is, octet for octet.
 */
import MimeNode from 'nodemailer/lib/mime-node'
import type { Message } from '../message/message.ts'
import { messageChunks } from '../message/message.ts'

/** One recipient that the report is about, named as the previous hop named it. */
export interface ReportedRecipient {
  /** Address that the previous hop used: nothing that this hop forwarded to is told. */
  readonly finalRecipient: string
  readonly action: 'failed' | 'delayed'
  /** Enhanced status code, such as 5.1.1 (RFC 3463). */
  readonly status: string
  /** What happened, for a person, without addresses or hosts from beyond this hop. One line. */
  readonly explanation: string
  /** Codes that the next hop gave, where it gave any: `550 5.1.1`. */
  readonly replyCodes?: string | undefined
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
  readonly recipients: readonly ReportedRecipient[]
  /** The message as the previous hop sent it. */
  readonly returned: Message
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
  root.createChild('text/plain; charset=utf-8').setContent(explanationText(input))
  root.createChild(statusType(input)).setContent(deliveryStatus(input))
  root.createChild().setRaw(returnedPart(input))
  return root.build()
}

function subjectOf(input: DsnInput): string {
  return input.recipients.some(recipient => recipient.action === 'failed')
    ? 'Undelivered mail returned to sender'
    : 'Delivery of your mail is delayed'
}

function explanationText(input: DsnInput): string {
  const lines = input.recipients.flatMap(recipient => [
    `<${oneLine(recipient.finalRecipient)}>`,
    `    ${recipient.status} ${oneLine(recipient.explanation)}`,
    '',
  ])
  const returned = returnsBody(input) ? 'The message' : 'The header of the message'
  return [
    `This is the mail system at ${input.reportingMta}.`,
    '',
    'Your message could not be delivered to:',
    '',
    ...lines,
    `${returned} is returned below as it arrived here (queue id ${input.queueId}).`,
    '',
  ].join('\r\n')
}

/** RFC 6533: addresses beyond ASCII need the internationalised report. */
function statusType(input: DsnInput): string {
  return input.recipients.some(recipient => /[^\x20-\x7e]/.test(recipient.finalRecipient))
    ? 'message/global-delivery-status'
    : 'message/delivery-status'
}

function deliveryStatus(input: DsnInput): string {
  const perMessage = [
    `Reporting-MTA: dns; ${input.reportingMta}`,
    `Arrival-Date: ${rfc5322Date(input.arrivedAtMilliseconds)}`,
  ]
  const perRecipient = input.recipients.flatMap(recipient => {
    const address = oneLine(recipient.finalRecipient)
    const addressType = /[^\x20-\x7e]/.test(address) ? 'utf-8' : 'rfc822'
    return [
      '',
      `Final-Recipient: ${addressType}; ${address}`,
      `Action: ${recipient.action}`,
      `Status: ${recipient.status}`,
      ...diagnosticCode(recipient),
    ]
  })
  return [...perMessage, ...perRecipient, ''].join('\r\n')
}

/** The peer's own words may name hosts and addresses beyond this hop; its codes do not. */
function diagnosticCode(recipient: ReportedRecipient): string[] {
  if (recipient.replyCodes === undefined) return []
  return [`Diagnostic-Code: smtp; ${recipient.replyCodes} (said by the next hop)`]
}

function returnedPart(input: DsnInput): Buffer {
  const chunks = returnsBody(input)
    ? messageChunks(input.returned)
    : input.returned.fields.map(field => field.octets)
  const type = returnsBody(input) ? 'message/rfc822' : 'text/rfc822-headers'
  const encoding = chunks.some(hasEightBit) ? 'Content-Transfer-Encoding: 8bit\r\n' : ''
  return Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n${encoding}\r\n`), ...chunks])
}

function returnsBody(input: DsnInput): boolean {
  return input.returned.body.length <= input.returnBodyMaxBytes
}

function hasEightBit(octets: Buffer): boolean {
  return octets.some(octet => octet > 0x7f)
}

/** RFC 5322 section 3.3, in UTC. */
function rfc5322Date(milliseconds: number): string {
  return new Date(milliseconds).toUTCString().replace('GMT', '+0000')
}

function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ')
}
