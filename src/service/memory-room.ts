/** Room for octets in memory: who finds none waits for a while. */

interface Waiting {
  readonly bytes: number
  readonly admit: () => void
}

export class MemoryRoom {
  readonly #maxBytes: number
  readonly #waiting = new Set<Waiting>()
  #usedBytes = 0

  /** @param maxBytes octets at the same time; more than that only for one that is larger by itself */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /**
   * Takes room. Those who wait are let in in their order, but a large one does not hold up those that fit: what waits too long is
   * better tried again later.
   *
   * @returns false where there was none within that time
   */
  async take(bytes: number, waitMilliseconds: number): Promise<boolean> {
    if (this.#enter(bytes)) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const waiting: Waiting = { bytes, admit: () => resolve(true) }
    this.#waiting.add(waiting)
    const timer = setTimeout(resolve, waitMilliseconds, false)
    const isIn = await promise
    clearTimeout(timer)
    this.#waiting.delete(waiting)
    return isIn
  }

  /** Gives room back. */
  give(bytes: number): void {
    this.#usedBytes -= bytes
    for (const waiting of this.#waiting) {
      if (!this.#enter(waiting.bytes)) continue
      this.#waiting.delete(waiting)
      waiting.admit()
    }
  }

  #enter(bytes: number): boolean {
    if (this.#usedBytes > 0 && this.#usedBytes + bytes > this.#maxBytes) return false
    this.#usedBytes += bytes
    return true
  }
}
