/** Lines beyond the 998 octets of RFC 5322 section 2.1.1. */
import type { Message } from './message.ts'

export interface LongLine {
  /** Where it begins, in octets from the start of the message. */
  readonly offset: number
  /** In octets, without CRLF. */
  readonly length: number
}

/** Octets of a line without its CRLF. */
const maxLineOctets = 998
const crlf = Buffer.from('\r\n')

/** The first few, from the top. The work is that of looking at an octet in a thousand where lines are short. */
export function longLines({ fields, separator, body }: Message, most: number): readonly LongLine[] {
  const found: LongLine[] = []
  let offset = 0
  for (const octets of [...fields.map(field => field.octets), separator, body]) {
    if (found.length >= most) break
    if (octets.length > maxLineOctets) addLongLines(found, octets, offset, most)
    offset += octets.length
  }
  return found
}

function addLongLines(found: LongLine[], octets: Buffer, offset: number, most: number): void {
  for (let start = 0; octets.length - start > maxLineOctets && found.length < most; ) {
    // The last line end that a line of this start may have: what lies before it are short lines.
    const last = octets.lastIndexOf(crlf, start + maxLineOctets)
    if (last >= start) {
      start = last + crlf.length
      continue
    }
    const end = octets.indexOf(crlf, start + maxLineOctets)
    const length = (end < 0 ? octets.length : end) - start
    if (length > maxLineOctets) found.push({ offset: offset + start, length })
    start += length + crlf.length
  }
}
