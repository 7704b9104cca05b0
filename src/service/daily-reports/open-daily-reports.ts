/** The daily reports of a running relay: about TLS, and about DMARC. */
import { sendDmarcReports } from '../dmarc-reports/dmarc-reports.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import type { ReportDependencies } from '../reports/send-report.ts'
import { dmarcReportSettings } from '../settings.ts'
import type { Tasks } from '../tasks.ts'
import { sendTlsReports } from '../tls-reports/tls-reports.ts'
import { DailyReportPath } from './daily-report-path.ts'

/** Each kind by itself, so that none stands in the way of another. */
export function openDailyReports(
  { config, tlsReports: ofTls, resolver, store }: PathDependencies,
  background: Pick<Tasks, 'run'>,
  ownMail: () => ReportDependencies,
): readonly DailyReportPath[] {
  const ofDmarc = dmarcReportSettings(config)
  return [
    new DailyReportPath({
      name: 'TLS reports',
      background,
      store,
      send: async isStopping => {
        if (ofTls === undefined) return
        await sendTlsReports({ ...ownMail(), settings: ofTls, store, resolver }, isStopping)
      },
    }),
    new DailyReportPath({
      name: 'DMARC reports',
      background,
      store,
      send: async isStopping => {
        if (ofDmarc === undefined) return
        await sendDmarcReports({ ...ownMail(), settings: ofDmarc, store, resolver }, isStopping)
      },
    }),
  ]
}
