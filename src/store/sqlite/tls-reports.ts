/** Reports about TLS (RFC 8460), with the sessions that they are about. */

import type { TlsReportSummary } from '../tls-records.ts'
import { dailyReports, type ReportRow, toReport } from './daily-reports.ts'
import type { Connection } from './database.ts'
import { pruneStsPolicies } from './sts-policies.ts'

export const {
  plan: planTlsReports,
  due: dueTlsReports,
  report: tlsReport,
  advance: advanceTlsReport,
  spoolReport: spoolTlsReport,
} = dailyReports('tls_reports')

/** Counted days, newest first, with their reports; a day without one yet is `due` without a time. */
export function listTlsReports(connection: Connection, limit: number): TlsReportSummary[] {
  const rows = connection
    .statement(
      `SELECT s.day, s.domain, coalesce(r.report_id, '') AS reportId, coalesce(r.state, 'due') AS state,
         coalesce(r.targets, '[]') AS targets, r.reason, coalesce(r.next_attempt_at, 0) AS nextAttemptAt,
         coalesce(r.expires_at, 0) AS expiresAt,
         sum(CASE s.result WHEN 'success' THEN s.sessions ELSE 0 END) AS successes,
         sum(CASE s.result WHEN 'success' THEN 0 ELSE s.sessions END) AS failures
       FROM tls_sessions s LEFT JOIN tls_reports r ON r.day = s.day AND r.domain = s.domain
       GROUP BY s.day, s.domain, r.report_id, r.state, r.targets, r.reason, r.next_attempt_at, r.expires_at
       ORDER BY s.day DESC, s.domain LIMIT ?`,
    )
    .all(limit) as (ReportRow & { successes: number; failures: number })[]
  return rows.map(row => ({ ...toReport(row), successes: row.successes, failures: row.failures }))
}

/** Removes what is past its time: policies that have expired, and days before this one whose report is done. */
export function pruneTls(connection: Connection, now: number, beforeDay: string): void {
  pruneStsPolicies(connection, now)
  connection.statement(`DELETE FROM tls_reports WHERE day < ?`).run(beforeDay)
  connection.statement(`DELETE FROM tls_sessions WHERE day < ?`).run(beforeDay)
}
