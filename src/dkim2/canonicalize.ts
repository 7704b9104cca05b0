/**
 * Canonical forms: what is hashed and signed. draft-ietf-dkim-dkim2-spec-06 sections 6 and 9.6, RFC 6376 section 3.4.
 */

import type { Hash } from 'node:crypto'
import { trimWhiteSpace, unfold } from '../message/header-field.ts'
import { type HeaderField, lowerAscii } from '../message/message.ts'
import { reduceWhiteSpace, stretchBytes } from '../message/octet-scan.ts'
import { isUnsigned, type UnsignedFields } from './unsigned-fields.ts'

/**
 * The header hash form: unsigned fields dropped, names in lower case, values unfolded, white space reduced, sorted by
 * name, equal names from the bottom of the header section upwards; each line ends with CRLF. Latin1.
 *
 * A line that is no header field is covered too, as a line without a name and above all others: nothing that a reader
 * might show escapes the hash.
 */
export function headerForm(fields: readonly HeaderField[], unsigned: UnsignedFields = isUnsigned): string {
  const lines: { name: string; text: string }[] = []
  for (let index = fields.length - 1; index >= 0; index--) {
    const field = fields[index]
    if (!field) continue
    const name = lowerAscii(field.name)
    if (!unsigned(name)) lines.push({ name, text: relaxedField(name, field) })
  }
  lines.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  let form = ''
  for (const line of lines) form += line.text
  return form
}

/**
 * The *relaxed* form of one field (RFC 6376 section 3.4.2), with its CRLF. Latin1.
 *
 * @param name of the field in lower case; empty for a line that is no header field
 */
export function relaxedField(name: string, field: HeaderField): string {
  const text = field.octets.toString('latin1')
  const value = name === '' ? text : text.slice(text.indexOf(':') + 1)
  const reduced = trimWhiteSpace(withoutLineEnd(unfold(value)).replace(/[ \t]{2,}|\t/g, ' '))
  return name === '' ? `${reduced}\r\n` : `${name}:${reduced}\r\n`
}

/**
 * The signing-input form of a DKIM2 field: name in lower case, unfolded, every space and tab deleted, CRLF at the end.
 * Latin1.
 */
export function signingForm(field: HeaderField): string {
  const text = withoutLineEnd(unfold(field.octets.toString('latin1'))).replace(/[ \t]+/g, '')
  const colon = text.indexOf(':')
  return `${lowerAscii(text.slice(0, colon))}${text.slice(colon)}\r\n`
}

function withoutLineEnd(text: string): string {
  return text.endsWith('\r\n') ? text.slice(0, -2) : text
}

const space = 0x20
const tab = 0x09
const carriageReturn = 0x0d
const lineFeed = 0x0a

/**
 * Where the *relaxed* form of a body (RFC 6376 section 3.4.4) ends: behind the last octet that is neither white space at a line end nor an
 * empty line at the end. The form has a CRLF behind that; where nothing is left, it is empty.
 */
export function relaxedEnd(body: Buffer): number {
  let end = body.length
  for (;;) {
    if (end >= 2 && body[end - 2] === carriageReturn && body[end - 1] === lineFeed) end -= 2
    else if (end >= 1 && (body[end - 1] === space || body[end - 1] === tab)) end--
    else return end
  }
}

/** Where the *simple* form of a body (RFC 6376 section 3.4.3) ends; it has a CRLF behind that, so that of an empty body it is CRLF. */
export function simpleEnd(body: Buffer): number {
  let end = body.length
  while (end >= 2 && body[end - 2] === carriageReturn && body[end - 1] === lineFeed) end -= 2
  return end
}

/**
 * Feeds the *relaxed* form of a part of a body to a hash; stretches that are in this form already are hashed where they lie.
 *
 * @param end the `relaxedEnd` of the body
 */
export function feedRelaxed(hash: Hash, body: Buffer, from: number, to: number, end: number): void {
  for (let start = from; start < to; start += stretchBytes) {
    const next = Math.min(start + stretchBytes, to)
    hash.update(reduceWhiteSpace(body, start, next, end) ?? body.subarray(start, next))
  }
}

/** How much of a body is in *relaxed* form as it stands, to a stretch; `end` for all of it. */
export function relaxedLength(body: Buffer, end: number): number {
  for (let start = 0; start < end; start += stretchBytes) {
    const next = Math.min(start + stretchBytes, end)
    if (reduceWhiteSpace(body, start, next, end) !== undefined) return start
  }
  return end
}
