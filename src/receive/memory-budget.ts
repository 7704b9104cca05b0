/** Counts the octets of messages that connections hold in memory, and says when there is no room for more. */
export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** True when this many octets more would still fit. */
  hasRoomFor(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.limitBytes
  }

  /** Takes octets from the budget; false, and nothing taken, when they do not fit. */
  reserve(bytes: number): boolean {
    if (!this.hasRoomFor(bytes)) return false
    this.#usedBytes += bytes
    return true
  }

  /** Gives back what `reserve` took. */
  release(bytes: number): void {
    this.#usedBytes -= bytes
  }
}
