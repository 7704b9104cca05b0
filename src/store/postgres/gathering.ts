/**
 * Counts on rows that every relay counts on: none must wait for all that another one commits together with them. What comes while the last
 * ones are noted is noted together afterwards.
 */
import { StoreError } from '../store-error.ts'

/** What waits while the server is slow; as many as changes may wait (committer.ts). */
const maxWaiting = 20_000

export class Gathering<Item, Answer> {
  readonly #note: (items: readonly Item[]) => Promise<readonly Answer[]>
  #items: Item[] = []
  #noting: Promise<unknown> = Promise.resolve()
  /** What comes now goes with this one. */
  #next: Promise<readonly Answer[]> | undefined

  /** @param note writes down what has come together, and answers in that order */
  constructor(note: (items: readonly Item[]) => Promise<readonly Answer[]>) {
    this.#note = note
  }

  /** Resolves when it is on disk. Rejects with a StoreError. */
  async add(item: Item): Promise<Answer> {
    if (this.#items.length >= maxWaiting)
      throw new StoreError('busy', 'the database server does not keep up: too many counts wait')
    const at = this.#items.push(item) - 1
    this.#next ??= this.#after(this.#noting)
    const answers = await this.#next
    return answers[at] as Answer
  }

  /** Resolves when all that came is on disk, or refused. */
  async settled(): Promise<void> {
    await this.#next?.catch(() => {})
    await this.#noting.catch(() => {})
  }

  async #after(before: Promise<unknown>): Promise<readonly Answer[]> {
    await before.catch(() => {})
    const items = this.#items
    this.#items = []
    this.#next = undefined
    const noting = this.#note(items)
    this.#noting = noting
    return noting
  }
}
