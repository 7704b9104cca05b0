/** The daily TLS reports (RFC 8460): what they differ in from other daily reports. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { isForbiddenAddress } from '../../discover/forbidden-addresses.ts'
import { type HttpsSettings, httpsRequest } from '../../discover/https-request.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { tlsReports as bounds } from '../../limits.ts'
import type { Store } from '../../store/store.ts'
import type { TlsReportRecord } from '../../store/tls-records.ts'
import { composeReportMail } from '../../tls-report/mail.ts'
import { readReportPlace, readReportPlaces } from '../../tls-report/record.ts'
import { type ReportInput, reportJson } from '../../tls-report/report.ts'
import {
  type DailyReportDependencies,
  type DailyReportSettings,
  type Dispatch,
  type ReportKind,
  sendDailyReports,
} from '../daily-reports/daily-reports.ts'

export interface TlsReportSettings extends DailyReportSettings {
  readonly organization: string
  readonly contact: string
  readonly allowPrivateAddresses: boolean
  readonly https: HttpsSettings
}

export interface TlsReportDependencies extends DailyReportDependencies {
  readonly store: Pick<
    Store,
    | 'message'
    | 'tlsDaysToReport'
    | 'planTlsReports'
    | 'dueTlsReports'
    | 'tlsSessions'
    | 'tlsReport'
    | 'advanceTlsReport'
    | 'spoolTlsReport'
  >
  readonly resolver: Pick<Resolver, 'txt' | 'addresses'>
  readonly settings: TlsReportSettings
}

/** Plans the reports of days that are over, and sends those whose time has come. */
export function sendTlsReports(
  dependencies: TlsReportDependencies,
  isStopping: () => boolean,
): Promise<void> {
  return sendDailyReports(tlsReportKind(dependencies), dependencies, isStopping)
}

interface Prepared {
  readonly input: ReportInput
  readonly gzipped: Buffer
}

function tlsReportKind(dependencies: TlsReportDependencies): ReportKind<Prepared> {
  const { store, resolver } = dependencies
  return {
    name: 'TLS report',
    tag: 'tlsrpt',
    inStore: {
      daysToReport: (before, limit) => store.tlsDaysToReport(before, limit),
      plan: reports => store.planTlsReports(reports),
      due: (now, limit) => store.dueTlsReports(now, limit),
      report: key => store.tlsReport(key),
      advance: progress => store.advanceTlsReport(progress),
      spool: (progress, message, deliveries) => store.spoolTlsReport(progress, message, deliveries),
    },
    places: async ({ domain }) => readReportPlaces(await resolver.txt(`_smtp._tls.${domain}`)),
    prepare: report => prepare(report, dependencies),
    dispatch: (uri, prepared) => dispatch(uri, prepared, dependencies),
    bounds,
  }
}

async function prepare(report: TlsReportRecord, dependencies: TlsReportDependencies): Promise<Prepared> {
  const { organization, contact } = dependencies.settings
  const { day, domain, reportId } = report
  const sessions = await dependencies.store.tlsSessions(report)
  const input = { organization, contact, reportId, domain, day, sessions }
  return { input, gzipped: await promisify(gzip)(reportJson(input)) }
}

async function dispatch(
  uri: string,
  prepared: Prepared,
  dependencies: TlsReportDependencies,
): Promise<Dispatch> {
  const place = readReportPlace(uri)
  if (place === undefined) return { kind: 'done', reason: 'not a place for reports' }
  if (place.kind === 'https') return { kind: 'done', reason: await post(place.url, prepared, dependencies) }
  const { input, gzipped } = prepared
  const { submitter } = dependencies.settings
  return {
    kind: 'mail',
    to: place.address,
    compose: mail => composeReportMail({ ...input, ...mail, submitter, gzipped }),
  }
}

/** Gives a report to a web server (RFC 8460 section 5.4); undefined when it took it, else why not. */
async function post(
  url: URL,
  { gzipped }: Prepared,
  dependencies: TlsReportDependencies,
): Promise<string | undefined> {
  const { allowPrivateAddresses, https } = dependencies.settings
  const found = await dependencies.resolver.addresses(url.hostname)
  if (found.kind === 'temporary') return found.reason
  const records = found.kind === 'records' ? found.records : []
  const usable = records.find(one => allowPrivateAddresses || !isForbiddenAddress(one.address, one.family))
  if (usable === undefined) return `${url.hostname} has no address that may be connected to`
  const answer = await httpsRequest(
    {
      host: url.hostname,
      address: usable.address,
      port: url.port === '' ? 443 : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: { 'content-type': 'application/tlsrpt+gzip', 'content-length': String(gzipped.length) },
      body: gzipped,
      maxOctets: bounds.maxAnswerOctets,
    },
    https,
  )
  if (answer.kind !== 'answer') return answer.reason
  return answer.status >= 200 && answer.status < 300 ? undefined : `HTTP ${answer.status}`
}
