/**
 * The lines of a body without decoding it. A line ends with CRLF; what follows the last CRLF is a line too, unless it
 * is nothing. Bare CR and LF are octets of their line.
 */

const carriageReturn = 0x0d
const lineFeed = 0x0a

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
  for (let left = count; left > 0; left--) {
    if (at >= body.length) return undefined
    at = nextLine(body, at)
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
  let count = 0
  for (let at = 0; at < body.length; at = nextLine(body, at)) count++
  return count
}

/** True if `body` from `start` to `end` ends with CRLF. */
export function endsWithCrlf(body: Buffer, start: number, end: number): boolean {
  return end - start >= 2 && body[end - 2] === carriageReturn && body[end - 1] === lineFeed
}
