/**
 * The daily TLS reports (RFC 8460): planned when a day is over, each sent at a moment of its own, once to every place that its
 * domain names. What is done is in the store before the next thing is begun. Mail is queued in the transaction that notes it; a
 * POST may be repeated when this process dies between its answer and the note, with the same report id.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { isForbiddenAddress } from '../../discover/forbidden-addresses.ts'
import { type HttpsSettings, httpsRequest } from '../../discover/https-request.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { tlsReports as bounds } from '../../limits.ts'
import type { Logger } from '../../log/log.ts'
import type { Store } from '../../store/store.ts'
import type {
  TlsReportKey,
  TlsReportProgress,
  TlsReportRecord,
  TlsReportTarget,
} from '../../store/tls-records.ts'
import { composeReportMail } from '../../tls-report/mail.ts'
import { readReportPlace, readReportPlaces } from '../../tls-report/record.ts'
import { type ReportInput, reportJson } from '../../tls-report/report.ts'
import { type OwnMessageDependencies, sendOwnMessage } from '../own-message.ts'
import { utcDay } from '../tls/tls-counting.ts'

export interface TlsReportSettings {
  /** Own domain that signs and whose postmaster is the author. */
  readonly domain: string
  /** Name of this host. */
  readonly submitter: string
  readonly organization: string
  readonly contact: string
  /** Reports of a day leave over this time. */
  readonly spreadMilliseconds: number
  readonly allowPrivateAddresses: boolean
  readonly https: HttpsSettings
}

export interface TlsReportDependencies extends OwnMessageDependencies {
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
  readonly log: Logger
  readonly settings: TlsReportSettings
  clock(): number
  random(octets: number): Buffer
  nextQueueId(): string
}

/** Plans the reports of days that are over, and sends those whose time has come. */
export async function sendTlsReports(
  dependencies: TlsReportDependencies,
  isStopping: () => boolean,
): Promise<void> {
  await planReports(dependencies)
  const seen = new Set<string>()
  for (;;) {
    const due = await dependencies.store.dueTlsReports(dependencies.clock(), bounds.reportsAtOnce)
    const fresh = due.filter(({ day, domain }) => !seen.has(`${day} ${domain}`))
    if (fresh.length === 0) return
    for (const report of fresh) {
      if (isStopping()) return
      seen.add(`${report.day} ${report.domain}`)
      await sendReport(report, dependencies).catch((error: unknown) => putOff(report, error, dependencies))
    }
  }
}

/** A report that cannot be made or signed must not stand in the way of the others. */
async function putOff(
  report: TlsReportRecord,
  error: unknown,
  dependencies: TlsReportDependencies,
): Promise<void> {
  const { day, domain } = report
  dependencies.log.error({ day, domain, error }, 'TLS report not made')
  const { targets, state } = (await dependencies.store.tlsReport(report)) ?? report
  // Its last mail was in the store before it failed: there is nothing left to try.
  if (state !== 'due') return
  const reason = error instanceof Error ? error.message : String(error)
  await advance(
    { ...report, targets },
    { targets, reason, state: retriedState(report, dependencies) },
    dependencies,
  )
}

async function planReports(dependencies: TlsReportDependencies): Promise<void> {
  const now = dependencies.clock()
  for (;;) {
    const days = await dependencies.store.tlsDaysToReport(utcDay(now), bounds.plannedAtOnce)
    if (days.length === 0) return
    await dependencies.store.planTlsReports(days.map(key => plannedReport(key, now, dependencies)))
  }
}

/** The moment is drawn, so that not every relay of the world writes at midnight (RFC 8460 section 4.1). */
function plannedReport({ day, domain }: TlsReportKey, now: number, dependencies: TlsReportDependencies) {
  const { submitter, spreadMilliseconds } = dependencies.settings
  const share = dependencies.random(4).readUInt32BE() / 2 ** 32
  const nextAttemptAt = now + Math.floor(share * spreadMilliseconds)
  const reportId = `${day}.${dependencies.random(9).toString('hex')}@${submitter}`
  return { day, domain, reportId, nextAttemptAt, expiresAt: nextAttemptAt + bounds.lifetimeMilliseconds }
}

/** One report on its way: every target that is due is tried once. */
async function sendReport(planned: TlsReportRecord, dependencies: TlsReportDependencies): Promise<void> {
  const asked = planned.targets.length > 0 ? planned : await askForPlaces(planned, dependencies)
  if (asked === undefined) return
  const input = await reportInput(asked, dependencies)
  const gzipped = await promisify(gzip)(reportJson(input))
  let report = asked
  for (const target of asked.targets) {
    if (target.state === 'due') report = await sendTo(target, report, { input, gzipped }, dependencies)
  }
}

/** Asks the domain where it wants the report; undefined when nothing more is to be done now. */
async function askForPlaces(
  report: TlsReportRecord,
  dependencies: TlsReportDependencies,
): Promise<TlsReportRecord | undefined> {
  const places = readReportPlaces(await dependencies.resolver.txt(`_smtp._tls.${report.domain}`))
  if (places.kind === 'uris') {
    const targets = places.uris.map((uri): TlsReportTarget => ({ uri, state: 'due' }))
    return advance(report, { targets, reason: null, nextAttemptAt: report.nextAttemptAt }, dependencies)
  }
  const state = places.kind === 'none' ? 'unwanted' : retriedState(report, dependencies)
  await advance(report, { targets: [], reason: places.reason, state }, dependencies)
  const fields = { domain: report.domain, day: report.day, reason: places.reason }
  if (places.kind === 'none') dependencies.log.debug(fields, 'TLS report not wanted')
  else dependencies.log.warn(fields, 'TLS report waits')
  return undefined
}

