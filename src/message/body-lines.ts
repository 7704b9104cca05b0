/**
 * The lines of a body without decoding it. A line ends with CRLF; what follows the last CRLF is a line too, unless it
 * is nothing. Bare CR and LF are octets of their line.
 */

import { countLineEnds, stretchBytes } from './octet-scan.ts'

const carriageReturn = 0x0d
const lineFeed = 0x0a

/**
 * Looking for so many lines costs about what counting a stretch does. A recipe that a stranger has written may go on by one line ten
 * thousands of times, and a stretch must not be looked at for each.
 */
const worthCounting = 128

/** The offset after the CRLF of the line that begins at `from`; the body's length for the last line without one. */
export function nextLine(body: Buffer, from: number): number {
  for (let at = body.indexOf(lineFeed, from); at >= 0; at = body.indexOf(lineFeed, at + 1)) {
    if (at > from && body[at - 1] === carriageReturn) return at + 1
  }
  return body.length
}

/**
 * The offset after `count` lines from `from`, which is the beginning of a line.
 *
 * @returns undefined where fewer lines follow
 */
export function skipLines(body: Buffer, from: number, count: number): number | undefined {
  let at = from
  let left = count
  // Many lines are counted a stretch at a time, and only the last of them are looked for one by one.
  while (left >= worthCounting && body.length - at > stretchBytes) {
    const passed = countLineEnds(body, at, at + stretchBytes)
    if (passed >= left) break
    left -= passed
    at += stretchBytes
  }
  for (; left > 0; left--) {
    if (at >= body.length) return undefined
    // A stretch may end between CR and LF.
    at = nextLine(body, Math.max(from, at - 1))
  }
  return at
}

/** Each line in turn without its CRLF; views of the body, not copies. */
export function* bodyLines(body: Buffer): Generator<Buffer> {
  for (let start = 0; start < body.length; ) {
    const end = nextLine(body, start)
    yield body.subarray(start, endsWithCrlf(body, start, end) ? end - 2 : end)
    start = end
  }
}

/** How many lines the body has; an empty body has none. */
export function countLines(body: Buffer): number {
  let count = body.length === 0 || endsWithCrlf(body, 0, body.length) ? 0 : 1
  for (let at = 0; at < body.length; at += stretchBytes) {
    count += countLineEnds(body, at, Math.min(at + stretchBytes, body.length))
  }
  return count
}

/** True if `body` from `start` to `end` ends with CRLF. */
export function endsWithCrlf(body: Buffer, start: number, end: number): boolean {
  return end - start >= 2 && body[end - 2] === carriageReturn && body[end - 1] === lineFeed
}
