/**
 * Daily reports of one kind: planned when a day is over, each sent at a moment of its own, once to every place that its domain
 * names. What is done is in the store before the next thing is begun. Mail is queued in the transaction that notes it; what else is
 * done with a report may be repeated when this process dies between that and the note, with the same report id.
 */
import type { Logger } from '../../log/log.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from '../../store/records.ts'
import type {
  TlsReportKey,
  TlsReportProgress,
  TlsReportRecord,
  TlsReportTarget,
} from '../../store/tls-records.ts'
import { type OwnMessageDependencies, sendOwnMessage } from '../own-message.ts'
import { utcDay } from '../tls/tls-counting.ts'

/** Where a domain wants its report. */
export type ReportPlaces =
  | { readonly kind: 'uris'; readonly uris: readonly string[] }
  | { readonly kind: 'none'; readonly reason: string }
  /** It could not be found out for now. */
  | { readonly kind: 'temporary'; readonly reason: string }

/** What is done to give a report to one place. */
export type Dispatch =
  | { readonly kind: 'mail'; readonly to: string; compose(mail: ReportMailIdentity): Promise<Buffer> }
  /** The reason why it was not taken; undefined: it was. */
  | { readonly kind: 'done'; readonly reason: string | undefined }

/** What the mail of a report is told of itself. */
export interface ReportMailIdentity {
  readonly from: string
  readonly to: string
  readonly composedAtMilliseconds: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Part of the MIME boundaries. */
  readonly boundary: string
}

/** The reports of one kind in the store. */
export interface ReportsInStore {
  daysToReport(before: string, limit: number): Promise<readonly TlsReportKey[]>
  plan(
    reports: readonly Pick<TlsReportRecord, 'day' | 'domain' | 'reportId' | 'nextAttemptAt' | 'expiresAt'>[],
  ): Promise<void>
  due(now: number, limit: number): Promise<readonly TlsReportRecord[]>
  report(key: TlsReportKey): Promise<TlsReportRecord | undefined>
  advance(progress: TlsReportProgress): Promise<boolean>
  spool(
    progress: TlsReportProgress,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
}

/** What one kind of reports differs in. */
export interface ReportKind<Prepared> {
  /** What the log calls one. */
  readonly name: string
  /** Of the Message-ID. */
  readonly tag: string
  readonly inStore: ReportsInStore
  places(report: TlsReportRecord): Promise<ReportPlaces>
  /** The report itself, made once for all its places. */
  prepare(report: TlsReportRecord): Promise<Prepared>
  dispatch(uri: string, prepared: Prepared): Promise<Dispatch>
  readonly bounds: {
    readonly reportsAtOnce: number
    readonly plannedAtOnce: number
    readonly retryMilliseconds: number
    readonly lifetimeMilliseconds: number
  }
}

export interface DailyReportSettings {
  /** Own domain that signs and whose postmaster is the author. */
  readonly domain: string
  /** Name of this host. */
  readonly submitter: string
  /** Reports of a day leave over this time. */
  readonly spreadMilliseconds: number
}

export interface DailyReportDependencies extends OwnMessageDependencies {
  readonly log: Logger
  readonly settings: DailyReportSettings
  clock(): number
  random(octets: number): Buffer
  nextQueueId(): string
}

/** Plans the reports of days that are over, and sends those whose time has come. */
export async function sendDailyReports<Prepared>(
  kind: ReportKind<Prepared>,
  dependencies: DailyReportDependencies,
  isStopping: () => boolean,
): Promise<void> {
  await planReports(kind, dependencies)
  const seen = new Set<string>()
  for (;;) {
    const due = await kind.inStore.due(dependencies.clock(), kind.bounds.reportsAtOnce)
    const fresh = due.filter(({ day, domain }) => !seen.has(`${day} ${domain}`))
    if (fresh.length === 0) return
    for (const report of fresh) {
      if (isStopping()) return
      seen.add(`${report.day} ${report.domain}`)
      const sending = new ReportOnItsWay(report, kind, dependencies)
      await sending.send().catch((error: unknown) => sending.putOff(error))
    }
  }
}

async function planReports<Prepared>(
  { inStore, bounds }: ReportKind<Prepared>,
  dependencies: DailyReportDependencies,
): Promise<void> {
  const now = dependencies.clock()
  for (;;) {
    const days = await inStore.daysToReport(utcDay(now), bounds.plannedAtOnce)
    if (days.length === 0) return
    await inStore.plan(days.map(key => plannedReport(key, now, bounds.lifetimeMilliseconds, dependencies)))
  }
}

/** The moment is drawn, so that not every relay of the world writes at midnight (RFC 8460 section 4.1). */
function plannedReport(
  { day, domain }: TlsReportKey,
  now: number,
  lifetimeMilliseconds: number,
  dependencies: DailyReportDependencies,
) {
  const { submitter, spreadMilliseconds } = dependencies.settings
  const share = dependencies.random(4).readUInt32BE() / 2 ** 32
  const nextAttemptAt = now + Math.floor(share * spreadMilliseconds)
  const reportId = `${day}.${dependencies.random(9).toString('hex')}@${submitter}`
  return { day, domain, reportId, nextAttemptAt, expiresAt: nextAttemptAt + lifetimeMilliseconds }
}

/** One report on its way: every target that is due is tried once. */
class ReportOnItsWay<Prepared> {
  /** As it is in the store. */
  #report: TlsReportRecord
  readonly #kind: ReportKind<Prepared>
  readonly #dependencies: DailyReportDependencies

