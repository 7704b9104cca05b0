/** The work of finding what two messages have in common, counted in steps: the same on every machine. */

/** A step is the comparison of two lines, values or stretches of this many octets. */
export const octetsOfStep = 64

export class DiffWork {
  readonly maxSteps: number
  #steps = 0

  constructor(maxSteps: number) {
    this.maxSteps = maxSteps
  }

  /** Taken until now. The last stretch of equal lines is counted after it was gone through, so it may reach above the bound. */
  get steps(): number {
    return this.#steps
  }

  /** Steps that may still be taken, 0 or more. */
  get left(): number {
    return Math.max(0, this.maxSteps - this.#steps)
  }

  spend(steps: number): void {
    this.#steps += steps
  }
}
