/** Replacing and adding header fields. A new field takes the place of the topmost one that it replaces, else it goes on top. */

import { type HeaderField, lowerAscii, newField } from '../message/message.ts'

/** The topmost field of a name (in lower case). */
export function topField(fields: readonly HeaderField[], name: string): HeaderField | undefined {
  return fields.find(field => lowerAscii(field.name) === name)
}

/** The fields with `field` in the place of all of its name, or on top where there was none. */
export function putField(fields: readonly HeaderField[], field: HeaderField): readonly HeaderField[] {
  const name = lowerAscii(field.name)
  const place = fields.findIndex(other => lowerAscii(other.name) === name)
  if (place < 0) return [field, ...fields]
  const rest = fields.slice(place + 1).filter(other => lowerAscii(other.name) !== name)
  return [...fields.slice(0, place), field, ...rest]
}

/** The fields with `field` in the place of the one object `old`. */
export function swapField(
  fields: readonly HeaderField[],
  old: HeaderField,
  field: HeaderField,
): readonly HeaderField[] {
  return fields.map(other => (other === old ? field : other))
}

/** The fields without those of the names (in lower case). */
export function dropFields(
  fields: readonly HeaderField[],
  names: ReadonlySet<string>,
): readonly HeaderField[] {
  return fields.filter(field => !names.has(lowerAscii(field.name)))
}

/**
 * The value of a field of a message as it can stand in a new field: its folds are kept, white space at both ends goes, and
 * what no field can hold (a CR or LF that is not part of a fold) is a space. Latin1.
 */
export function foldedValue(field: HeaderField): string {
  const text = field.octets.toString('latin1')
  let start = text.indexOf(':') + 1
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end).replace(/\r\n(?![ \t])|\r(?!\n)|(?<!\r)\n/g, ' ')
}

/** Space, tab, CR, LF: no other octet is white space in a header field, whatever latin1 calls it. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a
}

/** RFC 5322 section 2.1.1. */
const lineOctets = 78

/** A field of several pieces, with a fold between two of them where the line would grow too long. Latin1. */
export function foldedField(name: string, pieces: readonly string[]): HeaderField {
  let value = ''
  let column = name.length + 2
  for (const piece of pieces) {
    const length = firstLineLength(piece)
    if (value !== '' && column + 1 + length > lineOctets) {
      value += '\r\n '
      column = 1
    } else if (value !== '') {
      value += ' '
      column++
    }
    value += piece
    column = piece.includes('\r\n') ? piece.length - piece.lastIndexOf('\r\n') - 2 : column + piece.length
  }
  return newField(name, value)
}

function firstLineLength(piece: string): number {
  const end = piece.indexOf('\r\n')
  return end < 0 ? piece.length : end
}
