/**
 * The two MIME header fields that decide how a body is taken apart: Content-Type and Content-Transfer-Encoding.
 * RFC 2045 sections 5 and 6. Malformed values give the default of RFC 2045 section 5.2, never an error.
 */

import { trimWhiteSpace, unfold } from './header-field.ts'

export interface MimeHeader {
  /** `type/subtype` in lower case; text/plain by default, and for a multipart without a usable boundary. */
  readonly contentType: string
  /** Of a multipart only. */
  readonly boundary: string | undefined
  /** Lower case; 7bit by default. */
  readonly encoding: string
}

const mediaType = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/
const parameter = /[ \t]*;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^;"]*))/y
/** RFC 2046 section 5.1.1 allows 70; some writers exceed it. */
export const maxBoundaryBytes = 200
const boundaryText = new RegExp(`^[\\x20-\\x7e]{1,${maxBoundaryBytes}}$`)

/** Reads the values of the two fields; undefined stands for a field that is not there. */
export function mimeHeader(contentType: string | undefined, encoding: string | undefined): MimeHeader {
  const text = unfold(contentType ?? '')
  const semicolon = text.indexOf(';')
  const type = trimWhiteSpace(semicolon < 0 ? text : text.slice(0, semicolon)).toLowerCase()
  const boundary = type.startsWith('multipart/') ? boundaryOf(text, semicolon) : undefined
  const usable = mediaType.test(type) && (boundary !== undefined || !type.startsWith('multipart/'))
  return {
    contentType: usable ? type : 'text/plain',
    boundary: usable ? boundary : undefined,
    encoding: trimWhiteSpace(unfold(encoding ?? '')).toLowerCase() || '7bit',
  }
}

function boundaryOf(text: string, firstSemicolon: number): string | undefined {
  parameter.lastIndex = Math.max(firstSemicolon, 0)
  for (let match = parameter.exec(text); match; match = parameter.exec(text)) {
    if (match[1]?.toLowerCase() !== 'boundary') continue
    const value = match[2]?.replace(/\\([\s\S])/g, '$1') ?? trimWhiteSpace(match[3] ?? '')
    return boundaryText.test(value) ? value : undefined
  }
  return undefined
}

/** A header section that says the same in the simplest syntax: what mailsplit is given instead of a peer's text. */
export function plainMimeHeader(header: MimeHeader): string {
  const boundary =
    header.boundary === undefined ? '' : `; boundary="${header.boundary.replace(/["\\]/g, '\\$&')}"`
  const encoding = /^[a-z0-9-]+$/.test(header.encoding) ? header.encoding : '7bit'
  return `Content-Type: ${header.contentType}${boundary}\r\nContent-Transfer-Encoding: ${encoding}\r\n`
}
