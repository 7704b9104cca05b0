/**
 * Writing tag lists as folded header fields. RFC 5322 section 2.1.1: lines of 78 octets where that is possible, never more
 * than 998. Folding is removed before anything is hashed.
 */

import { type HeaderField, newField } from '../message/message.ts'

/** A tag whose value may be folded between its pieces; a piece is never cut. */
export interface FoldableTag {
  readonly name: string
  readonly pieces: readonly string[]
}

const lineOctets = 78
/** Base64 is cut into pieces of this length, so that lines fill well. */
const base64Piece = 32
/** Up to this length a list stays on one line, for readers that do not expect folds in it. */
const unfoldedList = 600

/** Makes `name: tag=value; tag=value;` with a final semicolon. */
export function foldedField(name: string, tags: readonly FoldableTag[]): HeaderField {
  const value: string[] = []
  let column = name.length + 1
  for (const [index, tag] of tags.entries()) {
    for (const [at, piece] of tag.pieces.entries()) {
      const text = `${at === 0 ? `${tag.name}=` : ''}${piece}${at === tag.pieces.length - 1 ? ';' : ''}`
      const gap = at === 0 && index > 0 ? ' ' : ''
      if (column + gap.length + text.length >= lineOctets && value.length > 0) {
        value.push('\r\n ', text)
        column = 1 + text.length
      } else {
        value.push(gap, text)
        column += gap.length + text.length
      }
    }
  }
  return newField(name, value.join(''))
}

/** A tag with a value that is not folded. */
export function plainTag(name: string, value: string): FoldableTag {
  return { name, pieces: [value] }
}

/** A tag with a base64 value. */
export function base64Tag(name: string, value: Buffer): FoldableTag {
  return { name, pieces: base64Pieces('', value) }
}

/** A tag with a list, folded after separators only where it is long. */
export function listTag(name: string, items: readonly string[], separator: string): FoldableTag {
  const value = items.join(separator)
  if (value.length <= unfoldedList) return plainTag(name, value)
  return { name, pieces: items.map((item, at) => (at === items.length - 1 ? item : item + separator)) }
}

/** Base64 in pieces, the first of them after `prefix`. */
export function base64Pieces(prefix: string, value: Buffer): string[] {
  const text = value.toString('base64')
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += base64Piece) pieces.push(text.slice(at, at + base64Piece))
  if (pieces.length === 0) return [prefix]
  pieces[0] = `${prefix}${pieces[0]}`
  return pieces
}
