/**
 * The path of a message through the running relay. In the session it is admitted, judged as one of its kind (judges.ts) and
 * spooled; from the 250 on it is carried out in the background (carriers.ts), and again after a crash until the store says that it is
 * done. What it becomes, copies, is attempted by the queue; posts, reports and TLS reports are taken up beside it. What nobody
 * calls for is looked for now and then: the timed jobs.
 */
import type { Admitted } from '../admit/admit.ts'
import * as limits from '../limits.ts'
import type { Received } from '../receive/received.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { NewMessage } from '../store/records.ts'
import { accept } from './accept.ts'
import { carriersOf } from './carriers.ts'
import type { FailureReports } from './dmarc-reports/failure-reports.ts'
import { openFailureReports } from './dmarc-reports/open-failure-reports.ts'
import { withinTime } from './judgement-time.ts'
import { judgesOf } from './judges.ts'
import { keepUntil } from './keep-until.ts'
import type { Carriers, Judges, TakenUp } from './kinds.ts'
import type { PathDependencies } from './path-dependencies.ts'
import type { PathWorkers } from './path-workers.ts'
import { openPathWorkers } from './path-workers.ts'
import { keepAccountRates, tellOfRefusals } from './rates/open-rates.ts'
import {
  indexTerms,
  pullInAttempts,
  putInOrder,
  removeOutdated,
  shedBodies,
  unplannedPages,
} from './recovery.ts'
import { admitDependencies, lookUpsOf, planningAhead } from './session-dependencies.ts'
import { takeOn } from './take-on.ts'
import type { TimedJob } from './timed-jobs.ts'

export class MessagePath {
  readonly #dependencies: PathDependencies
  readonly #path: PathWorkers
  readonly #failureReports: FailureReports
  readonly #judges: Judges
  readonly #carriers: Carriers
  readonly #jobsBeside: readonly TimedJob[]
  #isStopping = false
  #leaveLease: () => void = () => {}

  /** @param jobsBeside what is done every so often beside the path's own */
  constructor(dependencies: PathDependencies, jobsBeside: readonly TimedJob[] = []) {
    this.#dependencies = dependencies
    this.#jobsBeside = jobsBeside
    this.#path = openPathWorkers(dependencies, message => this.#takeUp(message))
    this.#failureReports = openFailureReports(dependencies, this.#path)
    this.#judges = judgesOf(dependencies)
    this.#carriers = carriersOf({ dependencies, ...this.#path })
  }

  /** The reply to the end of data: admit -> judge -> filter -> spool. */
  accept(received: Received, gone: AbortSignal): Promise<SmtpReply> {
    const taken = takeOn(received, this.#dependencies)
    return taken.kind === 'refused' ? Promise.resolve(taken.reply) : this.#judge(taken.received, gone)
  }

  #judge(received: Received, gone: AbortSignal): Promise<SmtpReply> {
    const dependencies = this.#dependencies
    return withinTime(dependencies.config.limits.judgementTimeoutSeconds * 1000, gone, ends => {
      const lookUps = lookUpsOf(dependencies, ends)
      return accept(received, {
        store: dependencies.store,
        log: dependencies.log,
        gone,
        recipientsPerDay: dependencies.config.submission.recipientsPerDay,
        keepUntil: milliseconds => keepUntil(dependencies, milliseconds),
        verdict: verdict => dependencies.meters.verdict(verdict),
        admitDependencies: () => admitDependencies(dependencies, lookUps, ends),
        countDmarc: (from, evaluation) => {
          dependencies.dmarcCounting.count(from, evaluation)
          this.#failureReports.consider(from, evaluation)
        },
        judge: (admitted, log) => {
          const [first] = received.roles
          return this.#judges[first?.kind ?? 'originate'].judge(admitted, { log, lookUps })
        },
        filter: (admitted, log) => dependencies.filter(admitted, log, ends),
        ...planningAhead(dependencies),
        spooled: (message, admitted, planned) => this.#spooled(message, admitted, planned),
      })
    })
  }

  /** Writes to one person in the name of an own domain; see `sendNotice`. */
  sendNotice(...notice: Parameters<PathWorkers['sendNotice']>): Promise<string | undefined> {
    return this.#path.sendNotice(...notice)
  }

  /** Where links in mail are dealt with. */
  linkDependencies(): ReturnType<PathWorkers['lists']['linkDependencies']> {
    return this.#path.lists.linkDependencies()
  }

  /** What is known of a destination. */
  healthOf(destination: string): ReturnType<PathWorkers['queue']['healthOf']> {
    return this.#path.queue.healthOf(destination)
  }

