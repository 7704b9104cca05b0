/** The footer of a list as lines of text and of HTML, checked once, and as the octets that a part needs. */

import { isAsciiText } from '../message/header-field.ts'
import { type CharsetKind, encodeText } from './charset.ts'
import { quotedPrintableLine } from './quoted-printable-text.ts'

export interface FooterSettings {
  /**
   * Lines of text, with LF or CRLF between them; Unicode. Its own separator is part of it (`_____`, or `-- ` for a signature).
   * White space at line ends is dropped, except in `-- `.
   */
  readonly text: string
  /** What HTML parts get: a fragment such as `<hr><p>...</p>`; Unicode. Default: the text with its lines. */
  readonly html?: string
}

/** A footer that is fit to be sent. */
export interface Footer {
  /** Unicode, without line ends. */
  readonly lines: readonly string[]
  /** ASCII: other characters are written as references. */
  readonly html: readonly string[]
}

/** Settings, not mail: a footer is some lines, and each goes out as one line of at most 998 octets. */
const maxLines = 100
const maxLineBytes = 900

/** Control characters but tabs, and halves of characters. */
const unwritable = /[\x00-\x08\x0b-\x1f\x7f-\x9f]|\p{Surrogate}/u

/** @throws RangeError for an empty footer, one that is too long, control characters */
export function readFooter(settings: FooterSettings): Footer {
  const lines = checkedLines('footer text', settings.text)
  const html = settings.html === undefined ? htmlOf(lines) : checkedLines('footer html', settings.html)
  return { lines, html: checkedLength('footer html', html.map(withReferences)) }
}

function checkedLines(what: string, text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map(line => (line === '-- ' ? line : line.replace(/[ \t]+$/, '')))
  while (lines.at(-1) === '') lines.pop()
  if (lines.length === 0 || lines.length > maxLines || lines.some(line => unwritable.test(line))) {
    throw new RangeError(`${what}: not 1 to ${maxLines} lines of text without control characters`)
  }
  return checkedLength(what, lines)
}

function checkedLength(what: string, lines: readonly string[]): readonly string[] {
  if (lines.some(line => Buffer.byteLength(line) > maxLineBytes)) {
    throw new RangeError(`${what}: a line is longer than ${maxLineBytes} octets`)
  }
  return lines
}

function htmlOf(lines: readonly string[]): readonly string[] {
  const text = lines.filter((line, index) => index > 0 || !/^[-_=*\s]*$/.test(line))
  const last = text.length - 1
  return [
    '<hr>',
    '<p>',
    ...text.map((line, index) => escapeHtml(line) + (index < last ? '<br>' : '')),
    '</p>',
  ]
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function withReferences(line: string): string {
  return line.replace(/[^\x00-\x7f]/gu, letter => `&#${letter.codePointAt(0)};`)
}

/** How the text of a part is written. */
export interface TextForm {
  readonly charset: CharsetKind
  readonly isQuotedPrintable: boolean
  /** format=flowed (RFC 3676). */
  readonly isFlowed: boolean
  /** Octets above U+007F may stand in it as they are. */
  readonly isEightBit: boolean
}

/**
 * Lines as octets, each with its CRLF.
 *
 * @returns undefined where the form cannot hold one of them
 */
export function encodeLines(lines: readonly string[], form: TextForm): Buffer | undefined {
  const octets: Buffer[] = []
  for (const line of lines) {
    const text = encodeText(form.isFlowed ? stuffed(line) : line, form.charset)
    if (!text || (!isAsciiText(line) && !form.isQuotedPrintable && !form.isEightBit)) return undefined
    octets.push(form.isQuotedPrintable ? Buffer.from(quotedPrintableLine(text), 'latin1') : text, crlf)
  }
  return Buffer.concat(octets)
}

const crlf = Buffer.from('\r\n')

/** RFC 3676 section 4.4: a line that begins like a quotation gets a space that readers take away. */
function stuffed(line: string): string {
  return /^(?: |>|From )/.test(line) ? ` ${line}` : line
}

/** The footer as a part of its own: header, empty line and text, each line with its CRLF. */
export function footerPart(footer: Footer): Buffer {
  const isAscii = footer.lines.every(isAsciiText)
  const form: TextForm = {
    charset: 'utf-8',
    isQuotedPrintable: !isAscii,
    isFlowed: false,
    isEightBit: false,
  }
  const header = [
    `Content-Type: text/plain; charset=${isAscii ? 'us-ascii' : 'utf-8'}`,
    `Content-Transfer-Encoding: ${isAscii ? '7bit' : 'quoted-printable'}`,
    'Content-Disposition: inline',
    '',
    '',
  ]
  const text = encodeLines(footer.lines, form) ?? Buffer.alloc(0)
  return Buffer.concat([Buffer.from(header.join('\r\n'), 'latin1'), text])
}
