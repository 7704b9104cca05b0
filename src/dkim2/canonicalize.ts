/**
 * Canonical forms: what is hashed and signed. draft-ietf-dkim-dkim2-spec-06 sections 6 and 9.6, RFC 6376 section 3.4.
 */

import type { Hash } from 'node:crypto'
import { trimWhiteSpace, unfold } from '../message/header-field.ts'
import { type HeaderField, lowerAscii } from '../message/message.ts'
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
const crlf = Buffer.from('\r\n')

/** Octets reduced at a time: small enough for the processor's cache, large enough that clean stretches go by natively. */
const stretchBytes = 64 * 1024

/**
 * Feeds the *relaxed* form of a body (RFC 6376 section 3.4.4) to a hash: white space at line ends and empty lines at the
 * end dropped, other runs of white space one space, CRLF at the end. An empty body feeds nothing.
 *
 * Stretches that are in this form already (base64, most text) are hashed where they lie.
 */
export function hashRelaxedBody(hash: Hash, body: Buffer): void {
  const end = relaxedEnd(body)
  for (let start = 0; start < end; ) {
    const next = stretchEnd(body, start, end)
    const stretch = body.subarray(start, next)
    hash.update(isRelaxed(stretch) ? stretch : relax(stretch))
    start = next
  }
  if (end > 0) hash.update(crlf)
}

/** Where the last line that is not empty ends, without its white space and its CRLF. */
function relaxedEnd(body: Buffer): number {
  let end = body.length
  for (;;) {
    if (end >= 2 && body[end - 2] === carriageReturn && body[end - 1] === lineFeed) end -= 2
    else if (end >= 1 && (body[end - 1] === space || body[end - 1] === tab)) end--
    else return end
  }
}

/** An offset at most a stretch on, after a CRLF where one is near, so that no run of white space is cut. */
function stretchEnd(body: Buffer, start: number, end: number): number {
  if (end - start <= stretchBytes) return end
  const at = body.lastIndexOf(crlf, start + stretchBytes - 2)
  if (at >= start) return at + 2
  const feed = body.indexOf(crlf, start + stretchBytes - 1)
  return feed < 0 || feed + 2 > end ? end : feed + 2
}

/** A regular expression over the decoded stretch is twice as fast as native searches, which stop at every space. */
function isRelaxed(stretch: Buffer): boolean {
  return !/\t| (?: |\r\n)/.test(stretch.toString('latin1'))
}

/** Where a stretch is reduced: hashed before the next one comes, so that one is enough. */
const reduced = new Uint8Array(2 * stretchBytes)

/**
 * A copy with white space reduced, good until the next call: of a run its last octet decides. `stretch` ends with a CRLF, or with no
 * white space.
 */
function relax(stretch: Buffer): Uint8Array {
  const source = new Uint8Array(stretch.buffer, stretch.byteOffset, stretch.length)
  const form = source.length <= reduced.length ? reduced : new Uint8Array(source.length)
  const end = source.length
  let length = 0
  for (let at = 0; at < end; at++) {
    const octet = source[at] as number
    // One comparison for nearly every octet: this is all that a large message costs beside its hashes.
    if (octet > space || (octet !== space && octet !== tab)) {
      form[length++] = octet
      continue
    }
    const next = at + 1 < end ? source[at + 1] : undefined
    const isRunOn = next === space || next === tab
    const isLineEnd = next === carriageReturn && at + 2 < end && source[at + 2] === lineFeed
    if (!isRunOn && !isLineEnd) form[length++] = space
  }
  return form.subarray(0, length)
}

/**
 * Feeds the *simple* form of a body (RFC 6376 section 3.4.3) to a hash: empty lines at the end dropped, exactly one CRLF
 * at the end, so that an empty body feeds CRLF.
 */
export function hashSimpleBody(hash: Hash, body: Buffer): void {
  let end = body.length
  while (end >= 2 && body[end - 2] === carriageReturn && body[end - 1] === lineFeed) end -= 2
  hash.update(body.subarray(0, end))
  hash.update(crlf)
}
