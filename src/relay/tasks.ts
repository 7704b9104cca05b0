/** Work in the background that nobody awaits: each piece once per key, its failure logged, all of it awaited at the end. */
import type { Logger } from '../log/log.ts'

export interface Tasks {
  /** Starts the work unless it runs already under this key. Resolves when it is over, however it ended. */
  run(key: string, work: () => Promise<void>): Promise<void>
  /** As `run`, but work that runs already is done once more afterwards: it may have missed what has come since it began. */
  again(key: string, work: () => Promise<void>): Promise<void>
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

export function tasks(log: Logger): Tasks {
  const running = new Map<string, Promise<void>>()
  const wantedAgain = new Set<string>()

  async function carryOut(key: string, work: () => Promise<void>): Promise<void> {
    do {
      wantedAgain.delete(key)
      try {
        await work()
      } catch (error) {
        log.error({ task: key, error }, 'background work failed, it will be tried again')
      }
    } while (wantedAgain.has(key))
    running.delete(key)
  }

  function run(key: string, work: () => Promise<void>): Promise<void> {
    const before = running.get(key)
    if (before !== undefined) return before
    const done = carryOut(key, work)
    running.set(key, done)
    return done
  }

  return {
    run,
    again(key, work) {
      if (running.has(key)) wantedAgain.add(key)
      return run(key, work)
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}
