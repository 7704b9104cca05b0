/** What a running relay does every so often. */
import type { Store } from '../store/store.ts'
import { forAllRelays } from './for-all-relays.ts'
import type { Tasks } from './tasks.ts'

export interface TimedJob {
  /** Its key among the tasks: it never runs twice at the same time. */
  readonly name: string
  readonly everyMilliseconds: number
  work(): Promise<void>
}

export class TimedJobs {
  readonly #background: Pick<Tasks, 'run'>
  readonly #store: Pick<Store, 'claimJob'>
  readonly #timers: NodeJS.Timeout[] = []

  constructor(background: Pick<Tasks, 'run'>, store: Pick<Store, 'claimJob'>) {
    this.#background = background
    this.#store = store
  }

  /** Work that relays which share a store do once for all of them: done where this relay does that job. */
  forAll(name: string, work: () => Promise<void>): Promise<void> {
    return forAllRelays(this.#store, name, work)
  }

  /** Each job runs for the first time when its interval is over. */
  start(jobs: readonly TimedJob[]): void {
    for (const { name, everyMilliseconds, work } of jobs)
      this.#timers.push(setInterval(() => void this.#background.run(name, work), everyMilliseconds).unref())
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}
