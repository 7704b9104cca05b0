/**
 * One object of a peer at a time, so that messages keep their order and none is judged twice at once. A peer that posts again has
 * given up its object before: that is read no further.
 */
interface Turn {
  readonly overtaken: AbortController
  readonly over: Promise<void>
}

export class ObjectTurns {
  /** By peer: who came last. */
  readonly #last = new Map<string, Turn>()

  /** Begins when the object of this peer before it has ended; `overtaken` is aborted when the next one comes. */
  async run<T>(peer: string, work: (overtaken: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#last.get(peer)
    before?.overtaken.abort()
    const over = Promise.withResolvers<void>()
    const turn: Turn = { overtaken: new AbortController(), over: over.promise }
    this.#last.set(peer, turn)
    try {
      await before?.over
      return await work(turn.overtaken.signal)
    } finally {
      over.resolve()
      if (this.#last.get(peer) === turn) this.#last.delete(peer)
    }
  }
}
