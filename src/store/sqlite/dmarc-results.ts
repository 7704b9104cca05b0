/** What DMARC made of messages, counted by day and policy domain, and the reports about it (RFC 9990). */

import { isIPv4 } from 'node:net'
import type {
  CountedEvaluations,
  DmarcCountBounds,
  DmarcCounted,
  DmarcDay,
  DmarcReportKey,
  DmarcReportSummary,
  JudgedMessage,
} from '../dmarc-records.ts'
import { dailyReports, type ReportRow, toReport } from './daily-reports.ts'
import type { Connection } from './database.ts'

export const {
  plan: planDmarcReports,
  due: dueDmarcReports,
  report: dmarcReport,
  advance: advanceDmarcReport,
  spoolReport: spoolDmarcReport,
} = dailyReports('dmarc_reports')

/** Counts one message, or so many of which all is the same. Where there is no more room for rows, messages are counted by what their networks and results have in common. */
export function countDmarcResult(
  connection: Connection,
  judged: JudgedMessage,
  bounds: DmarcCountBounds,
  messages = 1,
): DmarcCounted {
  if (!noteRecord(connection, judged, bounds.maxDomains)) return 'lost'
  const row = { ...rowOf(judged, judged.source, judged.evaluation), messages }
  if (increase(connection, row)) return 'counted'
  const { ofDomain, ofDay } = kindsOf(connection, judged)
  if (ofDomain < bounds.maxRowsOfDomain && ofDay < bounds.maxRows) return insert(connection, row, 'counted')
  const coarse = { ...rowOf(judged, networkOf(judged.source), withoutDetails(judged)), messages }
  if (increase(connection, coarse)) return 'coarse'
  const hasRoom = ofDomain < 2 * bounds.maxRowsOfDomain && ofDay < 2 * bounds.maxRows
  return hasRoom ? insert(connection, coarse, 'coarse') : 'lost'
}

/** What was judged by the policy of a domain on a day; the most frequent first. */
export function dmarcDay(connection: Connection, { day, domain }: DmarcReportKey): DmarcDay | undefined {
  const record = connection
    .statement('SELECT record FROM dmarc_days WHERE day = ? AND domain = ?')
    .pluck()
    .get(day, domain) as string | undefined
  if (record === undefined) return undefined
  const rows = connection
    .statement(
      `SELECT source, messages, evaluation FROM dmarc_results WHERE day = ? AND domain = ?
       ORDER BY messages DESC, source, evaluation`,
    )
    .all(day, domain) as Pick<ResultRow, 'source' | 'messages' | 'evaluation'>[]
  return { record, rows: rows.map(toCounted) }
}

/** Days before this one of which no report is planned yet, oldest first. */
export function dmarcDaysToReport(connection: Connection, before: string, limit: number): DmarcReportKey[] {
  const rows = connection
    .statement(
      `SELECT d.day, d.domain FROM dmarc_days d WHERE d.day < ? AND NOT EXISTS
         (SELECT 1 FROM dmarc_reports r WHERE r.day = d.day AND r.domain = d.domain)
       ORDER BY d.day, d.domain LIMIT ?`,
    )
    .all(before, limit)
  return rows as DmarcReportKey[]
}

/** Counted days, newest first, with their reports; `reportId` is '' where none is planned yet. */
export function listDmarcReports(connection: Connection, limit: number): DmarcReportSummary[] {
  const rows = connection
    .statement(
      `SELECT s.day, s.domain, coalesce(r.report_id, '') AS reportId, coalesce(r.state, 'due') AS state,
         coalesce(r.targets, '[]') AS targets, r.reason, coalesce(r.next_attempt_at, 0) AS nextAttemptAt,
         coalesce(r.expires_at, 0) AS expiresAt, sum(s.messages) AS messages,
         sum(CASE WHEN ${isTrue('dkimAligned')} OR ${isTrue('spfAligned')} THEN 0 ELSE s.messages END) AS failures
       FROM dmarc_results s LEFT JOIN dmarc_reports r ON r.day = s.day AND r.domain = s.domain
       GROUP BY s.day, s.domain, r.report_id, r.state, r.targets, r.reason, r.next_attempt_at, r.expires_at
       ORDER BY s.day DESC, s.domain LIMIT ?`,
    )
    .all(limit) as (ReportRow & { messages: number; failures: number })[]
  return rows.map(row => ({ ...toReport(row), messages: row.messages, failures: row.failures }))
}

