/** Something that is looked at every so often, never twice at the same time. */
export class RepeatedLook {
  readonly #look: () => Promise<void>
  readonly #failed: (error: unknown) => void
  readonly #everyMilliseconds: number
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor(everyMilliseconds: number, look: () => Promise<void>, failed: (error: unknown) => void) {
    this.#everyMilliseconds = everyMilliseconds
    this.#look = look
    this.#failed = failed
  }

  /** The first look is over when this is called. */
  start(): void {
    this.#timer = setInterval(() => void this.check(), this.#everyMilliseconds).unref()
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  /** One look. Never rejects. */
  check(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(this.#failed)
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }
}
