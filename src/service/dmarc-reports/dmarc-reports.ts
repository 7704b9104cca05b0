/** The daily aggregate reports about DMARC (RFC 9990): what they differ in from other daily reports. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { dmarcLookUps } from '../../dmarc/look-ups.ts'
import { aggregateXml } from '../../dmarc-report/aggregate-xml.ts'
import { reportAddress, verifyDestination, wantedPlaces } from '../../dmarc-report/destinations.ts'
import { composeAggregateMail, mailedOctets } from '../../dmarc-report/mail.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { dmarcReports as bounds } from '../../limits.ts'
import type { DmarcReportRecord } from '../../store/dmarc-records.ts'
import type { Store } from '../../store/store.ts'
import { daySeconds } from '../../tls-report/report.ts'
import {
  type DailyReportDependencies,
  type DailyReportSettings,
  type Dispatch,
  type ReportKind,
  type ReportPlaces,
  sendDailyReports,
} from '../daily-reports/daily-reports.ts'

export interface DmarcReportSettings extends DailyReportSettings {
  readonly organization: string
  readonly contact: string
  /** Name and version of this program. */
  readonly generator: string
}

export interface DmarcReportDependencies extends DailyReportDependencies {
  readonly store: Pick<
    Store,
    | 'message'
    | 'dmarcDaysToReport'
    | 'planDmarcReports'
    | 'dueDmarcReports'
    | 'dmarcDay'
    | 'dmarcReport'
    | 'advanceDmarcReport'
    | 'spoolDmarcReport'
  >
  readonly resolver: Pick<Resolver, 'txt' | 'mx'>
  readonly settings: DmarcReportSettings
}

/** Plans the reports of days that are over, and sends those whose time has come. */
export function sendDmarcReports(
  dependencies: DmarcReportDependencies,
  isStopping: () => boolean,
): Promise<void> {
  return sendDailyReports(dmarcReportKind(dependencies), dependencies, isStopping)
}

interface Prepared {
  readonly report: DmarcReportRecord
  readonly gzipped: Buffer
}

function dmarcReportKind(dependencies: DmarcReportDependencies): ReportKind<Prepared> {
  const { store } = dependencies
  return {
    name: 'DMARC report',
    tag: 'dmarc',
    inStore: {
      daysToReport: (before, limit) => store.dmarcDaysToReport(before, limit),
      plan: reports => store.planDmarcReports(reports),
      due: (now, limit) => store.dueDmarcReports(now, limit),
      report: key => store.dmarcReport(key),
      advance: progress => store.advanceDmarcReport(progress),
      spool: (progress, message, deliveries) => store.spoolDmarcReport(progress, message, deliveries),
    },
    places: report => placesOf(report, dependencies),
    prepare: async report => ({ report, gzipped: await gzippedReport(report, dependencies) }),
    dispatch: async (uri, prepared) => dispatch(uri, prepared, dependencies),
    bounds,
  }
}

/** Every place in `rua` that may have the report and takes its size (RFC 9990 sections 3.3 and 4). */
async function placesOf(
  report: DmarcReportRecord,
  dependencies: DmarcReportDependencies,
): Promise<ReportPlaces> {
  const day = await dependencies.store.dmarcDay(report)
  const wanted = wantedPlaces(day?.record ?? '').slice(0, bounds.maxPlaces)
  if (wanted.length === 0) return { kind: 'none', reason: 'its DMARC record names no mailto: address in rua' }
  // Only records of RFC 7489 have such limits; without one the report need not be made to be measured.
  const hasLimit = wanted.some(({ maxOctets }) => Number.isFinite(maxOctets))
  const octets = hasLimit ? mailedOctets(await gzippedReport(report, dependencies)) : 0
  const lookUps = dmarcLookUps(dependencies.resolver)
  const found = await Promise.all(
    wanted.map(({ uri, maxOctets }) =>
      octets > maxOctets
        ? ({ kind: 'refused', reason: `the report is larger than ${uri} takes` } as const)
        : verifyDestination(uri, report.domain, lookUps),
    ),
  )
  const unknown = found.find(one => one.kind === 'temporary')
  if (unknown !== undefined) return { kind: 'temporary', reason: unknown.reason }
  const uris = [...new Set(found.flatMap(one => (one.kind === 'accepted' ? one.uris : [])))]
  if (uris.length > 0) return { kind: 'uris', uris: uris.slice(0, bounds.maxPlaces) }
  return { kind: 'none', reason: found.flatMap(one => (one.kind === 'refused' ? one.reason : [])).join('; ') }
}

async function gzippedReport(
  { day, domain, reportId }: DmarcReportRecord,
  { store, settings }: DmarcReportDependencies,
): Promise<Buffer> {
  const { record = '', rows = [] } = (await store.dmarcDay({ day, domain })) ?? {}
  const { organization, contact, generator } = settings
  const { begin, end } = daySeconds(day)
  const xml = aggregateXml({
    ...{ organization, contact, generator, reportId, begin, end, record, rows },
    policyDomain: domain,
  })
  return promisify(gzip)(xml)
}

function dispatch(
  uri: string,
  { report, gzipped }: Prepared,
  { settings }: DmarcReportDependencies,
): Dispatch {
  const to = reportAddress(uri)
  if (to === undefined) return { kind: 'done', reason: 'not a place for reports' }
  const { domain: policyDomain, reportId, day } = report
  const { submitter, organization } = settings
  const about = { policyDomain, reportId, submitter, organization, gzipped, ...daySeconds(day) }
  return { kind: 'mail', to, compose: mail => composeAggregateMail({ ...about, ...mail }) }
}
