/**
 * Decides whether the main thread stands still. Time is counted in ticks of the thread that watches: whatever stops the whole process (a
 * suspended machine, SIGSTOP) stops the ticks too, and is one long tick when it is over.
 */

/** What the main thread writes into the memory that both threads see, as places of an `Int32Array`. */
export const turnsAt = 0
export const isDebuggedAt = 1
export const places = 2

export interface TickSettings {
  readonly tickMilliseconds: number
  /** So many ticks in a row without a turn of the main thread: it stands still. */
  readonly ticks: number
}

/** Ticks that add up to this time: ten at least, and none longer than a second. */
export function tickSettings(seconds: number): TickSettings {
  const tickMilliseconds = Math.min(1_000, seconds * 100)
  return { tickMilliseconds, ticks: Math.ceil((seconds * 1_000) / tickMilliseconds) }
}

export class TurnCount {
  readonly #limit: number
  #turns: number | undefined
  #ticks = 0

  /** @param limit ticks without a turn, at least 1 */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * One tick of the thread that watches.
   *
   * @param turns a number that every turn of the main thread changes
   * @param isDebugged somebody may have the main thread stand on purpose
   * @returns true once the main thread has not turned for so many ticks
   */
  tick(turns: number, isDebugged: boolean): boolean {
    const hasTurned = turns !== this.#turns
    this.#turns = turns
    this.#ticks = hasTurned || isDebugged ? 0 : this.#ticks + 1
    return this.#ticks >= this.#limit
  }
}
