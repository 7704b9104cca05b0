/** The daily reports of a running relay, of one kind. */
import type { Store } from '../../store/store.ts'
import { forAllRelays } from '../for-all-relays.ts'
import type { Tasks } from '../tasks.ts'

export interface DailyReportPathDependencies {
  /** What they are called among the tasks. */
  readonly name: string
  readonly background: Pick<Tasks, 'run'>
  readonly store: Pick<Store, 'claimJob'>
  /** Plans the reports of days that are over, and sends those that are due; nothing where they are turned off. */
  send(isStopping: () => boolean): Promise<void>
}

export class DailyReportPath {
  readonly #dependencies: DailyReportPathDependencies
  #isStopping = false

  constructor(dependencies: DailyReportPathDependencies) {
    this.#dependencies = dependencies
  }

  get name(): string {
    return this.#dependencies.name
  }

  /** Days may have ended while this relay was not running. */
  start(): void {
    const { name, background, store } = this.#dependencies
    void background.run(name, () => forAllRelays(store, name, () => this.recover()))
  }

  /** Plans the reports of days that are over, and sends those that are due. */
  async recover(): Promise<void> {
    await this.#dependencies.send(() => this.#isStopping)
  }

  /** No further report is begun. */
  stop(): void {
    this.#isStopping = true
  }
}
