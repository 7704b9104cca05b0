/** The daily TLS reports of a running relay. */
import type { Tasks } from '../tasks.ts'
import type { TlsReportDependencies } from './tls-reports.ts'
import { sendTlsReports } from './tls-reports.ts'

export interface TlsReportPathDependencies {
  readonly background: Pick<Tasks, 'run'>
  /** Undefined: no reports are sent. */
  reportDependencies(): TlsReportDependencies | undefined
}

export class TlsReportPath {
  readonly #dependencies: TlsReportPathDependencies
  #isStopping = false

  constructor(dependencies: TlsReportPathDependencies) {
    this.#dependencies = dependencies
  }

  /** Days may have ended while this relay was not running. */
  start(): void {
    void this.#dependencies.background.run('TLS reports', () => this.recover())
  }

  /** Plans the reports of days that are over, and sends those that are due. */
  async recover(): Promise<void> {
    const dependencies = this.#dependencies.reportDependencies()
    if (dependencies !== undefined) await sendTlsReports(dependencies, () => this.#isStopping)
  }

  /** No further report is begun. */
  stop(): void {
    this.#isStopping = true
  }
}