  constructor(report: TlsReportRecord, kind: ReportKind<Prepared>, dependencies: DailyReportDependencies) {
    this.#report = report
    this.#kind = kind
    this.#dependencies = dependencies
  }

  async send(): Promise<void> {
    if (this.#report.targets.length === 0 && !(await this.#askForPlaces())) return
    const prepared = await this.#kind.prepare(this.#report)
    for (const target of this.#report.targets) {
      if (target.state === 'due') await this.#sendTo(target, prepared)
    }
  }

  /** A report that cannot be made or signed must not stand in the way of the others. */
  async putOff(error: unknown): Promise<void> {
    const { day, domain } = this.#report
    this.#dependencies.log.error({ day, domain, error }, `${this.#kind.name} not made`)
    this.#report = (await this.#kind.inStore.report(this.#report)) ?? this.#report
    // Its last mail was in the store before it failed: there is nothing left to try.
    if (this.#report.state !== 'due') return
    const reason = error instanceof Error ? error.message : String(error)
    await this.#advance({ targets: this.#report.targets, reason, state: this.#retriedState() })
  }

  /** Asks where the report is wanted; false when nothing more is to be done now. */
  async #askForPlaces(): Promise<boolean> {
    const { log } = this.#dependencies
    const { domain, day, nextAttemptAt } = this.#report
    const places = await this.#kind.places(this.#report)
    if (places.kind === 'uris') {
      const targets = places.uris.map((uri): TlsReportTarget => ({ uri, state: 'due' }))
      return this.#advance({ targets, reason: null, nextAttemptAt })
    }
    const state = places.kind === 'none' ? 'unwanted' : this.#retriedState()
    await this.#advance({ targets: [], reason: places.reason, state })
    const fields = { domain, day, reason: places.reason }
    if (places.kind === 'none') log.debug(fields, `${this.#kind.name} not wanted`)
    else log.warn(fields, `${this.#kind.name} waits`)
    return false
  }

  async #sendTo(target: TlsReportTarget, prepared: Prepared): Promise<void> {
    const dispatch = await this.#kind.dispatch(target.uri, prepared)
    if (dispatch.kind === 'mail') return this.#mailTo(target, dispatch)
    const { reason } = dispatch
    const state = reason === undefined ? ('sent' as const) : this.#retriedState()
    const after: TlsReportTarget = { ...target, state, ...(reason !== undefined && { note: reason }) }
    const progress = this.#progressOf(after, reason ?? null)
    await this.#kind.inStore.advance(progress)
    this.#report = { ...this.#report, ...progress }
    const { domain, day } = this.#report
    const { log } = this.#dependencies
    if (reason === undefined) log.info({ domain, day, to: target.uri }, `${this.#kind.name} sent`)
    else log.warn({ domain, day, to: target.uri, reason }, `${this.#kind.name} not taken`)
  }

  /** Queued in the transaction that notes it: from here on it is a message like any other. */
  async #mailTo(
    target: TlsReportTarget,
    { to, compose }: Extract<Dispatch, { kind: 'mail' }>,
  ): Promise<void> {
    const { settings, log } = this.#dependencies
    const { domain } = settings
    const queueId = this.#dependencies.nextQueueId()
    const composedAt = this.#dependencies.clock()
    const octets = await compose({
      from: `postmaster@${domain}`,
      to,
      composedAtMilliseconds: composedAt,
      messageId: `${queueId.toLowerCase()}.${this.#kind.tag}@${domain}`,
      boundary: this.#dependencies.random(12).toString('hex'),
    })
    const own = { queueId, kind: 'notice', octets, reversePath: '', to, domain, profile: undefined } as const
    const sent = this.#progressOf({ ...target, state: 'sent', note: queueId }, null)
    const isSent = await sendOwnMessage(
      { ...own, composedAt },
      (message, deliveries) => this.#kind.inStore.spool(sent, message, deliveries),
      this.#dependencies,
    )
    const { day, domain: about } = this.#report
    if (isSent) log.info({ domain: about, day, to, queueId }, `${this.#kind.name} sent`)
    this.#report = { ...this.#report, ...sent }
  }

  /** `due` while there is time for another attempt. */
  #retriedState(): 'due' | 'failed' {
    const next = this.#dependencies.clock() + this.#kind.bounds.retryMilliseconds
    return next < this.#report.expiresAt ? 'due' : 'failed'
  }

  /** The report is done when no target of it is due. */
  #progressOf(target: TlsReportTarget, reason: string | null): TlsReportProgress {
    const { day, domain, targets: expected, reason: before } = this.#report
    const targets = expected.map(one => (one.uri === target.uri ? target : one))
    const isDue = targets.some(({ state }) => state === 'due')
    const isSent = targets.some(({ state }) => state === 'sent')
    return {
      day,
      domain,
      expected,
      targets,
      state: isDue ? 'due' : isSent ? 'sent' : 'failed',
      reason: reason ?? before,
      nextAttemptAt: this.#dependencies.clock() + this.#kind.bounds.retryMilliseconds,
    }
  }

  /** False where another writer won. */
  async #advance(
    changes: Pick<TlsReportProgress, 'targets' | 'reason'> &
      Partial<Pick<TlsReportProgress, 'state' | 'nextAttemptAt'>>,
  ): Promise<boolean> {
    const { day, domain, targets: expected } = this.#report
    const progress: TlsReportProgress = {
      day,
      domain,
      expected,
      state: 'due',
      nextAttemptAt: this.#dependencies.clock() + this.#kind.bounds.retryMilliseconds,
      ...changes,
    }
    const isDone = await this.#kind.inStore.advance(progress)
    if (isDone) this.#report = { ...this.#report, ...progress }
    return isDone
  }
}
