/**
 * Taking a report apart (RFC 3464, RFC 6522, RFC 6533): what it says of which recipient, and the message that it returns.
 * A returned message is never looked into, so that a report about a report stays the outer one.
 */
import type { Message } from '../message/message.ts'
import { fieldValue, withCrlf } from '../message/message.ts'
import type { LeafPart } from '../message/mime-parts.ts'
import { decodedContent, defaultMimeBounds, leafParts } from '../message/mime-parts.ts'
import { answeredCommand } from '../smtp/answered-command.ts'
import { readPlainReport, saidOf } from './plain-report.ts'
import type { ReportBounds, ReportReading } from './report.ts'
import type { ReturnedMessage } from './returned-message.ts'
import { hasBoundedHeader, returnedMessage } from './returned-message.ts'
import { maxReasonBytes, returnedStart } from './returned-text.ts'
import type { RecipientStatus } from './status-fields.ts'
import { readDeliveryStatus } from './status-fields.ts'

/** A report of ours names one recipient, and Postfix at most 1000 with some 300 octets each. */
export const defaultReportBounds: ReportBounds = {
  mime: defaultMimeBounds,
  maxRecipients: 1_000,
  maxValueCharacters: 2_000,
  maxStatusBytes: 256 * 1024,
}

const statusTypes = ['message/delivery-status', 'message/global-delivery-status']
const wholeTypes = ['message/rfc822', 'message/global']
const headerTypes = ['text/rfc822-headers', 'message/global-headers', 'message/rfc822-headers']

/** Reads a message as a report. Never throws; linear in its octets. */
export async function readReport(
  message: Message,
  bounds: ReportBounds = defaultReportBounds,
): Promise<ReportReading> {
  const parts = await leafParts(message, bounds.mime)
  if (!parts)
    return malformed('it has more parts, or more lines that begin with two hyphens, than are looked at')
  const status = parts.findIndex(part => statusTypes.includes(part.contentType))
  if (status < 0) {
    const plain = readPlainReport(message, parts, bounds, returnedIn(parts, 0))
    if (plain !== undefined) return plain
    return claimsStatus(message)
      ? malformed('a delivery status report without a message/delivery-status part')
      : { kind: 'no report' }
  }
  const part = parts[status] as LeafPart
  const content = decodedContent({ ...part, octets: part.octets.subarray(0, bounds.maxStatusBytes) })
  const read = readDeliveryStatus(withCrlf(content), bounds)
  if (read.recipients.length === 0) return malformed('the delivery status names no recipient')
  const returned = returnedIn(parts, status)
  const recipients = explained(read.recipients, parts.slice(0, status))
  return { kind: 'report', form: 'dsn', ...read, recipients, ...(returned === undefined ? {} : { returned }) }
}

/**
 * What only the text for people says: which command was answered, and the reason where no Diagnostic-Code gives it. Where there are
 * several recipients, nobody knows of whom it speaks.
 */
function explained(
  recipients: readonly RecipientStatus[],
  before: readonly LeafPart[],
): readonly RecipientStatus[] {
  const [recipient] = recipients
  const part = before.find(({ contentType }) => contentType === 'text/plain')
  if (recipient === undefined || recipients.length > 1 || part === undefined) return recipients
  const content = decodedContent({ ...part, octets: part.octets.subarray(0, maxReasonBytes) })
  const whole = withCrlf(content).toString('latin1')
  const said = whole.slice(0, returnedStart(whole)?.end)
  const answered = answeredCommand(said)
  const isSilent = recipient.diagnosticCode === undefined
  const explanation = isSilent ? saidOf(recipient.finalRecipient ?? '', said) : undefined
  return [{ ...recipient, ...(answered && { answered }), ...(explanation && { explanation }) }]
}

/** RFC 6522 puts the returned message last; one that stands before the status is some attachment of the text. */
function returnedIn(parts: readonly LeafPart[], status: number): ReturnedMessage | undefined {
  const types = [...wholeTypes, ...headerTypes]
  const part = parts.slice(status + 1).find(({ contentType }) => types.includes(contentType))
  return part && returnedMessage(contentOf(part), wholeTypes.includes(part.contentType))
}

const crlf = Buffer.from('\r\n')

/** Encoders of attached files write the line ends of their own system. */
function contentOf(part: LeafPart): Buffer {
  const content = decodedContent(part)
  const isForeign = part.encoding === 'base64' && !content.includes(crlf)
  return isForeign && hasBoundedHeader(content) ? withCrlf(content) : content
}

function claimsStatus(message: Message): boolean {
  const field = message.fields.find(({ name }) => name.toLowerCase() === 'content-type')
  return field !== undefined && /report-type[ \t]*=[ \t]*"?delivery-status/i.test(fieldValue(field))
}

function malformed(reason: string): ReportReading {
  return { kind: 'malformed', reason }
}
