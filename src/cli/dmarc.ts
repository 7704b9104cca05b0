/** dmarc list | failures | read: reports about DMARC (RFC 9990, RFC 9991), those that this relay sends and those that others have sent. */
import type { Command } from 'commander'
import { readAggregateReport, UnreadableReport } from '../dmarc-report/read-xml.ts'
import { type DmarcOverview, DmarcSummary } from '../dmarc-report/senders.ts'
import { dmarcPage } from '../http/reports/dmarc-page.ts'
import { readReports as bounds } from '../limits.ts'
import { printable } from '../message/printable.ts'
import type { FailureReportRecord } from '../store/dmarc-failure-records.ts'
import type { DmarcReportSummary } from '../store/dmarc-records.ts'
import { withStore } from './database.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { positiveNumber, withConfig, withJson } from './options.ts'
import { domainFilter, periodsText, readReportFiles, writePage } from './report-files.ts'
import { sentReportCells, sentReportJson } from './sent-report-text.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, tableText } from './terminal.ts'

interface ListOptions extends ConfigOption, JsonOption {
  readonly limit: number
}

interface ReadOptions extends JsonOption {
  readonly domain?: string
  readonly html?: string
  readonly limit: number
}

/** Adds `dmarc` with its subcommands. */
export function dmarcCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const dmarc = program.command('dmarc').description('reports about DMARC')
  withJson(withConfig(dmarc.command('list').description('list counted days and the reports about them')))
    .option('--limit <number>', 'how many', positiveNumber, 50)
    .action(async (options: ListOptions) => {
      const found = await withStore(options.config, 'read', store => store.listDmarcReports(options.limit))
      terminal.out(options.json ? jsonText(found.map(sentReportJson)) : listText(found))
      finish(0)
    })
  withJson(
    withConfig(dmarc.command('failures').description('list failure reports that were sent, newest first')),
  )
    .option('--limit <number>', 'how many', positiveNumber, 50)
    .action(async (options: ListOptions) => {
      const found = await withStore(options.config, 'read', store => store.listFailureReports(options.limit))
      terminal.out(options.json ? jsonText(found.map(failureJson)) : failuresText(found))
      finish(0)
    })
  withJson(dmarc.command('read').description('who sends in the name of a domain, as reports of others say'))
    .argument('<path>', 'a report, or a folder of them: XML, gzipped or in a ZIP archive')
    .option('--domain <domain>', 'only mail from this domain and those below it')
    .option('--limit <number>', 'senders in the table', positiveNumber, 50)
    .option('--html <file>', 'write a page with a picture for a browser; - for standard output')
    .action(async (path: string, options: ReadOptions) => {
      const summary = new DmarcSummary(bounds.maxSenders, domainFilter(options.domain))
      const taken = await readReportFiles(path, terminal, document => take(document, summary))
      const overview = summary.overview()
      const { domain, limit, html } = options
      if (html !== undefined)
        await writePage(html, dmarcPage(overview, { domain, limit, now: terminal.clock() }), terminal)
      if (options.json) terminal.out(jsonText({ ...overview, ...taken }))
      else if (html === undefined) terminal.out(overviewText(overview, limit))
      finish(overview.reports > 0 ? 0 : 1)
    })
}

function take(document: Buffer, summary: DmarcSummary): string | undefined {
  try {
    summary.add(readAggregateReport(document, bounds))
    return undefined
  } catch (error) {
    if (error instanceof UnreadableReport) return error.message
    throw error
  }
}

function failureJson({ sentAt, ...report }: FailureReportRecord): unknown {
  return { sentAt: new Date(sentAt).toISOString(), ...report }
}

function failuresText(reports: readonly FailureReportRecord[]): string {
  if (reports.length === 0) return 'No failure report was sent.\n'
  const rows = reports.map(({ sentAt, domain, place, about, queueId }) => [
    new Date(sentAt).toISOString().slice(0, 19),
    printable(domain),
    printable(place),
    about,
    queueId,
  ])
  return tableText(['SENT', 'DOMAIN', 'TO', 'ABOUT', 'REPORT'], rows)
}

function listText(reports: readonly DmarcReportSummary[]): string {
  if (reports.length === 0) return 'No message was counted yet.\n'
  const rows = reports.map(report => [
    report.day,
    printable(report.domain),
    String(report.messages),
    String(report.failures),
    ...sentReportCells(report),
  ])
  return tableText(['DAY', 'DOMAIN', 'MESSAGES', 'FAILED', 'REPORT', 'TO'], rows)
}

function overviewText(overview: DmarcOverview, limit: number): string {
  const { reports, repeated, reporters, senders, periods, leftOut } = overview
  const shown = senders.slice(0, limit)
  const rows = shown.map(one => [
    printable(one.domain),
    printable(one.source),
    ...[one.passed, one.failed, one.dkimFailed, one.spfFailed, one.quarantined, one.rejected].map(String),
    `${one.first} ${one.last}`,
    printable(one.vouched.join(' ')) || '-',
  ])
  const more = senders.length - shown.length
  return [
    `${reports} reports of ${reporters.length} reporters${repeated > 0 ? `, ${repeated} more came twice` : ''}\n`,
    tableText(
      [
        'FROM',
        'SOURCE',
        'PASSED',
        'FAILED',
        'NO DKIM',
        'NO SPF',
        'QUARANTINED',
        'REJECTED',
        'SEEN',
        'VOUCHED BY',
      ],
      rows,
    ),
    ...(more > 0 ? [`and ${more} senders more (--limit)\n`] : []),
    ...(leftOut > 0 ? [`${leftOut} records are left out: there are too many senders\n`] : []),
    periodsText(periods, ['PASSED', 'FAILED']),
  ].join('\n')
}
