/**
 * The outline of a MIME body: the same tree with its long texts cut out.
 *
 * mailsplit spends one turn of the event loop on every line, and its header parser throws (outside of anything that could
 * catch it) on some malformed parameters. So it is given an outline: every line that could be a boundary as it is, the
 * header of a part rewritten in plain syntax, and of the lines between them only the last two. A table leads from offsets
 * in the outline back to offsets in the body. Work is linear in the body.
 */

import { maxBoundaryBytes, mimeHeader, plainMimeHeader } from './mime-header.ts'

export interface Outline {
  readonly octets: Buffer
  /** Where in the body the text begins that begins at `offset` of the outline. */
  sourceStart(offset: number): number
  /** Where in the body the text ends that ends at `offset` of the outline. */
  sourceEnd(offset: number): number
}

/** A stretch of the outline: its end is aligned with the end of the stretch of the body it stands for. */
interface Piece {
  readonly outlineStart: number
  readonly outlineEnd: number
  readonly sourceStart: number
  readonly sourceEnd: number
}

const lineFeed = 0x0a
const hyphen = 0x2d

/**
 * @param header the message's own MIME header in plain syntax
 * @param maxBoundaryLines how many lines that begin with `--` are looked at
 * @returns undefined where there are more of those
 */
export function outlineOf(header: string, body: Buffer, maxBoundaryLines: number): Outline | undefined {
  const builder = new OutlineBuilder(`${header}\r\n`, body)
  let at = 0
  for (let lines = 0; ; lines++) {
    const boundary = nextBoundaryLine(body, at)
    builder.addTail(at, boundary)
    if (boundary === body.length) return builder.finish()
    if (lines === maxBoundaryLines) return undefined
    const end = lineEnd(body, boundary)
    builder.addVerbatim(boundary, end)
    at = builder.addHeader(end)
  }
}

class OutlineBuilder {
  readonly #body: Buffer
  readonly #chunks: Buffer[]
  readonly #pieces: Piece[] = []
  #length: number

  constructor(header: string, body: Buffer) {
    this.#body = body
    this.#chunks = [Buffer.from(header, 'latin1')]
    this.#length = header.length
  }

  addVerbatim(start: number, end: number): void {
    this.#add(this.#body.subarray(start, end), start, end)
  }

  /** The last two lines: with one, a text that ends with an empty line would look like no text. */
  addTail(start: number, end: number): void {
    let tail = end
    for (let lines = 0; lines < 2 && tail > start; lines++) {
      const before = tail - 2 < start ? -1 : this.#body.lastIndexOf(lineFeed, tail - 2)
      tail = before < start ? start : before + 1
    }
    this.#add(this.#body.subarray(tail, end), start, end)
  }

  /** A part's header, up to and including its empty line, or up to a line that could be a boundary. */
  addHeader(start: number): number {
    const block = readHeaderBlock(this.#body, start)
    const text = Buffer.from(plainMimeHeader(mimeHeader(block.contentType, block.encoding)), 'latin1')
    this.#add(text, start, block.linesEnd)
    this.addVerbatim(block.linesEnd, block.end)
    return block.end
  }

  finish(): Outline {
    const pieces = this.#pieces
    const octets = Buffer.concat(this.#chunks, this.#length)
    return {
      octets,
      sourceStart: offset => {
        const piece = pieces[search(pieces, offset + 1)]
        if (!piece) return this.#body.length
        return offset <= piece.outlineStart
          ? piece.sourceStart
          : piece.sourceEnd - (piece.outlineEnd - offset)
      },
      sourceEnd: offset => {
        const piece = pieces[search(pieces, offset)]
        return piece ? piece.sourceEnd - (piece.outlineEnd - offset) : this.#body.length
      },
    }
  }

  #add(octets: Buffer, sourceStart: number, sourceEnd: number): void {
    if (octets.length === 0) return
    const outlineStart = this.#length
    this.#length += octets.length
    this.#chunks.push(octets)
    this.#pieces.push({ outlineStart, outlineEnd: this.#length, sourceStart, sourceEnd })
  }
}

/** Index of the first piece that ends at or after `offset`. */
function search(pieces: readonly Piece[], offset: number): number {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((pieces[middle]?.outlineEnd ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}

function nextBoundaryLine(body: Buffer, from: number): number {
  if (from < body.length && isBoundaryLine(body, from)) return from
  let at = body.indexOf('\n--', from, 'latin1')
  while (at >= 0 && !isBoundaryLine(body, at + 1)) at = body.indexOf('\n--', at + 1, 'latin1')
  return at < 0 ? body.length : at + 1
}

/**
 * Two hyphens on each side of the longest boundary, and the end of the line. A longer line is text, whatever it begins with:
 * mailsplit searches what it takes for a header with the square of a line's length.
 */
const maxBoundaryLineBytes = maxBoundaryBytes + 6

function isBoundaryLine(body: Buffer, at: number): boolean {
  if (body[at] !== hyphen || body[at + 1] !== hyphen) return false
  return body.subarray(at, at + maxBoundaryLineBytes).indexOf(lineFeed) >= 0 || isShortRest(body, at)
}

/** The last line has no end. */
function isShortRest(body: Buffer, at: number): boolean {
  return body.length - at <= maxBoundaryLineBytes
}

function lineEnd(body: Buffer, from: number): number {
  const at = body.indexOf(lineFeed, from)
  return at < 0 ? body.length : at + 1
}

interface HeaderBlock {
  contentType: string | undefined
  encoding: string | undefined
  /** Where the empty line begins. */
  linesEnd: number
  /** Where it ends. */
  end: number
}

function readHeaderBlock(body: Buffer, start: number): HeaderBlock {
  const block: HeaderBlock = { contentType: undefined, encoding: undefined, linesEnd: start, end: start }
  let at = start
  while (at < body.length && !isBoundaryLine(body, at)) {
    const end = lineEnd(body, at)
    if (isEmptyLine(body, at, end)) return { ...block, linesEnd: at, end }
    const fieldEnd = afterContinuations(body, end)
    if (isContentField(body, at)) noteField(block, body.toString('latin1', at, fieldEnd))
    at = fieldEnd
  }
  return { ...block, linesEnd: at, end: at }
}

function afterContinuations(body: Buffer, from: number): number {
  let end = from
  while (end < body.length && (body[end] === 0x20 || body[end] === 0x09)) end = lineEnd(body, end)
  return end
}

function isEmptyLine(body: Buffer, start: number, end: number): boolean {
  return end - start === 1 ? body[start] === lineFeed : end - start === 2 && body[start] === 0x0d
}

/** Spares decoding the lines that cannot be one of the two fields: both begin with a c. */
function isContentField(body: Buffer, at: number): boolean {
  return ((body[at] ?? 0) | 0x20) === 0x63
}

function noteField(block: HeaderBlock, text: string): void {
  const match = /^content-(type|transfer-encoding)[ \t]*:/i.exec(text)
  if (!match) return
  let end = text.length
  while (end > match[0].length && (text[end - 1] === '\r' || text[end - 1] === '\n')) end--
  const value = text.slice(match[0].length, end)
  if (match[1]?.toLowerCase() === 'type') block.contentType ??= value
  else block.encoding ??= value
}