interface Prepared {
  readonly input: ReportInput
  readonly gzipped: Buffer
}

async function reportInput(
  report: TlsReportRecord,
  dependencies: TlsReportDependencies,
): Promise<ReportInput> {
  const { organization, contact } = dependencies.settings
  const { day, domain, reportId } = report
  return {
    organization,
    contact,
    reportId,
    domain,
    day,
    sessions: await dependencies.store.tlsSessions(report),
  }
}

async function sendTo(
  target: TlsReportTarget,
  report: TlsReportRecord,
  prepared: Prepared,
  dependencies: TlsReportDependencies,
): Promise<TlsReportRecord> {
  const place = readReportPlace(target.uri)
  if (place?.kind === 'mailto') return mailTo(place.address, target, report, prepared, dependencies)
  const reason =
    place === undefined ? 'not a place for reports' : await post(place.url, prepared, dependencies)
  const state = reason === undefined ? ('sent' as const) : retriedState(report, dependencies)
  const after: TlsReportTarget = { ...target, state, ...(reason !== undefined && { note: reason }) }
  const advanced = await finishTarget(report, after, reason ?? null, dependencies)
  const fields = { domain: report.domain, day: report.day, to: target.uri }
  if (reason === undefined) dependencies.log.info(fields, 'TLS report sent')
  else dependencies.log.warn({ ...fields, reason }, 'TLS report not taken')
  return advanced
}

/** Queued in the transaction that notes it: from here on it is a message like any other. */
async function mailTo(
  to: string,
  target: TlsReportTarget,
  report: TlsReportRecord,
  { input, gzipped }: Prepared,
  dependencies: TlsReportDependencies,
): Promise<TlsReportRecord> {
  const { domain, submitter } = dependencies.settings
  const queueId = dependencies.nextQueueId()
  const composedAt = dependencies.clock()
  const octets = await composeReportMail({
    ...input,
    from: `postmaster@${domain}`,
    to,
    submitter,
    gzipped,
    composedAtMilliseconds: composedAt,
    messageId: `${queueId.toLowerCase()}.tlsrpt@${domain}`,
    boundary: dependencies.random(12).toString('hex'),
  })
  const own = {
    queueId,
    kind: 'notice',
    octets,
    reversePath: '',
    to,
    domain,
    profile: undefined,
    composedAt,
  } as const
  const sent = progressOf(report, { ...target, state: 'sent', note: queueId }, null, dependencies)
  const isSent = await sendOwnMessage(
    own,
    (message, deliveries) => dependencies.store.spoolTlsReport(sent, message, deliveries),
    dependencies,
  )
  if (isSent)
    dependencies.log.info({ domain: report.domain, day: report.day, to, queueId }, 'TLS report sent')
  return { ...report, ...sent }
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

/** `due` while there is time for another attempt. */
function retriedState({ expiresAt }: TlsReportRecord, { clock }: TlsReportDependencies): 'due' | 'failed' {
  return clock() + bounds.retryMilliseconds < expiresAt ? 'due' : 'failed'
}

function finishTarget(
  report: TlsReportRecord,
  target: TlsReportTarget,
  reason: string | null,
  dependencies: TlsReportDependencies,
): Promise<TlsReportRecord> {
  const progress = progressOf(report, target, reason, dependencies)
  return dependencies.store.advanceTlsReport(progress).then(() => ({ ...report, ...progress }))
}

/** The report is done when no target of it is due. */
function progressOf(
  report: TlsReportRecord,
  target: TlsReportTarget,
  reason: string | null,
  dependencies: TlsReportDependencies,
): TlsReportProgress {
  const targets = report.targets.map(one => (one.uri === target.uri ? target : one))
  const isDue = targets.some(({ state }) => state === 'due')
  const isSent = targets.some(({ state }) => state === 'sent')
  return {
    day: report.day,
    domain: report.domain,
    expected: report.targets,
    targets,
    state: isDue ? 'due' : isSent ? 'sent' : 'failed',
    reason: reason ?? report.reason,
    nextAttemptAt: dependencies.clock() + bounds.retryMilliseconds,
  }
}

async function advance(
  report: TlsReportRecord,
  changes: Pick<TlsReportProgress, 'targets' | 'reason'> &
    Partial<Pick<TlsReportProgress, 'state' | 'nextAttemptAt'>>,
  dependencies: TlsReportDependencies,
): Promise<TlsReportRecord | undefined> {
  const progress: TlsReportProgress = {
    day: report.day,
    domain: report.domain,
    expected: report.targets,
    state: 'due',
    nextAttemptAt: dependencies.clock() + bounds.retryMilliseconds,
    ...changes,
  }
  return (await dependencies.store.advanceTlsReport(progress)) ? { ...report, ...progress } : undefined
}
