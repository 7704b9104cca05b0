/**
 * Collects the message that follows DATA (RFC 5321 sections 4.1.1.4 and 4.5.2).
 *
 * The only line end is CRLF, and the only end of the message is CRLF.CRLF (or .CRLF right after DATA): anything more lenient lets a
 * sender hide a second transaction inside a message ("SMTP smuggling"). A message with a CR or LF outside of a CRLF is read to its
 * end all the same and then refused, so that what follows it is never taken for a command.
 */
import type { MemoryBudget } from './memory-budget.ts'
import { PieceList } from './piece-list.ts'

/** Why a message that was read to its end cannot be accepted. */
export type CollectFault =
  | 'bare-line-end'
  | 'nul'
  | 'message-too-big'
  | 'header-too-big'
  | 'line-too-long'
  | 'no-memory'

export interface CollectorBounds {
  /** Octets of the message. */
  readonly maxMessageBytes: number
  /** Octets of the header section. */
  readonly maxHeaderBytes: number
  /** Lines of the header section, folded ones included. */
  readonly maxHeaderLines: number
  /** Octets of a line without its CRLF. */
  readonly maxLineBytes: number
  /** Octets of a message that is refused anyway, after which it is read no further; default twice the greatest size. */
  readonly maxSeenBytes?: number
}

const cr = 0x0d
const lf = 0x0a
const dot = 0x2e
const nul = 0

/** Where the reader stands; behind a dot at the start of a line it is open whether that was the end. */
type Position = 'line-start' | 'in-line' | 'after-cr' | 'after-dot' | 'after-dot-cr'

/** A message that is refused anyway is read to its end up to this many times the greatest size; then reading it stops. */
const patienceFactor = 2

export class MessageCollector {
  readonly #bounds: CollectorBounds
  readonly #memory: MemoryBudget
  #pieces = new PieceList()
  #position: Position = 'line-start'
  #inHeader = true
  #headerLines = 0
  /** Octets of the message that were seen, kept or not. */
  #seenBytes = 0
  #lineStartBytes = 0
  #heldBytes = 0
  #fault: CollectFault | undefined
  #state: 'open' | 'complete' | 'exhausted' = 'open'

  /** @param memory what the octets that are kept are taken from, and given back to by `release` */
  constructor(bounds: CollectorBounds, memory: MemoryBudget) {
    this.#bounds = bounds
    this.#memory = memory
  }

  /** 'complete' after the end of the message; 'exhausted' when a message that is refused anyway goes on and on. */
  get state(): 'open' | 'complete' | 'exhausted' {
    return this.#state
  }

  /** The first fault found; the message is not kept any longer then. */
  get fault(): CollectFault | undefined {
    return this.#fault
  }

  /**
   * Reads on.
   *
   * @param chunk must not be changed afterwards: parts of it are kept
   * @returns how many of its octets belong to the message; those behind them follow the end of the message
   */
  feed(chunk: Buffer): number {
    let runStart = 0
    for (let at = 0; at < chunk.length; at++) {
      if (this.#position === 'in-line') {
        at = nextLineEndOctet(chunk, at)
        if (at === chunk.length) break
      }
      const octet = chunk[at] ?? 0
      if (this.#position === 'after-cr' && octet === lf) {
        this.#endLine(this.#seenBytes + at + 1 - runStart)
      } else if (this.#position === 'line-start' && octet === dot) {
        // This dot is never part of the message: it begins its end, or it was put there to protect the line.
        this.#keep(chunk, runStart, at)
        runStart = at + 1
        this.#position = 'after-dot'
      } else if (this.#position === 'after-dot' && octet === cr) {
        runStart = at + 1
        this.#position = 'after-dot-cr'
      } else if (this.#position === 'after-dot-cr' && octet === lf) {
        this.#state = 'complete'
        return at + 1
      } else {
        this.#goOn(octet)
      }
    }
    this.#keep(chunk, runStart, chunk.length)
    this.#checkOpenLine()
    return chunk.length
  }

  /** The message; call it once, when the state is 'complete' and there is no fault. The Buffer fills its ArrayBuffer. */
  take(): Buffer {
    const octets = this.#pieces.join()
    this.#pieces = new PieceList()
    return octets
  }

  /** Gives the memory back. */
  release(): void {
    this.#memory.release(this.#heldBytes)
    this.#heldBytes = 0
    this.#pieces = new PieceList()
  }

  /** Any octet that neither ends a line nor stands behind a dot that may be the end. */
  #goOn(octet: number): void {
    const afterCr = this.#position === 'after-cr' || this.#position === 'after-dot-cr'
    if (afterCr || octet === lf) this.#fail('bare-line-end')
    this.#position = octet === cr ? 'after-cr' : 'in-line'
  }

  /** @param endBytes octets of the message up to and with this CRLF */
  #endLine(endBytes: number): void {
    const lineBytes = endBytes - this.#lineStartBytes - 2
    if (lineBytes > this.#bounds.maxLineBytes) this.#fail('line-too-long')
    if (this.#inHeader && endBytes > this.#bounds.maxHeaderBytes) this.#fail('header-too-big')
    if (this.#inHeader && ++this.#headerLines > this.#bounds.maxHeaderLines) this.#fail('header-too-big')
    if (lineBytes === 0) this.#inHeader = false
    this.#lineStartBytes = endBytes
    this.#position = 'line-start'
  }

  /** The bounds on what has not ended yet, so that a line or a header section without an end is not kept. */
  #checkOpenLine(): void {
    // One more, because the last octet may be the CR of the line end.
    if (this.#seenBytes - this.#lineStartBytes > this.#bounds.maxLineBytes + 1) this.#fail('line-too-long')
    if (this.#inHeader && this.#seenBytes > this.#bounds.maxHeaderBytes) this.#fail('header-too-big')
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    if (from === to) return
    this.#seenBytes += to - from
    if (chunk.subarray(from, to).includes(nul)) this.#fail('nul')
    const { maxMessageBytes, maxSeenBytes = patienceFactor * maxMessageBytes } = this.#bounds
    if (this.#seenBytes > maxMessageBytes) this.#fail('message-too-big')
    if (this.#seenBytes > maxSeenBytes) this.#state = 'exhausted'
    if (this.#fault !== undefined) return
    if (!this.#memory.reserve(to - from)) {
      this.#fail('no-memory')
      return
    }
    this.#heldBytes += to - from
    this.#pieces.add(chunk.subarray(from, to))
  }

  #fail(fault: CollectFault): void {
    this.#fault ??= fault
    this.release()
  }
}

/** Index of the next CR or LF at or after `from`, or the length. */
function nextLineEndOctet(chunk: Buffer, from: number): number {
  let at = from
  while (at < chunk.length) {
    const octet = chunk[at]
    if (octet === cr || octet === lf) return at
    at++
  }
  return at
}
