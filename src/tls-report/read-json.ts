/** A TLS report that somebody has sent (RFC 8460 section 4), and what many of them say together. */
import { z } from 'zod'
import { addToDay, type Period, periodsOf } from '../report-file/days.ts'

/** Lists and texts of a report: real ones are shorter by far. */
const maxListed = 10_000
const maxText = 1_000

const text = z.string().max(maxText)
const count = z.int().min(0)

const reportSchema = z.object({
  'organization-name': text,
  'date-range': z.object({ 'start-datetime': text, 'end-datetime': text }),
  'report-id': text,
  policies: z
    .array(
      z.object({
        policy: z.object({ 'policy-type': text, 'policy-domain': text }),
        summary: z.object({
          'total-successful-session-count': count,
          'total-failure-session-count': count,
        }),
        'failure-details': z
          .array(
            z.object({
              'result-type': text,
              'receiving-mx-hostname': text.optional(),
              'sending-mta-ip': text.optional(),
              'failed-session-count': count,
              'failure-reason-code': text.optional(),
            }),
          )
          .max(maxListed)
          .optional(),
      }),
    )
    .max(maxListed),
})

export type ReadTlsReport = z.infer<typeof reportSchema>

export type TlsReading =
  | { readonly kind: 'report'; readonly report: ReadTlsReport }
  | { readonly kind: 'refused'; readonly reason: string }

/** @param octets JSON in UTF-8 */
export function readTlsReport(octets: Buffer): TlsReading {
  let value: unknown
  try {
    value = JSON.parse(octets.toString('utf8'))
  } catch {
    return { kind: 'refused', reason: 'it is no JSON' }
  }
  const read = reportSchema.safeParse(value)
  if (read.success) return { kind: 'report', report: read.data }
  const [issue] = read.error.issues
  return { kind: 'refused', reason: `it is no TLS report: ${issue?.path.join('.')} ${issue?.message ?? ''}` }
}

/** Sessions with the hosts of one domain that failed alike. */
export interface TlsFailures {
  readonly domain: string
  readonly result: string
  readonly host: string
  readonly sessions: number
  /** YYYY-MM-DD. */
  readonly first: string
  readonly last: string
}

export interface TlsOverview {
  readonly reports: number
  readonly repeated: number
  readonly domains: readonly {
    readonly domain: string
    readonly policy: string
    readonly passed: number
    readonly failed: number
  }[]
  /** The most sessions first. */
  readonly failures: readonly TlsFailures[]
  readonly periods: readonly Period[]
  /** Kinds of failures, and domains, that there was no room for. */
  readonly leftOut: number
}

export class TlsSummary {
  readonly #maxRows: number
  readonly #isWanted: (domain: string) => boolean
  readonly #seen = new Set<string>()
  readonly #domains = new Map<string, TlsOverview['domains'][number]>()
  readonly #failures = new Map<string, TlsFailures>()
  readonly #days = new Map<string, { passed: number; failed: number }>()
  #reports = 0
  #repeated = 0
  #leftOut = 0

  /**
   * @param maxRows kinds of failures, and reports, that are told apart
   * @param isWanted whether the policy of a domain is of interest
   */
  constructor(maxRows: number, isWanted: (domain: string) => boolean = () => true) {
    this.#maxRows = maxRows
    this.#isWanted = isWanted
  }

  add(report: ReadTlsReport): void {
    const id = `${report['organization-name']}\n${report['report-id']}`
    if (this.#seen.has(id)) {
      this.#repeated += 1
      return
    }
    if (this.#seen.size < this.#maxRows) this.#seen.add(id)
    this.#reports += 1
    const day = /^\d{4}-\d\d-\d\d/.exec(report['date-range']['start-datetime'])?.[0] ?? 'unknown'
    for (const policy of report.policies) {
      if (this.#isWanted(policy.policy['policy-domain'].toLowerCase())) this.#addPolicy(policy, day)
    }
  }

  overview(): TlsOverview {
    return {
      reports: this.#reports,
      repeated: this.#repeated,
      domains: [...this.#domains.values()].toSorted((a, b) => b.failed - a.failed || b.passed - a.passed),
      failures: [...this.#failures.values()].toSorted((a, b) => b.sessions - a.sessions),
      periods: periodsOf(this.#days),
      leftOut: this.#leftOut,
    }
  }

  #addPolicy({ policy, summary, ...rest }: ReadTlsReport['policies'][number], day: string): void {
    const domain = policy['policy-domain'].toLowerCase()
    const type = policy['policy-type']
    const passed = summary['total-successful-session-count']
    const failed = summary['total-failure-session-count']
    addToDay(this.#days, day, passed, failed)
    const before = this.#domains.get(`${domain}\n${type}`) ?? { passed: 0, failed: 0 }
    const sums = { domain, policy: type, passed: before.passed + passed, failed: before.failed + failed }
    this.#keep(this.#domains, `${domain}\n${type}`, sums)
    for (const failure of rest['failure-details'] ?? []) this.#addFailure(domain, failure, day)
  }

  #addFailure(
    domain: string,
    failure: NonNullable<ReadTlsReport['policies'][number]['failure-details']>[number],
    day: string,
  ): void {
    const result = failure['result-type']
    const host = failure['receiving-mx-hostname'] ?? ''
    const key = [domain, result, host].join('\n')
    const before = this.#failures.get(key) ?? { sessions: 0, first: day, last: day }
    this.#keep(this.#failures, key, {
      domain,
      result,
      host,
      sessions: before.sessions + failure['failed-session-count'],
      first: day < before.first ? day : before.first,
      last: day > before.last ? day : before.last,
    })
  }

  #keep<Row>(rows: Map<string, Row>, key: string, row: Row): void {
    if (rows.has(key) || rows.size < this.#maxRows) rows.set(key, row)
    else this.#leftOut += 1
  }
}
