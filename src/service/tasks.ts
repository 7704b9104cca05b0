/** Work in the background that nobody awaits: each piece once per key, its failure logged, all of it awaited at the end. */
import type { Logger } from '../log/log.ts'
import { isDamage } from '../store/store-error.ts'

export interface Tasks {
  /** Starts the work unless it runs already under this key. Resolves when it is over, however it ended. */
  run(key: string, work: () => Promise<void>): Promise<void>
  /** As `run`, but work that runs already is done once more afterwards: it may have missed what has come since it began. */
  again(key: string, work: () => Promise<void>): Promise<void>
  /** Resolves when nothing is under way, or when so much time has passed. */
  settledWithin(milliseconds: number): Promise<void>
  /** What the work needs is about to be closed: a piece that fails from now on is taken up again at the next start, and not logged. */
  abandon(): void
}

export function tasks(log: Logger): Tasks {
  const running = new Map<string, Promise<void>>()
  const wantedAgain = new Set<string>()
  let isAbandoned = false

  async function carryOut(key: string, work: () => Promise<void>): Promise<void> {
    do {
      wantedAgain.delete(key)
      try {
        await work()
      } catch (error) {
        const text = 'background work failed, it will be tried again'
        if (isAbandoned || isDamage(error)) log.debug({ task: key, error }, text)
        else log.error({ task: key, error }, text)
      }
    } while (!isAbandoned && wantedAgain.has(key))
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
    abandon() {
      isAbandoned = true
    },
    async settledWithin(milliseconds) {
      const timeIsUp = Promise.withResolvers<'over'>()
      const timer = setTimeout(timeIsUp.resolve, milliseconds, 'over')
      while (running.size > 0) {
        if ((await Promise.race([Promise.all(running.values()), timeIsUp.promise])) === 'over') break
      }
      clearTimeout(timer)
    },
  }
}
