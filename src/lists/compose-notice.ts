/**
 * Composing a notice: a mail that the relay writes to one person about a list. nodemailer's MIME builder makes it. Whatever
 * the texts hold, none of them can end its field or begin another one.
 */
import MimeNode from 'nodemailer/lib/mime-node'
import { oneLine } from '../message/printable.ts'

/** A mail to one person, as its author means it. */
export interface Notice {
  readonly from: NoticeAuthor
  /** The one address that it goes to, as it stands in RCPT TO. */
  readonly to: string
  /** Unicode; made one line of at most 200 characters. */
  readonly subject: string
  /** The text: Unicode, lines separated by `\n`. */
  readonly text: string
  /** Where an answer of the reader goes, where not to the author. */
  readonly replyTo?: string
  /** RFC 3834 section 5: it answers a message, or nobody has asked for it. */
  readonly autoSubmitted: 'auto-replied' | 'auto-generated'
  /** Message-ID of what it answers, angle brackets included; left out where it is not a plain one. */
  readonly inReplyTo?: string | undefined
  /** A message that goes with it, octet for octet as message/rfc822. */
  readonly attached?: Buffer | undefined
}

export interface NoticeAuthor {
  /** Unicode; made one line. */
  readonly name: string
  /** An address in an own domain, which signs. */
  readonly address: string
}

/** What a notice gets on its way out. */
export interface NoticeFrame {
  readonly composedAtMilliseconds: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Part of the MIME boundaries; random, so that no attached message can hold it. */
  readonly boundary: string
}

/** RFC 5322 section 3.6.4, the ordinary case: what is longer or stranger is not worth quoting. */
const plainMessageId =
  /^<[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]{1,150}@[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.[\]:]{1,100}>$/

/** Builds the notice as octets with CRLF line ends, ready to be signed. */
export async function composeNotice(notice: Notice, frame: NoticeFrame): Promise<Buffer> {
  const hasAttachment = notice.attached !== undefined
  const root = new MimeNode(hasAttachment ? 'multipart/mixed' : 'text/plain; charset=utf-8', {
    baseBoundary: frame.boundary,
    boundaryPrefix: 'notice',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  root.setHeader([
    { key: 'From', value: { name: fieldText(notice.from.name), address: notice.from.address } },
    ...(notice.replyTo === undefined ? [] : [{ key: 'Reply-To', value: { address: notice.replyTo } }]),
    { key: 'To', value: { address: notice.to } },
    { key: 'Subject', value: fieldText(notice.subject) || '(no subject)' },
    { key: 'Date', value: new Date(frame.composedAtMilliseconds) },
    { key: 'Message-ID', value: `<${frame.messageId}>` },
    ...answerFields(notice.inReplyTo),
    { key: 'Auto-Submitted', value: notice.autoSubmitted },
    // Responders that know nothing of RFC 3834 look at these two.
    { key: 'Precedence', value: 'bulk' },
    { key: 'X-Auto-Response-Suppress', value: 'All' },
  ])
  const text = bodyText(notice.text)
  if (notice.attached === undefined) root.setContent(text)
  else attach(root, text, notice.attached)
  return root.build()
}

/** One line in which nothing is an encoded-word (RFC 2047): a stranger's subject is shown as it was decoded, not once more. */
function fieldText(text: string): string {
  return oneLine(text.replaceAll('=?', '= ?'))
}

/** Lines that end with CRLF, without controls. */
function bodyText(text: string): string {
  const lines = text
    .replace(/\r\n?/g, '\n')
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, ' ')
    .trimEnd()
    .split('\n')
  return `${lines.join('\r\n')}\r\n`
}

function answerFields(messageId: string | undefined): { key: string; value: string }[] {
  if (messageId === undefined || !plainMessageId.test(messageId)) return []
  return [
    { key: 'In-Reply-To', value: messageId },
    { key: 'References', value: messageId },
  ]
}

/** RFC 2046 section 5.2.1: an attached message is never encoded. */
function attach(root: MimeNode, text: string, attached: Buffer): void {
  root.createChild('text/plain; charset=utf-8').setContent(text)
  const isEightBit = attached.some(octet => octet > 0x7f)
  if (isEightBit) root.setHeader('Content-Transfer-Encoding', '8bit')
  const header = `Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="message.eml"\r\n${
    isEightBit ? 'Content-Transfer-Encoding: 8bit\r\n' : ''
  }\r\n`
  root.createChild().setRaw(Buffer.concat([Buffer.from(header), attached]))
}
