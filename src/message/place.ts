/** Places in a message as people count them. */
import type { Message } from './message.ts'

export interface Place {
  /** The first line is 1. */
  readonly line: number
  /** The first octet of a line is 1. */
  readonly column: number
}

/**
 * Lines and columns of places in a message, in one pass.
 *
 * @param offsets octets from the start of the message, in any order
 */
export function placesOf(message: Message, offsets: readonly number[]): readonly Place[] {
  const places: Place[] = []
  const ascending = offsets
    .map((offset, index) => ({ offset, index }))
    .toSorted((a, b) => a.offset - b.offset)
  const starts = lineStarts(message)
  let line = 1
  let start = 0
  let next = starts.next()
  for (const { offset, index } of ascending) {
    while (next.done !== true && next.value <= offset) {
      start = next.value
      line++
      next = starts.next()
    }
    places[index] = { line, column: offset - start + 1 }
  }
  return places
}

/** Where the second and every further line begins. */
function* lineStarts({ fields, separator, body }: Message): Generator<number, undefined> {
  let offset = 0
  for (const octets of [...fields.map(field => field.octets), separator, body]) {
    for (let at = octets.indexOf('\r\n'); at >= 0; at = octets.indexOf('\r\n', at + 2)) yield offset + at + 2
    offset += octets.length
  }
}
