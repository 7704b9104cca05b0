/** Reports about TLS (RFC 8460): which are due, where they go, and that each goes there once. */

import type {
  TlsReportKey,
  TlsReportProgress,
  TlsReportRecord,
  TlsReportSummary,
  TlsReportTarget,
} from '../tls-records.ts'
import type { Connection } from './database.ts'
import { insertDelivery } from './deliveries.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spool } from './messages.ts'
import { pruneStsPolicies } from './sts-policies.ts'

interface ReportRow extends Omit<TlsReportRecord, 'targets'> {
  readonly targets: string
}

const columns = `r.day, r.domain, r.report_id AS reportId, r.state, r.targets, r.reason,
  r.next_attempt_at AS nextAttemptAt, r.expires_at AS expiresAt`

/** Notes that reports are due; a day of a domain that has one already is left as it is. */
export function planTlsReports(
  connection: Connection,
  reports: readonly Pick<TlsReportRecord, 'day' | 'domain' | 'reportId' | 'nextAttemptAt' | 'expiresAt'>[],
): void {
  const insert = connection.statement(
    `INSERT OR IGNORE INTO tls_reports (day, domain, report_id, state, targets, next_attempt_at, expires_at)
     VALUES (@day, @domain, @reportId, 'due', '[]', @nextAttemptAt, @expiresAt)`,
  )
  for (const report of reports) insert.run(report)
}

/** Reports whose time has come, earliest first. */
export function dueTlsReports(connection: Connection, now: number, limit: number): TlsReportRecord[] {
  const rows = connection
    .statement(
      `SELECT ${columns} FROM tls_reports r WHERE r.state = 'due' AND r.next_attempt_at <= ?
       ORDER BY r.next_attempt_at LIMIT ?`,
    )
    .all(now, limit) as ReportRow[]
  return rows.map(toReport)
}

/** The report about one day of a domain. */
export function tlsReport(
  connection: Connection,
  { day, domain }: TlsReportKey,
): TlsReportRecord | undefined {
  const row = connection
    .statement(`SELECT ${columns} FROM tls_reports r WHERE r.day = ? AND r.domain = ?`)
    .get(day, domain) as ReportRow | undefined
  return row === undefined ? undefined : toReport(row)
}

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
       GROUP BY s.day, s.domain ORDER BY s.day DESC, s.domain LIMIT ?`,
    )
    .all(limit) as (ReportRow & { successes: number; failures: number })[]
  return rows.map(row => ({ ...toReport(row), successes: row.successes, failures: row.failures }))
}

/** Notes how a report goes on; false where another writer won. */
export function advanceTlsReport(connection: Connection, progress: TlsReportProgress): boolean {
  const { expected, targets, ...rest } = progress
  const { changes } = connection
    .statement(
      `UPDATE tls_reports SET targets = @targets, state = @state, reason = @reason, next_attempt_at = @nextAttemptAt
       WHERE day = @day AND domain = @domain AND state = 'due' AND targets = @expected`,
    )
    .run({ ...rest, expected: JSON.stringify(expected), targets: JSON.stringify(targets) })
  return changes > 0
}

/** Spools the mail that carries a report in the same transaction; the ids of its deliveries, none where another writer won. */
export function spoolTlsReport(
  connection: Connection,
  progress: TlsReportProgress,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  if (!advanceTlsReport(connection, progress)) return []
  const messageId = spool(connection, message)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

/** Removes what is past its time: policies that have expired, and days before this one whose report is done. */
export function pruneTls(connection: Connection, now: number, beforeDay: string): void {
  pruneStsPolicies(connection, now)
  connection.statement(`DELETE FROM tls_reports WHERE day < ?`).run(beforeDay)
  connection.statement(`DELETE FROM tls_sessions WHERE day < ?`).run(beforeDay)
}

function toReport({ targets, ...row }: ReportRow): TlsReportRecord {
  const { day, domain, reportId, state, reason, nextAttemptAt, expiresAt } = row
  const list = JSON.parse(targets) as TlsReportTarget[]
  return { day, domain, reportId, state, targets: list, reason, nextAttemptAt, expiresAt }
}