  /** Takes up what is in the store. `listeners` are where this relay itself can be reached. */
  start(listeners: readonly { readonly address: string; readonly port: number }[]): void {
    const { background, queue, jobs, dailyReports, lists } = this.#path
    if (this.#isStopping) return
    queue.start(listeners)
    jobs.start(this.#jobs())
    const { lease } = this.#dependencies
    this.#leaveLease = lease.whenChanged(() => {
      void background.again('recover', () => this.#recover())
      queue.look()
    })
    // An owner may have approved or rejected a post by another process.
    this.#dependencies.lists.whenChanged(() => this.lookAgain())
    void background.run('watch', () => this.#watchQueue())
    void background.run('recover', () => this.#recover())
    for (const reports of dailyReports) reports.start()
    lists.lookAfterSubscribers()
  }

  /** Begins nothing more but attempts that are in hand already are finished; resolves when the work in the background has ended. */
  async pause(): Promise<void> {
    const { background, queue, jobs, posts, reports, dailyReports, suspects } = this.#path
    this.#isStopping = true
    this.#leaveLease()
    queue.release()
    suspects.stop()
    jobs.stop()
    for (const peer of [posts, reports, ...dailyReports]) peer.stop()
    void queue.stop(0)
    await background.settledWithin(limits.stopGraceMilliseconds)
  }

  /** Finishes what is under way, within this time, or gives it back to the store. */
  async stop(graceMilliseconds: number): Promise<void> {
    const { background, queue } = this.#path
    await Promise.all([this.pause(), queue.stop(graceMilliseconds)])
    // Peers that hang are cut off; what that makes of their messages is written down like every other attempt.
    this.#dependencies.gateways.closeAll()
    await this.#dependencies.pool.closeAll(limits.quitGraceMilliseconds)
    await queue.stop(limits.recordGraceMilliseconds)
    await background.settledWithin(limits.recordGraceMilliseconds)
    queue.abandon()
    background.abandon()
  }

  /** Takes up what others have left in the store. */
  lookAgain(): void {
    if (!this.#isStopping) void this.#path.background.again('recover', () => this.#recover())
  }

  /** The message is on disk: what follows from it needs neither reading nor parsing it again. */
  #spooled(message: NewMessage, { message: parsed }: Admitted, planned: TakenUp['planned']): void {
    if (message.state !== 'spooled') return
    if (!('next' in message.record)) this.#path.cacheOutgoing(message, parsed)
    void this.#takeUp({ ...message, parsed, ...(planned !== undefined && { planned }) })
  }

  /** If the process has ended during it, in its turn. */
  #takeUp(message: TakenUp): Promise<void> {
    const { queueId, record } = message
    const { background, suspects } = this.#path
    const work = () => this.#carriers[record.kind].carryOut(message)
    // Nobody else has the copies of a plan that was made already.
    const key = message.planned === undefined ? `message ${queueId}` : `copies of ${queueId}`
    return background.run(key, () => suspects.run('message', queueId, work))
  }

  #jobs(): readonly TimedJob[] {
    const { jobs, lists, dailyReports } = this.#path
    const { rates, log } = this.#dependencies
    const job = (name: string, everyMilliseconds: number, work: () => Promise<void>): TimedJob => ({
      name,
      everyMilliseconds,
      work,
    })
    const once = (name: string, everyMilliseconds: number, work: () => Promise<void>): TimedJob =>
      job(name, everyMilliseconds, () => jobs.forAll(name, work))
    const refresh = async () =>
      void (await this.#dependencies.sts?.refresh(limits.stsPolicies.refreshedAtOnce))
    return [
      ...this.#jobsBeside,
      job('recover', limits.recoverEveryMilliseconds, () => this.#recover()),
      once('prune', limits.pruneEveryMilliseconds, () =>
        removeOutdated(this.#dependencies, () => this.#isStopping),
      ),
      // Several relays may do it: each step is one commit, and finds where the one before has stopped.
      job('index terms', limits.indexEveryMilliseconds, () =>
        indexTerms(this.#dependencies, () => this.#isStopping),
      ),
      once('shed bodies', limits.shedEveryMilliseconds, () =>
        shedBodies(this.#dependencies, () => this.#isStopping),
      ),
      once('refresh policies', limits.stsPolicies.refreshEveryMilliseconds, refresh),
      job('watch', limits.queueWatchMilliseconds, () => this.#watchQueue()),
      job('tell of rates', limits.rates.tellEveryMilliseconds, async () => tellOfRefusals(rates, log)),
      job('keep rates', limits.rates.keepEveryMilliseconds, () =>
        keepAccountRates(rates, this.#dependencies),
      ),
      job('care', limits.careEveryMilliseconds, () => lists.care()),
      ...dailyReports.map(reports =>
        once(reports.name, limits.dailyReportsEveryMilliseconds, () => reports.recover()),
      ),
    ]
  }

  /** An operator may have released, put off or given up deliveries by another process. */
  async #watchQueue(): Promise<void> {
    if (!(await this.#dependencies.store.changesOfOthers())) return
    this.lookAgain()
  }

  /** What an earlier run, or a full disk, had left between the 250 and the plan, or between a failure and its report. */
  async #recover(): Promise<void> {
    const { jobs, queue, posts, reports, lists, lookForSuspects } = this.#path
    await pullInAttempts(this.#dependencies)
    await putInOrder(this.#dependencies)
    await lookForSuspects()
    queue.look()
    for await (const page of unplannedPages(this.#dependencies.store)) {
      if (this.#isStopping) return
      await Promise.all(page.map(stored => this.#takeUp(stored)))
    }
    await jobs.forAll('reports', async () => {
      await reports.recover()
      lists.tellOfHeldPosts()
    })
    await posts.recover()
    queue.look()
  }
}
