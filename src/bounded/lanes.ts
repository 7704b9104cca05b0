/** Work in lanes: within one lane one piece after the other, and over all lanes only so much at a time. Whoever has much waits for itself. */
import { Semaphore } from './semaphore.ts'

interface Lane {
  readonly semaphore: Semaphore
  users: number
}

export class Lanes {
  readonly #places: Semaphore
  readonly #maxWaiting: number
  /** Only lanes that somebody is in. */
  readonly #lanes = new Map<string, Lane>()
  #inside = 0

  /**
   * @param places pieces of work at the same time, at least one
   * @param maxWaiting pieces that are there at the same time, those at work included; further ones are not taken
   */
  constructor(places: number, maxWaiting: number) {
    this.#places = new Semaphore(places)
    this.#maxWaiting = maxWaiting
  }

  /** Lanes that somebody is in. */
  get laneCount(): number {
    return this.#lanes.size
  }

  /** Runs a task when its lane and a place are free; undefined, and it is not run, where too many wait already. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T | undefined> {
    if (this.#inside >= this.#maxWaiting) return undefined
    const lane = this.#lanes.get(key) ?? { semaphore: new Semaphore(1), users: 0 }
    this.#lanes.set(key, lane)
    lane.users++
    this.#inside++
    try {
      return await lane.semaphore.run(() => this.#places.run(task))
    } finally {
      this.#inside--
      if (--lane.users === 0) this.#lanes.delete(key)
    }
  }
}
