/** One-shot timers as an argument, so that tests decide when time passes. */
export interface Timer {
  /** Calls back once after so many milliseconds, unless the function it answers is called before. */
  after(milliseconds: number, callback: () => void): () => void
}

/** Timers of the runtime; they do not keep the process alive. */
export const systemTimer: Timer = {
  after(milliseconds, callback) {
    const timeout = setTimeout(callback, milliseconds)
    timeout.unref()
    return () => clearTimeout(timeout)
  },
}
