/** Octets that come in pieces and are joined once, at the end. */

/** Pieces of any size that are kept as they are; a message of ordinary mail comes in fewer. */
const freePieces = 16

/** Later pieces below this size are copied behind one another: a peer that sends octet by octet must not cost an object for each. */
const smallPieceBytes = 4_096
const blockBytes = 65_536

export class PieceList {
  readonly #pieces: Buffer[] = []
  #block = Buffer.alloc(0)
  #blockFrom = 0
  #blockTo = 0
  #bytes = 0

  /** @param piece is kept: it must not change afterwards */
  add(piece: Buffer): void {
    this.#bytes += piece.length
    if (piece.length >= smallPieceBytes || this.#pieces.length < freePieces) {
      this.#closeBlock()
      this.#pieces.push(piece)
      return
    }
    if (this.#blockTo + piece.length > this.#block.length) {
      this.#closeBlock()
      this.#block = Buffer.allocUnsafeSlow(blockBytes)
      this.#blockFrom = this.#blockTo = 0
    }
    this.#blockTo += piece.copy(this.#block, this.#blockTo)
  }

  /** All octets in one Buffer that fills its own ArrayBuffer, so that it can be cloned or transferred without its neighbours. */
  join(): Buffer {
    this.#closeBlock()
    const whole = Buffer.allocUnsafeSlow(this.#bytes)
    let at = 0
    for (const piece of this.#pieces) at += piece.copy(whole, at)
    return whole
  }

  #closeBlock(): void {
    if (this.#blockFrom < this.#blockTo)
      this.#pieces.push(this.#block.subarray(this.#blockFrom, this.#blockTo))
    this.#blockFrom = this.#blockTo
  }
}
