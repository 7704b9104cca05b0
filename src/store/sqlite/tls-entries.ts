/** The entries of the table of requests (requests.ts) that are about TLS with next hops: MTA-STS policies, counted sessions, reports. */
import { change, question, type Table } from './entry.ts'
import { changeWithMail } from './planned.ts'
import * as sts from './sts-policies.ts'
import * as tlsReports from './tls-reports.ts'
import * as tlsSessions from './tls-sessions.ts'

export const tlsEntries = {
  stsPolicy: question(sts.stsPolicy),
  stsPoliciesToRefresh: question(sts.stsPoliciesToRefresh),
  tlsSessions: question(tlsSessions.tlsSessions),
  tlsDaysToReport: question(tlsSessions.tlsDaysToReport),
  dueTlsReports: question(tlsReports.dueTlsReports),
  tlsReport: question(tlsReports.tlsReport),
  listTlsReports: question(tlsReports.listTlsReports),
  keepStsPolicy: change(sts.keepStsPolicy),
  countTlsSession: change(tlsSessions.countTlsSession),
  planTlsReports: change(tlsReports.planTlsReports),
  advanceTlsReport: change(tlsReports.advanceTlsReport),
  spoolTlsReport: changeWithMail(tlsReports.spoolTlsReport),
  pruneTls: change(tlsReports.pruneTls),
} satisfies Partial<Table>
