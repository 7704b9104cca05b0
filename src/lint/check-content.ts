/** The content of parts, as it is encoded: RFC 2045 section 6. */
import { decodeQuotedPrintable } from '../message/quoted-printable.ts'
import { isTextOf } from './charsets.ts'
import type { Entity } from './entities.ts'
import type { Note } from './findings.ts'

/** RFC 2045 sections 6.7 and 6.8. */
const maxEncodedLineLength = 76
/** Of each text, to see which charset it is in. */
const maxDecodedOctets = 1_048_576

export function checkContent(octets: Buffer, entity: Entity, note: Note): void {
  if (entity.boundary !== undefined) return
  const { bodyStart, bodyEnd, encoding } = entity
  if (encoding === 'base64') checkBase64(octets, bodyStart, bodyEnd, note)
  else if (encoding === 'quoted-printable') checkQuotedPrintable(octets, bodyStart, bodyEnd, note)
  else if (encoding === '7bit') checkSevenBit(octets, bodyStart, bodyEnd, note)
  if (entity.mediaType.startsWith('text/')) checkCharset(octets, entity, note)
}

function checkSevenBit(octets: Buffer, start: number, end: number, note: Note): void {
  for (let at = start; at < end; at++) {
    if ((octets[at] ?? 0) > 0x7f) return note('undeclared-8bit', at)
  }
}

/** Each line of a body: its offsets without the CRLF. */
function* linesOf(octets: Buffer, start: number, end: number): Generator<{ start: number; end: number }> {
  for (let at = start; at < end; ) {
    const found = octets.indexOf('\r\n', at, 'latin1')
    const lineEnd = found < 0 || found > end ? end : found
    yield { start: at, end: lineEnd }
    at = lineEnd + 2
  }
}

function checkBase64(octets: Buffer, start: number, end: number, note: Note): void {
  let letters = 0
  let isPadded = false
  for (const line of linesOf(octets, start, end)) {
    const text = octets.toString('latin1', line.start, line.end).trimEnd()
    if (text.length > maxEncodedLineLength) {
      note('base64-line-over-76', line.start + maxEncodedLineLength, { found: `${text.length} characters` })
    }
    const bad = text.search(isPadded ? /\S/ : /[^A-Za-z0-9+/=]|=(?!=?$)/)
    if (bad >= 0) return note('bad-base64', line.start + bad, { found: text.slice(bad) })
    isPadded ||= text.endsWith('=')
    letters += text.length
  }
  if (letters % 4 !== 0) note('bad-base64', end, { found: `${letters} characters, no multiple of 4` })
}

function checkQuotedPrintable(octets: Buffer, start: number, end: number, note: Note): void {
  for (const line of linesOf(octets, start, end)) {
    const text = octets.toString('latin1', line.start, line.end)
    if (text.length > maxEncodedLineLength) {
      note('quoted-line-over-76', line.start + maxEncodedLineLength, { found: `${text.length} characters` })
    }
    const bad = text.search(/=(?![0-9A-Fa-f]{2}|$)/)
    if (bad >= 0) note('bad-quoted-printable', line.start + bad, { found: text.slice(bad, bad + 10) })
    const raw = text.search(/[^\x00-\x7f]/)
    if (raw >= 0) note('undeclared-8bit', line.start + raw)
    if (/[ \t]$/.test(text)) note('quoted-trailing-space', line.start + text.length - 1)
  }
}

/** What the text says once it is decoded, against the charset that it is said to be in. */
function checkCharset(octets: Buffer, entity: Entity, note: Note): void {
  const content = octets.subarray(
    entity.bodyStart,
    Math.min(entity.bodyEnd, entity.bodyStart + maxDecodedOctets),
  )
  const text = decoded(content, entity.encoding)
  if (!text.some(octet => octet > 0x7f)) return
  const charset = entity.type.parameters.find(({ name }) => name === 'charset')?.value
  const place = entity.typeField?.start ?? entity.start
  // HTML and XML say it themselves.
  if (charset === undefined) {
    if (entity.mediaType === 'text/plain') note('no-charset', place)
  } else if (!isTextOf(wholeCharacters(text, content.length), charset)) {
    note('charset-wrong', place, { found: charset })
  }
}

function decoded(content: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(content.toString('latin1'), 'base64')
  return encoding === 'quoted-printable' ? decodeQuotedPrintable(content) : content
}

/** A text that was cut off ends with its last ASCII character, so that the cut itself is no fault. */
function wholeCharacters(text: Buffer, contentOctets: number): Buffer {
  if (contentOctets < maxDecodedOctets) return text
  let end = text.length
  while (end > 0 && (text[end - 1] ?? 0) > 0x7f) end--
  return text.subarray(0, end)
}
