/**
 * Counts, for each message, the copies that wait in memory for their attempt or are in the middle of it, so that the failures
 * of a message are reported together: when none of its copies is left.
 */
export class CopiesUnderWay {
  /** Copies taken in hand whose attempt has not begun, and attempts under way. */
  readonly #counts = new Map<string, { waiting: number; running: number }>()
  readonly #waiting: (() => void)[] = []
  #isReleased = false

  /** A copy was taken in hand; its attempt follows. */
  add(queueId: string): void {
    this.#change(queueId, 1, 0)
  }

  /** An attempt begins, of a copy that was added or of one that was fetched from the store. */
  begin(queueId: string): void {
    this.#change(queueId, -1, 1)
  }

  /** An attempt is over and written down. */
  end(queueId: string): void {
    this.#change(queueId, 0, -1)
  }

  /** A copy that was added is not attempted now. */
  giveBack(queueId: string): void {
    this.#change(queueId, -1, 0)
  }

  has(queueId: string): boolean {
    return this.#counts.has(queueId)
  }

  /** Resolves as soon as a message has at most so many copies in hand, or all who wait are released. */
  async atMost(queueId: string, copies: number): Promise<void> {
    while (!this.#isReleased && this.#count(queueId) > copies) {
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  /** Nobody waits any more, now or later. */
  release(): void {
    this.#isReleased = true
    this.#wake()
  }

  #count(queueId: string): number {
    const { waiting = 0, running = 0 } = this.#counts.get(queueId) ?? {}
    return waiting + running
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #change(queueId: string, waiting: number, running: number): void {
    const before = this.#counts.get(queueId) ?? { waiting: 0, running: 0 }
    const after = {
      waiting: Math.max(0, before.waiting + waiting),
      running: Math.max(0, before.running + running),
    }
    if (after.waiting + after.running === 0) this.#counts.delete(queueId)
    else this.#counts.set(queueId, after)
    if (this.#waiting.length > 0) this.#wake()
  }
}
