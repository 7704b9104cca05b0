/** Keeps attempts to a destination apart, where only so many a minute are wanted. */

const minuteMilliseconds = 60_000

/** From this many destinations on, those that need not wait any more are forgotten now and then. */
const sweptAt = 1_000

export class Pace {
  /** Unix milliseconds from which on the next attempt may begin. */
  readonly #readyAt = new Map<string, number>()

  /** An attempt to a destination begins, of which `perMinute` may begin in a minute. */
  started(destination: string, perMinute: number, now: number): void {
    if (this.#readyAt.size >= sweptAt) this.#sweep(now)
    this.#readyAt.set(destination, now + minuteMilliseconds / perMinute)
  }

  /** When the next attempt may begin, Unix milliseconds; in the past where it may now. */
  readyAt(destination: string): number {
    return this.#readyAt.get(destination) ?? 0
  }

  #sweep(now: number): void {
    for (const [destination, readyAt] of this.#readyAt) if (readyAt <= now) this.#readyAt.delete(destination)
  }
}
