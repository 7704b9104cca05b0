/** tls-reports list | show: how TLS went with the mail hosts of a domain, and what it was told about it (RFC 8460). */
import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { tlsPage } from '../http/reports/tls-page.ts'
import { readReports } from '../limits.ts'
import { printable } from '../message/printable.ts'
import { tlsReportSettings } from '../service/settings.ts'
import { utcDay } from '../service/tls/tls-counting.ts'
import type { CountedTlsSessions, TlsReportRecord, TlsReportSummary } from '../store/tls-records.ts'
import { readTlsReport, type TlsOverview, TlsSummary } from '../tls-report/read-json.ts'
import { reportJson } from '../tls-report/report.ts'
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

interface ShowOptions extends ConfigOption, JsonOption {
  readonly day?: string
}

/** Adds `tls-reports` with its subcommands. */
export function tlsReportsCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const reports = program
    .command('tls-reports')
    .description('how TLS went with the mail hosts of other domains, and the daily reports about it')
  withJson(withConfig(reports.command('list').description('list counted days, newest first')))
    .option('--limit <number>', 'how many', positiveNumber, 50)
    .action(async (options: ListOptions) => {
      const found = await withStore(options.config, 'read', store => store.listTlsReports(options.limit))
      terminal.out(options.json ? jsonText(found.map(sentReportJson)) : listText(found))
      finish(0)
    })
  withJson(withConfig(reports.command('show').description('show one day of a domain')))
    .argument('<domain>')
    .option('--day <YYYY-MM-DD>', 'day in UTC; without it today')
    .action(async (domain: string, options: ShowOptions) => {
      const day = options.day ?? utcDay(terminal.clock())
      const shown = await show(domain.toLowerCase(), day, options.config)
      if (shown === undefined)
        terminal.note(`${printable(domain)}: no session was counted on ${printable(day)}\n`)
      else terminal.out(options.json ? jsonText(shown) : showText(shown))
      finish(shown === undefined ? 1 : 0)
    })
  readCommand(reports, terminal, finish)
}

interface ReadOptions extends JsonOption {
  readonly domain?: string
  readonly html?: string
}

function readCommand(reports: Command, terminal: Terminal, finish: Finish): void {
  withJson(reports.command('read').description('what reports say that others have sent (RFC 8460)'))
    .argument('<path>', 'a report, or a folder of them: JSON, gzipped or in a ZIP archive')
    .option('--domain <domain>', 'only policies of this domain and those below it')
    .option('--html <file>', 'write a page with a picture for a browser; - for standard output')
    .action(async (path: string, options: ReadOptions) => {
      const summary = new TlsSummary(readReports.maxSenders, domainFilter(options.domain))
      const taken = await readReportFiles(path, terminal, document => {
        const read = readTlsReport(document)
        if (read.kind === 'refused') return read.reason
        summary.add(read.report)
        return undefined
      })
      const overview = summary.overview()
      const { domain, html } = options
      if (html !== undefined)
        await writePage(html, tlsPage(overview, { domain, limit: 1_000, now: terminal.clock() }), terminal)
      if (options.json) terminal.out(jsonText({ ...overview, ...taken }))
      else if (html === undefined) terminal.out(readText(overview))
      finish(overview.reports > 0 ? 0 : 1)
    })
}

function readText({ reports, repeated, domains, failures, periods }: TlsOverview): string {
  const failureRows = failures.map(({ domain, result, host, sessions, first, last }) =>
    [domain, result, String(sessions), host || '-', first, last].map(printable),
  )
  return [
    `${reports} reports${repeated > 0 ? `, ${repeated} more came twice` : ''}\n`,
    tableText(
      ['DOMAIN', 'POLICY', 'GOOD', 'FAILED'],
      domains.map(({ domain, policy, passed, failed }) =>
        [domain, policy, String(passed), String(failed)].map(printable),
      ),
    ),
    ...(failures.length === 0
      ? []
      : [tableText(['DOMAIN', 'RESULT', 'SESSIONS', 'HOST', 'FIRST', 'LAST'], failureRows)]),
    periodsText(periods, ['GOOD', 'FAILED']),
  ].join('\n')
}

interface ShownReport {
  readonly day: string
  readonly domain: string
  readonly state: TlsReportRecord['state'] | 'counting'
  readonly targets: TlsReportRecord['targets']
  readonly reason: string | null
  /** As it was or would be sent. */
  readonly report: unknown
  readonly sessions: readonly CountedTlsSessions[]
}

async function show(domain: string, day: string, configFile: string): Promise<ShownReport | undefined> {
  const config = await loadConfig(configFile)
  const [sessions, record] = await withStore(configFile, 'read', store =>
    Promise.all([store.tlsSessions({ day, domain }), store.tlsReport({ day, domain })]),
  )
  if (sessions.length === 0) return undefined
  const settings = tlsReportSettings(config, undefined)
  const { organization, contact } = settings ?? { organization: config.hostname, contact: '' }
  const reportId = record?.reportId ?? ''
  const report: unknown = JSON.parse(
    reportJson({ organization, contact, reportId, domain, day, sessions }).toString(),
  )
  const { state = 'counting', targets = [], reason = null } = record ?? {}
  return { day, domain, state, targets, reason, report, sessions }
}

function listText(reports: readonly TlsReportSummary[]): string {
  if (reports.length === 0) return 'No session was counted yet.\n'
  const rows = reports.map(report => [
    report.day,
    printable(report.domain),
    String(report.successes),
    String(report.failures),
    ...sentReportCells(report),
  ])
  return tableText(['DAY', 'DOMAIN', 'GOOD', 'FAILED', 'REPORT', 'TO'], rows)
}

function showText({ day, domain, state, targets, reason, sessions }: ShownReport): string {
  const rows = sessions.map(({ policy, result, details, sessions: count }) => [
    policy.type,
    result,
    String(count),
    printable(details.receivingMx ?? '-'),
    printable(details.receivingIp ?? '-'),
    printable(details.reasonCode ?? '-'),
  ])
  const head = ['POLICY', 'RESULT', 'SESSIONS', 'HOST', 'ADDRESS', 'REASON']
  const because = reason === null ? '' : `: ${printable(reason)}`
  const to = targets.map(
    ({ uri, state: one, note }) => `  ${printable(uri)}  ${one}${note ? `, ${printable(note)}` : ''}`,
  )
  return [
    `${printable(domain)} on ${day} (UTC), report ${state}${because}`,
    ...to,
    '',
    tableText(head, rows),
  ].join('\n')
}
