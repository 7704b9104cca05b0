/**
 * A message as it goes over the wire after DATA (RFC 5321 section 4.5.2): dots at the beginning of lines doubled, and
 * the end of data. Nothing else is changed: a signature covers these octets.
 */

const lineFeed = 0x0a
const dot = 0x2e
const lineThatBeginsWithDot = Buffer.from('\n.')
const extraDot = Buffer.from('.')

/** Large messages leave in blocks of about this size, so that each waits until the peer has taken the one before. */
const blockOctets = 65_536

/** A CR without LF or a LF without CR; the first and the last octet of a piece are left to its neighbours. */
const bareWithin = /\r(?!\n|$)|(?<!\r|^)\n/

/**
 * True when a CR or LF stands alone. Such a message cannot be sent (RFC 5321 section 2.3.8): peers that take a lone one
 * for a line end would see the end of the data elsewhere than we do.
 */
export function hasBareLineEnd(chunks: readonly Buffer[]): boolean {
  let afterReturn = false
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += blockOctets) {
      // A regular expression over text is a dozen times faster here than a loop over octets.
      const piece = chunk.toString('latin1', from, from + blockOctets)
      if (afterReturn !== piece.startsWith('\n') || bareWithin.test(piece)) return true
      afterReturn = piece.endsWith('\r')
    }
  }
  return afterReturn
}

/** Octets that go out in one write. */
export interface DataBlock {
  readonly octets: Buffer
  /** Ends with the final dot. */
  readonly isLast: boolean
}

/**
 * The octets to write after the reply to DATA, in blocks. The last block holds the final dot together with the end of
 * the message: a dot that leaves alone costs a message 40 ms where Nagle's algorithm meets delayed acknowledgements.
 *
 * @param chunks the message; when it does not end with CRLF, SMTP adds one
 */
export function* dataBlocks(chunks: readonly Buffer[]): Generator<DataBlock, void> {
  let block: Buffer[] = []
  let size = 0
  let last = lineFeed
  for (const piece of stuffedPieces(chunks)) {
    // A full block waits for more: what follows the last piece must leave with it.
    if (size >= blockOctets) {
      yield { octets: Buffer.concat(block, size), isLast: false }
      block = []
      size = 0
    }
    block.push(piece)
    size += piece.length
    last = piece.at(-1) ?? last
  }
  block.push(Buffer.from(last === lineFeed ? '.\r\n' : '\r\n.\r\n'))
  yield { octets: Buffer.concat(block), isLast: true }
}

/** The chunks cut before every dot that needs another one, none longer than a block. */
function* stuffedPieces(chunks: readonly Buffer[]): Generator<Buffer, void> {
  let last = lineFeed
  for (const chunk of chunks) {
    if (chunk.length === 0) continue
    if (last === lineFeed && chunk[0] === dot) yield extraDot
    let from = 0
    while (from < chunk.length) {
      const found = chunk.subarray(0, from + blockOctets).indexOf(lineThatBeginsWithDot, from)
      const to = found === -1 ? Math.min(from + blockOctets, chunk.length) : found + 1
      yield chunk.subarray(from, to)
      const atLineStart = chunk[to - 1] === lineFeed
      if (atLineStart && chunk[to] === dot) yield extraDot
      from = to
    }
    last = chunk.at(-1) ?? last
  }
}
