/** Attempts to one destination that go on one after the other, in the order in which they began, however long each takes to be ready. */
import type { AttemptResult } from './attempt-result.ts'

/** The place of an attempt among those to its destination. */
export interface Turn {
  /** Resolves when all that began before have passed: with what put the last of them off, if it did. This one is put off with it. */
  readonly before: Promise<AttemptResult | undefined>
  /** It is on its way, or over. With a deferral all that began behind it are put off too. Only the first call counts. */
  pass(putOff?: AttemptResult): void
}

interface Line {
  last: Promise<AttemptResult | undefined>
  open: number
}

/** Nobody is before it, and nobody behind. */
export const noTurn: Turn = { before: Promise.resolve(undefined), pass() {} }

export class Turns {
  readonly #lines = new Map<string, Line>()

  /** The last place so far. Every turn has to pass in the end. */
  take(destination: string): Turn {
    const line = this.#lines.get(destination) ?? { last: noTurn.before, open: 0 }
    this.#lines.set(destination, line)
    const before = line.last
    const passed = Promise.withResolvers<AttemptResult | undefined>()
    let isOpen = true
    line.last = before.then(() => passed.promise)
    line.open += 1
    const pass = (putOff?: AttemptResult) => {
      if (!isOpen) return
      isOpen = false
      passed.resolve(putOff)
      line.open -= 1
      // Whoever comes next begins anew, whatever put these off.
      if (line.open === 0) this.#lines.delete(destination)
    }
    return { before, pass }
  }
}
