/** Daily reports of one kind: which are due, where they go, and that each goes there once. Each kind has a table of its own. */

import type { TlsReportKey, TlsReportProgress, TlsReportRecord, TlsReportTarget } from '../tls-records.ts'
import type { Connection } from './database.ts'
import { insertDelivery } from './deliveries.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spool } from './messages.ts'

export interface ReportRow extends Omit<TlsReportRecord, 'targets'> {
  readonly targets: string
}

const columns = `r.day, r.domain, r.report_id AS reportId, r.state, r.targets, r.reason,
  r.next_attempt_at AS nextAttemptAt, r.expires_at AS expiresAt`

/** What can be asked and changed of the reports in a table. */
export function dailyReports(table: 'tls_reports' | 'dmarc_reports') {
  /** Notes that reports are due; a day of a domain that has one already is left as it is. */
  function plan(
    connection: Connection,
    reports: readonly Pick<TlsReportRecord, 'day' | 'domain' | 'reportId' | 'nextAttemptAt' | 'expiresAt'>[],
  ): void {
    const insert = connection.statement(
      `INSERT OR IGNORE INTO ${table} (day, domain, report_id, state, targets, next_attempt_at, expires_at)
       VALUES (@day, @domain, @reportId, 'due', '[]', @nextAttemptAt, @expiresAt)`,
    )
    for (const report of reports) insert.run(report)
  }

  /** Reports whose time has come, earliest first. */
  function due(connection: Connection, now: number, limit: number): TlsReportRecord[] {
    const rows = connection
      .statement(
        `SELECT ${columns} FROM ${table} r WHERE r.state = 'due' AND r.next_attempt_at <= ?
         ORDER BY r.next_attempt_at LIMIT ?`,
      )
      .all(now, limit) as ReportRow[]
    return rows.map(toReport)
  }

  /** The report about one day of a domain. */
  function report(connection: Connection, { day, domain }: TlsReportKey): TlsReportRecord | undefined {
    const row = connection
      .statement(`SELECT ${columns} FROM ${table} r WHERE r.day = ? AND r.domain = ?`)
      .get(day, domain) as ReportRow | undefined
    return row === undefined ? undefined : toReport(row)
  }

  /** Notes how a report goes on; false where another writer won. */
  function advance(connection: Connection, progress: TlsReportProgress): boolean {
    const { expected, targets, ...rest } = progress
    const { changes } = connection
      .statement(
        `UPDATE ${table} SET targets = @targets, state = @state, reason = @reason, next_attempt_at = @nextAttemptAt
         WHERE day = @day AND domain = @domain AND state = 'due' AND targets = @expected`,
      )
      .run({ ...rest, expected: JSON.stringify(expected), targets: JSON.stringify(targets) })
    return changes > 0
  }

  /** Spools the mail that carries a report in the same transaction; the ids of its deliveries, none where another writer won. */
  function spoolReport(
    connection: Connection,
    progress: TlsReportProgress,
    message: MessageInsert,
    deliveries: readonly DeliveryInsert[],
  ): number[] {
    if (!advance(connection, progress)) return []
    const messageId = spool(connection, message)
    return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
  }

  return { plan, due, report, advance, spoolReport }
}

/** A row as the record that it is. */
export function toReport({ targets, ...row }: ReportRow): TlsReportRecord {
  const { day, domain, reportId, state, reason, nextAttemptAt, expiresAt } = row
  const list = JSON.parse(targets) as TlsReportTarget[]
  return { day, domain, reportId, state, targets: list, reason, nextAttemptAt, expiresAt }
}
