/** What many aggregate reports say together: who sends in the name of a domain, what of it fails, and how that goes over time. */
import { addToDay, dayOf, type Period, periodsOf } from '../report-file/days.ts'
import type { ReadRecord, ReadReport } from './read-xml.ts'

/** One address that sends in the name of a domain. */
export interface DmarcSender {
  /** In From. */
  readonly domain: string
  readonly source: string
  readonly passed: number
  readonly failed: number
  /** Of the messages, those for which DKIM or SPF alone does not align. */
  readonly dkimFailed: number
  readonly spfFailed: number
  readonly quarantined: number
  readonly rejected: number
  /** Domains that its signatures or reverse-paths passed for, a few of them: whose service it is. */
  readonly vouched: readonly string[]
  /** YYYY-MM-DD. */
  readonly first: string
  readonly last: string
}

export interface DmarcOverview {
  readonly reports: number
  /** Reports that came before with the same id from the same reporter. */
  readonly repeated: number
  /** Who reported, the most reports first. */
  readonly reporters: readonly { readonly organization: string; readonly reports: number }[]
  /** The most failures first. */
  readonly senders: readonly DmarcSender[]
  readonly periods: readonly Period[]
  /** Records that there was no room for. */
  readonly leftOut: number
}

/** Domains that are named for one sender. */
const maxVouched = 4

interface Sums extends Omit<DmarcSender, 'vouched'> {
  readonly vouched: Set<string>
}

export class DmarcSummary {
  readonly #maxSenders: number
  readonly #isWanted: (domain: string) => boolean
  readonly #seen = new Set<string>()
  readonly #reporters = new Map<string, number>()
  readonly #senders = new Map<string, Sums>()
  readonly #days = new Map<string, { passed: number; failed: number }>()
  #reports = 0
  #repeated = 0
  #leftOut = 0

  /**
   * @param maxSenders addresses, and reports, that are told apart
   * @param isWanted whether mail from a domain is of interest
   */
  constructor(maxSenders: number, isWanted: (domain: string) => boolean = () => true) {
    this.#maxSenders = maxSenders
    this.#isWanted = isWanted
  }

  add(report: ReadReport): void {
    const { organization, reportId, policyDomain, begin, end } = report
    const id = [organization, reportId, policyDomain, begin].join('\n')
    if (this.#seen.has(id)) {
      this.#repeated += 1
      return
    }
    if (this.#seen.size < this.#maxSenders) this.#seen.add(id)
    this.#reports += 1
    this.#reporters.set(organization, (this.#reporters.get(organization) ?? 0) + 1)
    // A period may begin late in one day and end late in the next: its middle says which day it is about.
    const day = dayOf(Math.floor((begin + end) / 2)) ?? 'unknown'
    for (const record of report.records) {
      if (this.#isWanted(record.headerFrom)) this.#addRecord(record, day)
    }
  }

  overview(): DmarcOverview {
    return {
      reports: this.#reports,
      repeated: this.#repeated,
      reporters: [...this.#reporters]
        .map(([organization, reports]) => ({ organization, reports }))
        .toSorted((a, b) => b.reports - a.reports),
      senders: [...this.#senders.values()]
        .map(sums => ({ ...sums, vouched: [...sums.vouched] }))
        .toSorted((a, b) => b.failed - a.failed || b.passed - a.passed),
      periods: periodsOf(this.#days),
      leftOut: this.#leftOut,
    }
  }

  #addRecord(record: ReadRecord, day: string): void {
    const { headerFrom: domain, source, messages, dkim, spf, disposition } = record
    const isPassed = dkim === 'pass' || spf === 'pass'
    addToDay(this.#days, day, isPassed ? messages : 0, isPassed ? 0 : messages)
    const key = `${domain}\n${source}`
    const before = this.#senders.get(key) ?? newSums(domain, source, day)
    if (!this.#senders.has(key) && this.#senders.size >= this.#maxSenders) {
      this.#leftOut += 1
      return
    }
    this.#senders.set(key, {
      domain,
      source,
      passed: before.passed + (isPassed ? messages : 0),
      failed: before.failed + (isPassed ? 0 : messages),
      dkimFailed: before.dkimFailed + (dkim === 'pass' ? 0 : messages),
      spfFailed: before.spfFailed + (spf === 'pass' ? 0 : messages),
      quarantined: before.quarantined + (disposition === 'quarantine' ? messages : 0),
      rejected: before.rejected + (disposition === 'reject' ? messages : 0),
      vouched: withVouched(before.vouched, record),
      first: day < before.first ? day : before.first,
      last: day > before.last ? day : before.last,
    })
  }
}

function newSums(domain: string, source: string, day: string): Sums {
  const none = { passed: 0, failed: 0, dkimFailed: 0, spfFailed: 0, quarantined: 0, rejected: 0 }
  return { domain, source, ...none, vouched: new Set(), first: day, last: day }
}

function withVouched(known: Set<string>, { signatures, senders }: ReadRecord): Set<string> {
  for (const { domain, result } of [...signatures, ...senders]) {
    if (result === 'pass' && known.size < maxVouched) known.add(domain)
  }
  return known
}
