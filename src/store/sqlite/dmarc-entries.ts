/** The entries of the table of requests (requests.ts) that are about DMARC: counted messages, and the reports about them. */
import * as failures from './dmarc-failures.ts'
import * as dmarc from './dmarc-results.ts'
import { change, question, type Table } from './entry.ts'
import { changeWithMail } from './planned.ts'

export const dmarcEntries = {
  dmarcDay: question(dmarc.dmarcDay),
  dmarcDaysToReport: question(dmarc.dmarcDaysToReport),
  dueDmarcReports: question(dmarc.dueDmarcReports),
  dmarcReport: question(dmarc.dmarcReport),
  listDmarcReports: question(dmarc.listDmarcReports),
  countDmarcResult: change(dmarc.countDmarcResult),
  planDmarcReports: change(dmarc.planDmarcReports),
  advanceDmarcReport: change(dmarc.advanceDmarcReport),
  spoolDmarcReport: changeWithMail(dmarc.spoolDmarcReport),
  hasFailureReportRoom: question(failures.hasFailureReportRoom),
  spoolFailureReport: changeWithMail(failures.spoolFailureReport),
  listFailureReports: question(failures.listFailureReports),
  pruneFailureReports: change(failures.pruneFailureReports),
  pruneDmarc: change(dmarc.pruneDmarc),
} satisfies Partial<Table>
