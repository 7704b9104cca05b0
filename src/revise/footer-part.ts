/**
 * The footer as a part of its own, where the text of a message cannot or must not be touched: put in at the end of a
 * multipart/mixed that is there, or beside the whole content in a multipart/mixed made for both.
 */

import { hash } from 'node:crypto'
import { fieldValue, type HeaderField, lowerAscii, type Message, newField } from '../message/message.ts'
import type { BodyEdit } from './body-recipe.ts'
import { isIdentity } from './content-header.ts'
import { putField, topField } from './fields.ts'
import type { MimeStructure } from './mime-structure.ts'

/** A last part for a message that is a multipart/mixed; undefined for any other. */
export function partAtEnd({ root }: MimeStructure, part: Buffer): BodyEdit | undefined {
  const { closeLine, header } = root
  if (header.type !== 'multipart/mixed' || closeLine === undefined) return undefined
  const lines = Buffer.concat([Buffer.from(`--${header.boundary}\r\n`, 'latin1'), part])
  return { start: closeLine, end: closeLine, lines }
}

export interface Wrapping {
  readonly fields: readonly HeaderField[]
  readonly edits: readonly BodyEdit[]
}

/**
 * The whole content as the first part of a multipart/mixed, `part` as the second. The Content fields move into the first part
 * with their octets.
 */
export function wrap(message: Message, part: Buffer): Wrapping {
  const moved = message.fields.filter(isContentField)
  const boundary = boundaryFor(message.body, moved)
  const head = Buffer.concat([
    Buffer.from(`--${boundary}\r\n`),
    ...moved.map(field => field.octets),
    Buffer.from('\r\n'),
  ])
  const { body } = message
  // The CRLF before a boundary belongs to it, so that the content keeps its own.
  const tail = Buffer.concat([Buffer.from(`\r\n--${boundary}\r\n`), part, Buffer.from(`--${boundary}--\r\n`)])
  return {
    fields: wrappedFields(message.fields, boundary),
    edits: [
      { start: 0, end: 0, lines: head },
      { start: body.length, end: body.length, lines: tail },
    ],
  }
}

/** RFC 2045 section 8: all fields of a part's own begin with `Content-`. */
function isContentField(field: HeaderField): boolean {
  return lowerAscii(field.name).startsWith('content-')
}

function wrappedFields(fields: readonly HeaderField[], boundary: string): readonly HeaderField[] {
  const type = newField('Content-Type', `multipart/mixed;\r\n boundary="${boundary}"`)
  const outer = putField(fields, type).filter(
    field => field === type || !isContentField(field) || isIdentityEncoding(field),
  )
  const version = topField(outer, 'mime-version')
  return version ? outer : [newField('MIME-Version', '1.0'), ...outer]
}

/** 8bit is to be said of the multipart too (RFC 2045 section 6.4); so this field is copied and costs no recipe. */
function isIdentityEncoding(field: HeaderField): boolean {
  return lowerAscii(field.name) === 'content-transfer-encoding' && isIdentity(fieldValue(field).toLowerCase())
}

/**
 * A boundary that is nowhere in the content: derived from all of it, so that nobody can write it in; `=_` occurs in no base64
 * and no quoted-printable text (RFC 2045 section 6.7).
 */
function boundaryFor(body: Buffer, moved: readonly HeaderField[]): string {
  const seed = Buffer.concat([
    hash('sha256', body, 'buffer'),
    ...moved.map(field => hash('sha256', field.octets, 'buffer')),
  ])
  for (let round = 0; ; round++) {
    const boundary = `=_${hash('sha256', Buffer.concat([seed, Buffer.from([round])])).slice(0, 32)}`
    if (!body.includes(boundary, 0, 'latin1')) return boundary
  }
}