/** Engines differ in what they make of a JSON `true`. */
function isTrue(name: string): string {
  return `CAST(s.evaluation ->> '${name}' AS text) IN ('1', 'true')`
}

/** Removes counted days before this one. */
export function pruneDmarc(connection: Connection, beforeDay: string): void {
  for (const table of ['dmarc_reports', 'dmarc_results', 'dmarc_days']) {
    connection.statement(`DELETE FROM ${table} WHERE day < ?`).run(beforeDay)
  }
}

interface ResultRow {
  readonly day: string
  readonly domain: string
  readonly source: string
  readonly evaluation: string
  readonly messages: number
}

type Kind = Omit<ResultRow, 'messages'>

function rowOf(
  { day, policyDomain: domain }: JudgedMessage,
  source: string,
  evaluation: JudgedMessage['evaluation'],
): Kind {
  return { day, domain, source, evaluation: JSON.stringify(evaluation) }
}

/** False where there are too many domains of that day. */
function noteRecord(
  connection: Connection,
  { day, policyDomain: domain, record }: JudgedMessage,
  maxDomains: number,
): boolean {
  const known = connection
    .statement('UPDATE dmarc_days SET record = @record WHERE day = @day AND domain = @domain')
    .run({ day, domain, record })
  if (known.changes > 0) return true
  const domains = connection.statement('SELECT count(*) FROM dmarc_days WHERE day = ?').pluck().get(day)
  if (Number(domains) >= maxDomains) return false
  connection
    .statement('INSERT INTO dmarc_days (day, domain, record, kinds) VALUES (@day, @domain, @record, 0)')
    .run({ day, domain, record })
  return true
}

function increase(connection: Connection, row: ResultRow): boolean {
  const { changes } = connection
    .statement(
      `UPDATE dmarc_results SET messages = messages + @messages
       WHERE day = @day AND domain = @domain AND source = @source AND evaluation = @evaluation`,
    )
    .run(row)
  return changes > 0
}

function insert(connection: Connection, row: ResultRow, counted: DmarcCounted): DmarcCounted {
  connection
    .statement(
      `INSERT INTO dmarc_results (day, domain, source, evaluation, messages)
       VALUES (@day, @domain, @source, @evaluation, @messages)`,
    )
    .run(row)
  connection
    .statement('UPDATE dmarc_days SET kinds = kinds + 1 WHERE day = ? AND domain = ?')
    .run(row.day, row.domain)
  return counted
}

function kindsOf(
  connection: Connection,
  { day, policyDomain }: JudgedMessage,
): { readonly ofDomain: number; readonly ofDay: number } {
  return connection
    .statement(
      `SELECT sum(kinds) AS ofDay, sum(CASE domain WHEN @domain THEN kinds ELSE 0 END) AS ofDomain
       FROM dmarc_days WHERE day = @day`,
    )
    .get({ day, domain: policyDomain }) as { ofDomain: number; ofDay: number }
}

/** The first address of the network: /24 of IPv4, /48 of IPv6. */
function networkOf(address: string): string {
  if (isIPv4(address)) return address.replace(/\d+$/, '0')
  const [front = ''] = address.split('::')
  const groups = front.split(':').filter(group => group !== '')
  return `${[...groups, '0', '0', '0'].slice(0, 3).join(':')}::`
}

/** What DMARC made of it stays; what it was made of is left out. */
function withoutDetails({ policyDomain, evaluation }: JudgedMessage): JudgedMessage['evaluation'] {
  const { disposition, dkimAligned, spfAligned, reasons } = evaluation
  const types = reasons.map(({ type }) => ({ type }))
  return {
    headerFrom: policyDomain,
    envelopeFrom: '',
    disposition,
    dkimAligned,
    spfAligned,
    reasons: types,
    dkim: [],
  }
}

function toCounted({
  source,
  messages,
  evaluation,
}: Pick<ResultRow, 'source' | 'messages' | 'evaluation'>): CountedEvaluations {
  return { source, messages, evaluation: JSON.parse(evaluation) as CountedEvaluations['evaluation'] }
}
