/**
 * Reports that are plain text: qmail's (the QSBMF format of its author: a first line that begins with "Hi. This is the", a
 * paragraph for each recipient, a line of hyphens before the message) and those with the addresses in X-Failed-Recipients, which Exim
 * wrote before it knew DSNs and others still write. They say less: only that a delivery failed. Gateways wrap them into MIME, put a
 * line in front, and move the returned message into a part of its own.
 */

import type { Message } from '../message/message.ts'
import { fieldValue, withCrlf } from '../message/message.ts'
import type { LeafPart } from '../message/mime-parts.ts'
import { decodedContent } from '../message/mime-parts.ts'
import { withoutControls } from '../message/printable.ts'
import type { ReportedAction } from '../record/bounce-record.ts'
import { answeredCommand } from '../smtp/answered-command.ts'
import type { Report, ReportBounds } from './report.ts'
import type { ReturnedMessage } from './returned-message.ts'
import { returnedMessage } from './returned-message.ts'
import type { ReturnedStart } from './returned-text.ts'
import { maxReasonBytes, returnedStart } from './returned-text.ts'
import type { RecipientStatus } from './status-fields.ts'

/** Banners of gateways may stand in front. */
const qmailBegin = /^(?:[^\n]{0,500}\n){0,4}[ \t]*Hi\. This is (?:the|a) /
const qmailBreak = /^--[^\r\n]*(?:\r?\n|$)/m

/** The text of a report, cut into what is said and what is returned. */
interface ReportText {
  /** CRLF line ends, latin1. */
  readonly said: string
  readonly returned: ReturnedMessage | undefined
}

/**
 * Undefined for everything that is neither.
 *
 * @param returnedPart the message that stands in a part of its own
 */
export function readPlainReport(
  message: Message,
  parts: readonly LeafPart[],
  bounds: ReportBounds,
  returnedPart: ReturnedMessage | undefined,
): Report | undefined {
  const part = parts.find(({ octets }) => octets.some(octet => octet > 0x20))
  if (part?.contentType !== 'text/plain') return undefined
  const content = decodedContent(part)
  const head = content.toString('latin1', 0, maxReasonBytes)
  const isQmail = qmailBegin.test(head)
  const failed = message.fields.find(field => field.name.toLowerCase() === 'x-failed-recipients')
  if (!isQmail && failed === undefined) return undefined
  const text = reportText(content, isQmail ? qmailEnd(head) : returnedStart(head), returnedPart)
  const ofQmail = isQmail ? qmailRecipients(text.said, bounds) : []
  if (ofQmail.length > 0) return report('qmail', ofQmail, text)
  return failed && report('exim', namedRecipients(fieldValue(failed), text.said, bounds), text)
}

/** A paragraph that begins with `<address>:` tells why it failed. */
function qmailRecipients(said: string, bounds: ReportBounds): RecipientStatus[] {
  return said
    .split('\r\n\r\n')
    .map(paragraph => /^(?:\r\n)*<([^\r\n]{0,1000})>:\r\n([\s\S]*)$/.exec(paragraph))
    .filter(match => match !== null)
    .slice(0, bounds.maxRecipients)
    .map(([, address = '', reason = '']) => recipient(address, 'failed', reasonOf(reason, bounds), bounds))
}

function namedRecipients(addresses: string, said: string, bounds: ReportBounds): RecipientStatus[] {
  const reason = reasonOf(said, bounds)
  const action = isWarning(said) ? 'delayed' : 'failed'
  return addresses.split(',', bounds.maxRecipients).map(whole => {
    const address = whole.trim().replace(/^<(.*)>$/, '$1')
    const explanation = reason.diagnosticCode === undefined ? saidOf(address, said) : undefined
    return recipient(address, action, { ...reason, ...(explanation && { explanation }) }, bounds)
  })
}

/** A delivery that is still tried has not failed. */
function isWarning(said: string): boolean {
  const isGivenUp = /\b(?:permanent|g(?:iving|ave|iven) up|too long|expired)/i.test(said)
  return (
    !isGivenUp &&
    /\bwarning\b|\bdelayed\b|\bwill be (?:tried|retried)|\bwill (?:retry|keep trying)|\bneed to resend\b|\bstill trying\b/i.test(
      said,
    )
  )
}

/**
 * What a report for people says below an address: the lines after it, to the next empty one. Undefined where it says nothing.
 *
 * @param said CRLF line ends
 */
export function saidOf(address: string, said: string): string | undefined {
  const lines = said.split('\r\n')
  const isNamed = (line: string) => line.replace(/[<>:\s]/g, '').toLowerCase() === address.toLowerCase()
  const at = lines.findIndex(isNamed)
  if (at < 0 || address === '') return undefined
  const below = lines.slice(at + 1, at + 20)
  const start = below.findIndex(line => line.trim() !== '')
  if (start < 0) return undefined
  const end = below.findIndex((line, index) => index > start && line.trim() === '')
  return withoutControls(below.slice(start, end < 0 ? undefined : end).join(' '))
}

type Reason = Pick<
  RecipientStatus,
  'status' | 'diagnosticCode' | 'diagnosticType' | 'answered' | 'explanation'
>

/** The status code and the reply in a text, where it has them. */
function reasonOf(text: string, bounds: ReportBounds): Reason {
  const line = withoutControls(text.replace(/\s+/g, ' '))
  const status = /(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(line)?.[0] ?? '5.0.0'
  const answered = answeredCommand(text)
  const known = { status, ...(answered && { answered }) }
  const said = /(?<!\d)5\d\d[ -][\s\S]*$/.exec(line)?.[0]
  if (said === undefined) return known
  return { ...known, diagnosticCode: said.slice(0, bounds.maxValueCharacters), diagnosticType: 'smtp' }
}

function recipient(
  address: string,
  action: ReportedAction,
  reason: Reason,
  bounds: ReportBounds,
): RecipientStatus {
  return { finalRecipient: withoutControls(address.slice(0, bounds.maxValueCharacters)), action, ...reason }
}

/** QSBMF: a line that begins with hyphens ends the reasons, whatever else it says. */
function qmailEnd(head: string): ReturnedStart | undefined {
  const found = returnedStart(head)
  const ruled = qmailBreak.exec(head)
  if (ruled === null || (found !== undefined && found.end <= ruled.index)) return found
  return { end: ruled.index, start: ruled.index + ruled[0].length }
}

/** What stands after the line of hyphens, and after its empty line, is the message. */
function reportText(
  content: Buffer,
  at: ReturnedStart | undefined,
  returnedPart: ReturnedMessage | undefined,
): ReportText {
  const said = withCrlf(content.subarray(0, at?.end ?? maxReasonBytes)).toString('latin1')
  const rest = at === undefined ? Buffer.alloc(0) : content.subarray(at.start)
  const start = [...rest.subarray(0, 64)].findIndex(octet => octet !== 0x0d && octet !== 0x0a)
  const inText = start < 0 ? undefined : returnedMessage(rest.subarray(start), true)
  return { said, returned: returnedPart ?? inText }
}

function report(
  form: 'qmail' | 'exim',
  recipients: readonly RecipientStatus[],
  { returned }: ReportText,
): Report {
  return { kind: 'report', form, recipients, ...(returned === undefined ? {} : { returned }) }
}
