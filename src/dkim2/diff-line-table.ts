/** The lines of a body as numbers, equal ones the same. */

import { nextLine } from '../message/body-lines.ts'

/** `starts[n]` is the offset of line n from 0; one more entry says where the body ends. */
export interface Lines {
  readonly body: Buffer
  readonly words: DataView
  readonly starts: readonly number[]
}

export function linesOf(body: Buffer): Lines {
  const starts = [0]
  for (let at = 0; at < body.length; ) {
    at = nextLine(body, at)
    starts.push(at)
  }
  return { body, words: new DataView(body.buffer, body.byteOffset, body.length), starts }
}

export function countOf(lines: Lines): number {
  return lines.starts.length - 1
}

/** The offset of a line; of the line after the last one, the body's end. */
export function startOf(lines: Lines, line: number): number {
  return lines.starts[line] as number
}

/** Places of the table for each line: so many that few lines are in the way of each other. */
const placesForLine = 4
/**
 * How many places, and how many lines of the same hash, are looked at for a line. More happens only to lines that were made
 * for this hash; such a line is taken for one that nothing is equal to, which costs octets and is never wrong.
 */
const maxProbes = 32
const maxComparisons = 4

/**
 * An open hash table of the lines of one body. A line's number is the index of the first one equal to it. Strings as keys
 * would take three times as long, and a second copy of both bodies.
 */
export class LineTable {
  readonly #lines: Lines
  readonly #hashes: Int32Array
  /** Indices of lines, counted from 1; 0: free. */
  readonly #places: Int32Array

  constructor(lines: Lines) {
    this.#lines = lines
    this.#hashes = new Int32Array(countOf(lines))
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(placesForLine * countOf(lines) + 1)))
  }

  /** The number of a line of this body, which becomes known with it. */
  add(line: number): number {
    const hash = hashOf(this.#lines, line)
    this.#hashes[line] = hash
    const place = this.#placeOf(this.#lines, line, hash)
    if (place < 0) return line
    const known = this.#places[place] as number
    if (known > 0) return known - 1
    this.#places[place] = line + 1
    return line
  }

  /** The number of the line of this body that is equal to a line of another one; -1 where there is none. */
  find(lines: Lines, line: number): number {
    const place = this.#placeOf(lines, line, hashOf(lines, line))
    return place < 0 ? -1 : (this.#places[place] as number) - 1
  }

  /** The place that holds an equal line, or a free one for it; -1 where too many others are in the way. */
  #placeOf(lines: Lines, line: number, hash: number): number {
    const last = this.#places.length - 1
    let comparisons = 0
    for (let probe = 0; probe < maxProbes; probe++) {
      const place = (hash + probe) & last
      const known = this.#places[place] as number
      if (known === 0) return place
      if (this.#hashes[known - 1] !== hash) continue
      if (isEqualLine(this.#lines, known - 1, lines, line)) return place
      if (++comparisons === maxComparisons) return -1
    }
    return -1
  }
}

/** Four octets at a time, then those that are left. */
function hashOf(lines: Lines, line: number): number {
  const { body, words } = lines
  const end = startOf(lines, line + 1)
  let at = startOf(lines, line)
  let hash = end - at
  for (; at + 4 <= end; at += 4) hash = mixed(hash ^ words.getInt32(at))
  for (; at < end; at++) hash = mixed(hash ^ (body[at] as number))
  return hash ^ (hash >>> 13)
}

function mixed(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1)
  return product ^ (product >>> 15)
}

function isEqualLine(a: Lines, aLine: number, b: Lines, bLine: number): boolean {
  const aStart = startOf(a, aLine)
  const bStart = startOf(b, bLine)
  const length = startOf(a, aLine + 1) - aStart
  if (startOf(b, bLine + 1) - bStart !== length) return false
  return a.body.compare(b.body, bStart, bStart + length, aStart, aStart + length) === 0
}
