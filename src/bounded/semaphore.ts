/** Work of which only so much goes on at a time; the rest waits, first come first served. */
export class Semaphore {
  #free: number
  readonly #waiting: (() => void)[] = []

  /** @param places tasks at the same time, at least one */
  constructor(places: number) {
    this.#free = places
  }

  /** Runs a task as soon as a place is free. Settles as the task does; its place is free again either way. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await task()
    } finally {
      // The place goes on to the next one, so that nobody who comes now gets in before.
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
