/**
 * When previous hops are told what became of a message: of failures and of successes that were asked for once none of its copies is on
 * its way, of a delay when its time has come. What is due stands in the store, so that a crash forgets nothing.
 */
import { recoverEveryMilliseconds, reportedAtOnce } from '../../limits.ts'
import type { Store } from '../../store/store.ts'
import type { Tasks } from '../tasks.ts'
import { report } from './report.ts'
import { delays, failures, successes } from './report-kinds.ts'
import type { ReportDependencies } from './send-report.ts'

export interface ReportsDueDependencies {
  readonly store: Pick<Store, 'failuresToReport' | 'successesToReport' | 'delaysToReport'>
  readonly background: Tasks
  /** Unix milliseconds. */
  clock(): number
  /** Counts what failed on the subscribers of lists, which is told to nobody. */
  beforeReport(queueId: string): Promise<void>
  reportDependencies(): ReportDependencies
  /** Copies of the message are on their way: it is reported later. */
  isUnderWay(queueId: string): boolean
  /** Runs the work when it may run: one that the process has ended during runs alone. */
  inTurn(queueId: string, work: () => Promise<void>): Promise<void>
}

export class ReportsDue {
  readonly #dependencies: ReportsDueDependencies
  /** Messages of which a copy has failed since their last report, or has succeeded as its sender wanted to hear. */
  readonly #due = new Set<string>()
  #delayTimer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(dependencies: ReportsDueDependencies) {
    this.#dependencies = dependencies
  }

  /** There is something to report of this message. */
  add(queueId: string): void {
    this.#due.add(queueId)
  }

  /** Reports what is due of a message of which no copy is on its way. Most have nothing, and the store is not asked about them. */
  report(queueId: string): void {
    if (!this.#due.delete(queueId)) return
    const { background, beforeReport, reportDependencies, inTurn } = this.#dependencies
    const work = async () => {
      await beforeReport(queueId)
      await report(failures, queueId, reportDependencies())
      await report(successes, queueId, reportDependencies())
    }
    void background.again(`report ${queueId}`, () => inTurn(queueId, work))
  }

  /**
   * A delay is due then. One timer serves the first of them, also one that was due a moment ago; the others are found when the
   * store is looked into anyway.
   */
  delayAt(warnAt: number): void {
    const milliseconds = warnAt - this.#dependencies.clock()
    if (this.#delayTimer !== undefined || Math.abs(milliseconds) > recoverEveryMilliseconds) return
    this.#delayTimer = setTimeout(() => {
      this.#delayTimer = undefined
      this.#lookForDelays()
    }, Math.max(0, milliseconds) + 1)
  }

  /** What is due in the store, also from an earlier run. */
  async recover(): Promise<void> {
    const { store, isUnderWay } = this.#dependencies
    const failed = (await store.failuresToReport(reportedAtOnce)).map(failure => failure.queueId)
    for (const queueId of [...failed, ...(await store.successesToReport(reportedAtOnce))]) {
      this.add(queueId)
      if (!isUnderWay(queueId)) this.report(queueId)
    }
    this.#lookForDelays()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#delayTimer)
  }

  #lookForDelays(): void {
    const { background, store, clock, reportDependencies } = this.#dependencies
    void background.run('delays', async () => {
      for (const queueId of await store.delaysToReport(clock(), reportedAtOnce)) {
        if (this.#stopped) return
        await report(delays, queueId, reportDependencies())
      }
    })
  }
}
