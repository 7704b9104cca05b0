/** Failure reports about DMARC that were sent (RFC 9991): noted in the transaction that queues them, within limits. */
import type {
  FailureReportLimit,
  FailureReportLimits,
  FailureReportRecord,
} from '../dmarc-failure-records.ts'
import type { Connection } from './database.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spoolNotice } from './messages.ts'

export interface Wanted {
  readonly report: FailureReportRecord
  readonly limits: FailureReportLimits
}

/** [] beyond the limits: nothing is queued and noted then. See `Store.spoolFailureReport`. */
export function spoolFailureReport(
  connection: Connection,
  { report, limits }: Wanted,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  const { domain, sentAt } = report
  if (!hasFailureReportRoom(connection, domain, sentAt, limits)) return []
  connection
    .statement(
      `INSERT INTO dmarc_failures (sent_at, domain, place, about, queue_id)
       VALUES (@sentAt, @domain, @place, @about, @queueId)`,
    )
    .run({ ...report })
  return spoolNotice(connection, message, deliveries)
}

export function hasFailureReportRoom(
  connection: Connection,
  domain: string,
  now: number,
  { perDomain, inAll }: FailureReportLimits,
): boolean {
  return isBelow(connection, domain, now, perDomain) && isBelow(connection, null, now, inAll)
}

/** @param domain null: all of them */
function isBelow(
  connection: Connection,
  domain: string | null,
  now: number,
  { most, milliseconds }: FailureReportLimit,
): boolean {
  const { sent } = connection
    .statement(
      `SELECT count(*) AS sent FROM dmarc_failures
       WHERE sent_at > @since AND (@domain IS NULL OR domain = @domain)`,
    )
    .get({ since: now - milliseconds, domain }) as { readonly sent: number }
  return sent < most
}

/** Newest first. */
export function listFailureReports(connection: Connection, limit: number): FailureReportRecord[] {
  const rows = connection
    .statement(
      `SELECT sent_at AS sentAt, domain, place, about, queue_id AS queueId FROM dmarc_failures
       ORDER BY id DESC LIMIT ?`,
    )
    .all(limit)
  return rows as FailureReportRecord[]
}

export function pruneFailureReports(connection: Connection, before: number): void {
  connection.statement('DELETE FROM dmarc_failures WHERE sent_at < ?').run(before)
}
