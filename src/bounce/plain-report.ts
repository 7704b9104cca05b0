/**
 * Reports that are plain text: qmail's (the QSBMF format of its author: a first line that begins with "Hi. This is the", a
 * paragraph for each recipient, a line of hyphens before the message) and those of Exim before it knew DSNs (addresses in
 * X-Failed-Recipients). They say less: only that a delivery failed.
 */
import type { Message } from '../message/message.ts'
import { fieldValue, withCrlf } from '../message/message.ts'
import type { LeafPart } from '../message/mime-parts.ts'
import { decodedContent } from '../message/mime-parts.ts'
import type { Report, ReportBounds } from './read-report.ts'
import { returnedMessage } from './returned-message.ts'
import type { RecipientStatus } from './status-fields.ts'
import { oneLine } from './status-fields.ts'

const qmailBegin = /^Hi\. This is (?:the|a) /
const qmailBreak = /^--[^\r\n]*\r\n/m
const eximBreak = /^-{4,} This is a copy of (?:your|the) message[^\r\n]*\r\n/m
/** How much of the text before the returned message is looked at. */
const maxTextBytes = 64 * 1024

/** Undefined for everything that is neither. */
export function readPlainReport(
  message: Message,
  parts: readonly LeafPart[],
  bounds: ReportBounds,
): Report | undefined {
  const [part] = parts
  if (part?.contentType !== 'text/plain' || parts.length > 1) return undefined
  const content = decodedContent(part)
  const text = withCrlf(content.subarray(0, maxTextBytes)).toString('latin1')
  if (qmailBegin.test(text)) return qmailReport(content, text, bounds)
  const failed = message.fields.find(field => field.name.toLowerCase() === 'x-failed-recipients')
  return failed && eximReport(fieldValue(failed), content, text, bounds)
}

/** A paragraph that begins with `<address>:` tells why it failed. */
function qmailReport(content: Buffer, text: string, bounds: ReportBounds): Report | undefined {
  const said = beforeBreak(text, qmailBreak)
  const recipients = said
    .split('\r\n\r\n')
    .map(paragraph => /^(?:\r\n)*<([^\r\n]{0,1000})>:\r\n([\s\S]*)$/.exec(paragraph))
    .filter(match => match !== null)
    .slice(0, bounds.maxRecipients)
    .map(([, address = '', reason = '']) => failure(address, reasonOf(reason, bounds), bounds))
  if (recipients.length === 0) return undefined
  return report('qmail', recipients, content, qmailBreak)
}

function eximReport(addresses: string, content: Buffer, text: string, bounds: ReportBounds): Report {
  const said = beforeBreak(text, eximBreak)
  const reason = reasonOf(said, bounds)
  const recipients = addresses
    .split(',', bounds.maxRecipients)
    .map(address => failure(address.trim(), reason, bounds))
  return report('exim', recipients, content, eximBreak)
}

function beforeBreak(text: string, pattern: RegExp): string {
  const at = pattern.exec(text)
  return at === null ? text : text.slice(0, at.index)
}

type Reason = Pick<RecipientStatus, 'status' | 'diagnosticCode' | 'diagnosticType'>

/** The status code and the reply in a text, where it has them. */
function reasonOf(text: string, bounds: ReportBounds): Reason {
  const line = oneLine(text.replace(/\s+/g, ' '))
  const status = /(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(line)?.[0] ?? '5.0.0'
  const said = /(?<!\d)5\d\d[ -][\s\S]*$/.exec(line)?.[0]
  if (said === undefined) return { status }
  return { status, diagnosticCode: said.slice(0, bounds.maxValueCharacters), diagnosticType: 'smtp' }
}

function failure(address: string, reason: Reason, bounds: ReportBounds): RecipientStatus {
  return { finalRecipient: oneLine(address.slice(0, bounds.maxValueCharacters)), action: 'failed', ...reason }
}

/** What stands after the line of hyphens, and after its empty line, is the message. */
function report(
  form: 'qmail' | 'exim',
  recipients: readonly RecipientStatus[],
  content: Buffer,
  pattern: RegExp,
): Report {
  const head = content.toString('latin1', 0, maxTextBytes)
  const at = pattern.exec(head)
  const rest = at === null ? Buffer.alloc(0) : content.subarray(at.index + at[0].length)
  const start = [...rest.subarray(0, 64)].findIndex(octet => octet !== 0x0d && octet !== 0x0a)
  const returned = start < 0 ? undefined : returnedMessage(rest.subarray(start), true)
  return { kind: 'report', form, recipients, ...(returned === undefined ? {} : { returned }) }
}
