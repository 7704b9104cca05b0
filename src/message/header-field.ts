/**
 * One header field: its octets as they are on the wire, and views of them.
 *
 * Text taken from a field is latin1: one character an octet, so that any octet survives. Whoever needs Unicode
 * (an address of RFC 6531) decodes it there. RFC 5322 sections 2.2 and 3.2.2.
 */

/** A header field. `octets` are never edited: a changed field is a new field. */
export interface HeaderField {
  /** The field name as spelled. Empty for a line that is no header field (no colon, or a name that is not allowed). */
  readonly name: string
  /** The whole field with its folds and its final CRLF (which is absent only at the end of a cut-off message). */
  readonly octets: Buffer
}

const fieldName = /^[\x21-\x39\x3b-\x7e]+$/
const foldOrOctet = /^(?:[^\r\n]|\r\n[ \t])*$/

/**
 * Makes a field `name: value CRLF`.
 *
 * @param name RFC 5322 field name
 * @param value latin1, may hold folds (CRLF followed by a space or tab)
 * @throws RangeError for a name that is none, a CR or LF that is not part of a fold, or a character above U+00FF
 */
export function newField(name: string, value: string): HeaderField {
  if (!fieldName.test(name)) throw new RangeError(`not a header field name: ${JSON.stringify(name)}`)
  if (!isLatin1(value)) throw new RangeError(`${name}: the value holds characters that are not octets`)
  if (!isFolded(value)) throw new RangeError(`${name}: the value holds a CR or LF that is not a fold`)
  const text = value === '' ? `${name}:\r\n` : `${name}: ${value}\r\n`
  return { name, octets: Buffer.from(text, 'latin1') }
}

/** The value after the colon: latin1, folds removed (their white space stays), outer white space trimmed. */
export function fieldValue(field: HeaderField): string {
  const text = field.octets.toString('latin1')
  return trimWhiteSpace(unfold(text.slice(text.indexOf(':') + 1)))
}

/** The value's octets as `fieldValue` gives it: what a recipe has to put back to restore this field. */
export function valueOctets(field: HeaderField): Buffer {
  return Buffer.from(fieldValue(field), 'latin1')
}

/** Text of a field without its line ends: RFC 5322 section 2.2.3, a CRLF before white space goes, and the final one too. */
export function unfold(text: string): string {
  if (!text.includes('\r\n')) return text
  const line = text.endsWith('\r\n') ? text.slice(0, -2) : text
  return line.includes('\r\n') ? line.replace(/\r\n(?=[ \t])/g, '') : line
}

/** Removes spaces and tabs at both ends, nothing else. Linear, unlike `/[ \t]+$/`, which is quadratic in runs of spaces. */
export function trimWhiteSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start++
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** Lower case for A to Z only: latin1 letters above U+007F are octets of something else and stay as they are. */
export function lowerAscii(text: string): string {
  const lowered = text.toLowerCase()
  return lowered === text || isAsciiText(text) ? lowered : text.replace(/[A-Z]+/g, run => run.toLowerCase())
}

/** True for a name that RFC 5322 section 2.2 allows: printable ASCII without the colon. */
export function isFieldName(name: string): boolean {
  return fieldName.test(name)
}

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** True for text of U+0000 to U+007F. */
export function isAsciiText(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text)
}

function isLatin1(text: string): boolean {
  return !/[^\x00-\xff]/.test(text)
}

function isFolded(value: string): boolean {
  return !/[\r\n]/.test(value) || foldOrOctet.test(value)
}
