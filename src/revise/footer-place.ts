/**
 * Where in a text part the footer goes, and as which octets. No line that is there is written anew: text is put in between
 * lines, except a short line of HTML that holds `</body>` and is cut in two.
 */

import { isAscii } from 'node:buffer'
import { endsWithCrlf, nextLine } from '../message/body-lines.ts'
import { decodeQuotedPrintable } from '../message/quoted-printable.ts'
import type { BodyEdit } from './body-recipe.ts'
import { asciiEscape, charsetKind, endsInAscii } from './charset.ts'
import { isIdentity } from './content-header.ts'
import { encodeLines, type Footer, type TextForm } from './footer-text.ts'
import { htmlPlace } from './html-place.ts'
import type { MimePart } from './mime-structure.ts'

const crlf = Buffer.from('\r\n')

/** Undefined where the part cannot take the footer: its charset or encoding, a digest, text that is signed inline. */
export function footerEdit(body: Buffer, part: MimePart, footer: Footer): BodyEdit | undefined {
  const form = textForm(body, part)
  if (!form || !part.isHeaderEnded || part.header.hasDigest) return undefined
  const content = body.subarray(part.bodyStart, part.bodyEnd)
  if (content.includes('-BEGIN PGP ', 0, 'latin1')) return undefined
  return part.header.type === 'text/html'
    ? htmlEdit(body, part, form, footer)
    : textEdit(body, part, form, footer)
}

function textForm(body: Buffer, part: MimePart): TextForm | undefined {
  const { parameters, encoding } = part.header
  const isQuotedPrintable = encoding === 'quoted-printable'
  const label = parameters.get('charset')?.replace(/[\s(].*/s, '')
  const charset = charsetKind(label ?? (parameters.has('charset*') ? 'unknown' : undefined))
  if (!charset || !(isQuotedPrintable || isIdentity(encoding))) return undefined
  if (charset === 'iso-2022-jp' && isQuotedPrintable) return undefined
  return {
    charset,
    isQuotedPrintable,
    isFlowed: parameters.get('format')?.toLowerCase() === 'flowed',
    // Where none is yet, the next hop might have taken the message only without them.
    isEightBit: encoding !== '7bit' && !isAscii(body.subarray(part.bodyStart, part.bodyEnd)),
  }
}

/** At the end, after an empty line. */
function textEdit(body: Buffer, part: MimePart, form: TextForm, footer: Footer): BodyEdit | undefined {
  const text = encodeLines([...emptyLines(body, part, form), ...footer.lines], form)
  if (!text) return undefined
  const isEscaped =
    form.charset === 'iso-2022-jp' && !endsInAscii(body.subarray(part.bodyStart, part.bodyEnd))
  const lines = isEscaped ? Buffer.concat([asciiEscape, text]) : text
  return { start: part.endLine, end: part.endLine, lines }
}

/** One empty line, and one more where the last line would go on: a soft line break, or a flowed line (RFC 3676). */
function emptyLines(body: Buffer, part: MimePart, form: TextForm): readonly string[] {
  const { bodyStart, endLine } = part
  if (bodyStart === endLine) return []
  const end = endsWithCrlf(body, bodyStart, endLine) ? endLine - 2 : endLine
  const before = body.subarray(bodyStart, end).lastIndexOf(crlf)
  const last = body.toString(
    'latin1',
    Math.max(before < 0 ? bodyStart : bodyStart + before + 2, end - 10),
    end,
  )
  if (last === '') return []
  const isSoft = form.isQuotedPrintable && /=[ \t]*$/.test(last)
  const isFlowing = form.isFlowed && / $|=20$/.test(last) && last !== '-- '
  return isSoft || isFlowing ? ['', ''] : ['']
}

/** Octets of an HTML part that is looked into; larger ones come from no mail program. */
const maxHtmlBytes = 4 * 1024 * 1024
/** A longer line is not cut, as the recipe has to give it back. */
const maxCutLine = 300

/** Before the last `</body>`; else at the end, which browsers take for the same, unless something there would swallow it. */
function htmlEdit(body: Buffer, part: MimePart, form: TextForm, footer: Footer): BodyEdit | undefined {
  const lines = encodeLines(footer.html, form)
  if (!lines || part.bodyEnd - part.bodyStart > maxHtmlBytes) return undefined
  const content = body.subarray(part.bodyStart, part.bodyEnd)
  const place = htmlPlace(plainHtml(content, form))
  const tag = place.tag === undefined ? undefined : part.bodyStart + writtenOffset(content, place.tag, form)
  const atEnd = place.isEndShown ? { start: part.endLine, end: part.endLine, lines } : undefined
  const edit = (tag === undefined ? undefined : bodyTagEdit(body, part, form, lines, tag)) ?? atEnd
  const isAsciiThere =
    form.charset !== 'iso-2022-jp' || (edit && endsInAscii(body.subarray(part.bodyStart, edit.start)))
  return isAsciiThere ? edit : undefined
}

/** Latin1, one character for each octet of the content; those of Japanese characters in ISO-2022-JP, which look like ASCII, are blanks. */
function plainHtml(content: Buffer, form: TextForm): string {
  const octets = form.isQuotedPrintable ? decodeQuotedPrintable(content) : content
  const text = octets.toString('latin1')
  if (form.charset !== 'iso-2022-jp') return text
  return text.replace(/\x1b\$[^\x1b]*/g, japanese => ' '.repeat(japanese.length))
}

const quotedOctet = /=(?:[0-9A-Fa-f]{2}|[ \t]*\r?\n)/g

/** Where in the encoded content the octet stands that has this offset in the decoded one. */
function writtenOffset(content: Buffer, offset: number, form: TextForm): number {
  if (!form.isQuotedPrintable) return offset
  let surplus = 0
  for (const match of content.toString('latin1').matchAll(quotedOctet)) {
    const isSoftBreak = match[0].endsWith('\n')
    if (match.index - surplus > offset || (!isSoftBreak && match.index - surplus === offset)) break
    surplus += match[0].length - (isSoftBreak ? 0 : 1)
  }
  return offset + surplus
}

/** In the line of the tag, before it; undefined where that line cannot be cut. */
function bodyTagEdit(
  body: Buffer,
  part: MimePart,
  form: TextForm,
  lines: Buffer,
  tag: number,
): BodyEdit | undefined {
  const before = body.subarray(part.bodyStart, tag).lastIndexOf(crlf)
  const start = before < 0 ? part.bodyStart : part.bodyStart + before + 2
  if (/^[ \t]*$/.test(body.toString('latin1', start, tag))) return { start, end: start, lines }
  const end = nextLine(body, start)
  if (end - start > maxCutLine || /[\r\n]/.test(body.toString('latin1', start, end - 2))) return undefined
  const rest = body.subarray(tag, end)
  const cut = form.isQuotedPrintable ? Buffer.from('=\r\n') : crlf
  return { start, end, lines: Buffer.concat([body.subarray(start, tag), cut, lines, rest]) }
}
