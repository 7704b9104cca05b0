/** Counts what DMARC made of messages, by day and policy domain; the aggregate reports are made of it (RFC 9990). */
import type { ReportableEvaluation } from '../../admit/dmarc-evaluation.ts'
import { readPolicyRecord } from '../../dmarc/policy-record.ts'
import { dmarcReports as bounds } from '../../limits.ts'
import type { Logger } from '../../log/log.ts'
import type { Received } from '../../receive/received.ts'
import type { Store } from '../../store/store.ts'
import { utcDay } from '../tls/tls-counting.ts'

export interface DmarcCountingDependencies {
  readonly store: Pick<Store, 'countDmarcResult'>
  readonly log: Logger
  /** False: no reports are sent, and nothing is kept. */
  readonly isOn: boolean
}

export class DmarcCounting {
  readonly #dependencies: DmarcCountingDependencies
  readonly #writing = new Set<Promise<void>>()

  constructor(dependencies: DmarcCountingDependencies) {
    this.#dependencies = dependencies
  }

  /** A count that is lost must not hold up mail. */
  count(received: Received, { policyDomain, record, evaluation }: ReportableEvaluation): void {
    const { store, log, isOn } = this.#dependencies
    // One that asks for reports about single messages alone gets none of these.
    if (!isOn || readPolicyRecord(record)?.aggregateReportUris.length === 0) return
    const day = utcDay(received.receivedAtMilliseconds)
    const judged = { day, policyDomain, record, source: received.peer.address, evaluation }
    const writing = store
      .countDmarcResult(judged, bounds.counted)
      .then(counted => {
        if (counted === 'lost') log.warn({ policyDomain, day }, 'no room to count a result of DMARC')
      })
      .catch((error: unknown) => log.warn({ error, policyDomain }, 'a result of DMARC could not be counted'))
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  /** Resolves when everything that was counted is on disk. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing)
  }
}
