/** The daily reports of this relay, about TLS and about DMARC, as commands list them. */
import { printable } from '../message/printable.ts'
import type { TlsReportRecord } from '../store/tls-records.ts'

type SentReport = Pick<
  TlsReportRecord,
  'state' | 'reportId' | 'nextAttemptAt' | 'expiresAt' | 'targets' | 'reason'
>

/** As `--json` prints it: nothing is planned for a day that is still counted. */
export function sentReportJson<Report extends SentReport>({
  nextAttemptAt,
  expiresAt: _,
  reportId,
  ...report
}: Report): unknown {
  const isPlanned = reportId !== ''
  return {
    ...report,
    reportId: isPlanned ? reportId : null,
    state: isPlanned ? report.state : 'counting',
    nextAttemptAt: isPlanned && report.state === 'due' ? new Date(nextAttemptAt).toISOString() : null,
  }
}

/** The cells REPORT and TO of a table. */
export function sentReportCells({
  state,
  reportId,
  targets,
  reason,
}: SentReport): [state: string, places: string] {
  return [
    reportId === '' ? 'counting' : state,
    targets.map(({ uri }) => printable(uri)).join(' ') || printable(reason ?? '-'),
  ]
}
