/** What was under way when the process ended by itself: found at the start, tried alone, and held where it ends the process again. */
import type { Logger } from '../log/log.ts'
import type { SuspectsDependencies } from '../queue/suspects.ts'
import { Suspects } from '../queue/suspects.ts'
import type { Store } from '../store/store.ts'
import { logSuspects } from './suspect-log.ts'

export interface SuspectWatchDependencies extends Omit<SuspectsDependencies, 'store'> {
  readonly store: SuspectsDependencies['store'] & Pick<Store, 'suspectWork'>
  readonly log: Logger
}

export class SuspectWatch {
  readonly suspects: Suspects
  readonly #dependencies: SuspectWatchDependencies
  /** What the log has been told of. */
  readonly #told = new Set<string>()

  constructor(dependencies: SuspectWatchDependencies) {
    this.#dependencies = dependencies
    this.suspects = new Suspects(dependencies)
  }

  /** What an earlier run has left; later on, what the operator has released of it. */
  async look(): Promise<void> {
    const { store, log } = this.#dependencies
    const work = await store.suspectWork()
    // Later on: what relays that share the store have left when they ended.
    this.suspects.add(work)
    const fresh = work.filter(one => !this.#told.has(`${one.kind} ${one.workId} ${one.isHeld}`))
    for (const { kind, workId, isHeld } of fresh) this.#told.add(`${kind} ${workId} ${isHeld}`)
    logSuspects(log, fresh)
  }
}
