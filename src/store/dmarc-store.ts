/** The part of the store that is about DMARC: what was judged, counted, and the aggregate reports about it (RFC 9990). */
import type { FailureReportLimits, FailureReportRecord } from './dmarc-failure-records.ts'
import type {
  DmarcCountBounds,
  DmarcCounted,
  DmarcDay,
  DmarcReportKey,
  DmarcReportProgress,
  DmarcReportRecord,
  DmarcReportSummary,
  JudgedMessage,
} from './dmarc-records.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from './records.ts'

export interface DmarcStore {
  /** What was judged by the policy of a domain on one day, the most frequent first. */
  dmarcDay(key: DmarcReportKey): Promise<DmarcDay | undefined>
  /** Days before this one of which no report is planned yet, oldest first. */
  dmarcDaysToReport(before: string, limit: number): Promise<DmarcReportKey[]>
  /** Reports whose time has come, earliest first. */
  dueDmarcReports(now: number, limit: number): Promise<DmarcReportRecord[]>
  dmarcReport(key: DmarcReportKey): Promise<DmarcReportRecord | undefined>
  /** Counted days, newest first, with their reports; `reportId` is '' where none is planned yet. */
  listDmarcReports(limit: number): Promise<DmarcReportSummary[]>
  /** Counts one message, within the bounds. */
  countDmarcResult(judged: JudgedMessage, bounds: DmarcCountBounds): Promise<DmarcCounted>
  /** Notes that reports are due; a day of a domain that has one already is left as it is. */
  planDmarcReports(
    reports: readonly Pick<
      DmarcReportRecord,
      'day' | 'domain' | 'reportId' | 'nextAttemptAt' | 'expiresAt'
    >[],
  ): Promise<void>
  /** Notes how a report goes on; false where its targets are no longer the expected ones. */
  advanceDmarcReport(progress: DmarcReportProgress): Promise<boolean>
  /** The same, and in the same transaction spools the mail that carries it, as `spoolDsn` does; [] where it was done before. */
  spoolDmarcReport(
    progress: DmarcReportProgress,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
  /** Whether a failure report about this domain may be sent now. */
  hasFailureReportRoom(domain: string, now: number, limits: FailureReportLimits): Promise<boolean>
  /** Notes a failure report and spools the mail that carries it, as `spoolDsn` does; [] beyond the limits. */
  spoolFailureReport(
    wanted: { readonly report: FailureReportRecord; readonly limits: FailureReportLimits },
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
  /** Failure reports that were sent, newest first. */
  listFailureReports(limit: number): Promise<FailureReportRecord[]>
  /** Removes those sent before this time. */
  pruneFailureReports(before: number): Promise<void>
  /** Removes counted days before this one. */
  pruneDmarc(beforeDay: string): Promise<void>
}
