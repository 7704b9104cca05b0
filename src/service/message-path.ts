import { deliver } from '../deliver/deliver.ts'
import { HostMemory } from '../deliver/host-memory.ts'
import type { DiscoverContext } from '../discover/find-next-hops.ts'
import {
  careEveryMilliseconds,
  failedHosts,
  outgoingSession,
  pruneEveryMilliseconds,
  queueWatchMilliseconds,
  quitGraceMilliseconds,
  recordGraceMilliseconds,
  recoverEveryMilliseconds,
  stopGraceMilliseconds,
  stsPolicies,
  suspectTurnMilliseconds,
  tlsReports,
} from '../limits.ts'
import type { Notice } from '../lists/compose-notice.ts'
import type { MailingList } from '../lists/list-table.ts'
import { rejectionOf } from '../lists/post-decision.ts'
import { readMessage } from '../message/message.ts'
import type { AttemptResult } from '../queue/attempt-result.ts'
import type { QueueEvent } from '../queue/runner.ts'
import { QueueRunner } from '../queue/runner.ts'
import { Suspects } from '../queue/suspects.ts'
import type { Received } from '../receive/received.ts'
import type { CommandRecord } from '../record/command-record.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { StoredDelivery } from '../store/records.ts'
import type { Accepting } from './accept.ts'
import { accept } from './accept.ts'
import type { AttemptWorld } from './attempt.ts'
import { attempt } from './attempt.ts'
import type { SpooledBounce } from './bounces/pass-bounce-on.ts'
import { passBounceOn } from './bounces/pass-bounce-on.ts'
import type { ObeyWorld } from './commands/obey-command.ts'
import { obeyCommand } from './commands/obey-command.ts'
import { CopiesUnderWay } from './copies-under-way.ts'
import { discoverFor } from './discover-for.ts'
import { forward } from './forward/forward.ts'
import { signOwnMessage } from './forward/sign-copies.ts'
import { withinTime } from './judgement-time.ts'
import { FailureCounter } from './lists/count-failures.ts'
import type { LinkWorld } from './lists/list-links.ts'
import { careWorld, commandWorld, countedRequest, countWorld, listDesk } from './lists/list-world.ts'
import { careForSubscribers } from './lists/subscriber-care.ts'
import { tellOfHeldPosts } from './lists/tell-of-held-posts.ts'
import { withoutFields } from './outgoing.ts'
import type { Parts } from './parts.ts'
import {
  admitWorld,
  bounceWorld,
  discoverContext,
  forwardWorld,
  judgePostTo,
  keepUntil,
  lookUpsOf,
  postWorld,
} from './parts.ts'
import type { PostWorld } from './posts/post-path.ts'
import { PostRunner } from './posts/post-runner.ts'
import { logQueueEvent } from './queue-log.ts'
import { prune, pullInAttempts, unplannedPages } from './recovery.ts'
import { ReportsDue } from './reports/reports-due.ts'
import type { ReportWorld } from './reports/send-report.ts'
import type { NoticeSettings, NoticeWorld } from './send-notice.ts'
import { sendNotice } from './send-notice.ts'
import { connectionsTo, queueSettings } from './settings.ts'
import { fromStore, type Spooled, spooledBounce, type TakenUp } from './spooled.ts'
import { logSuspects } from './suspect-log.ts'
import type { Tasks } from './tasks.ts'
import { tasks } from './tasks.ts'
import { sendTlsReports } from './tls-reports/tls-reports.ts'

export class MessagePath {
  readonly #parts: Parts
  readonly #background: Tasks
  readonly #runner: QueueRunner
  readonly #accepting: Omit<Accepting, 'gone' | 'admitWorld' | 'bounceWorld'>
  readonly #suspects: Suspects
  readonly #attemptWorld: AttemptWorld
  readonly #posts: PostRunner
  readonly #copies = new CopiesUnderWay()
  readonly #counter = new FailureCounter(() => countWorld(this.#parts))
  readonly #reports: ReportsDue
  #discover: DiscoverContext
  #timers: NodeJS.Timeout[] = []
  #stopping = false
  #foreignVersion: number | undefined
  #isSuspectKnown = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#background = tasks(parts.log)
    this.#discover = discoverContext(parts, [])
    this.#accepting = this.#acceptingParts()
    this.#attemptWorld = this.#attemptParts()
    this.#suspects = new Suspects({
      store: parts.store,
      turnMilliseconds: suspectTurnMilliseconds,
      onFree: () => this.#runner.look(),
      onError: error => this.#queueEvent({ kind: 'store-failed', error }),
    })
    this.#posts = new PostRunner({
      background: this.#background,
      world: () => this.#postWorld(),
      inTurn: (queueId, work) => this.#suspects.run('posts', queueId, work),
    })
    this.#reports = new ReportsDue({
      store: parts.store,
      background: this.#background,
      clock: () => parts.world.clock(),
      beforeReport: async queueId => {
        if (await this.#counter.countCopies(queueId)) this.#lookAfterSubscribers()
      },
      reportWorld: () => this.#reportParts(),
      inTurn: (queueId, work) => this.#suspects.run('reports', queueId, work),
    })
    this.#runner = new QueueRunner({
      store: parts.store,
      clock: () => parts.world.clock(),
      random: () => this.#discover.random(),
      settings: queueSettings(parts.config),
      attempt: delivery => this.#attempt(delivery),
      onFinal: async ({ queueId, successDsn }, { outcome }) => {
        if (outcome === 'failed' || successDsn === 'wanted') this.#reports.add(queueId)
        this.#becameFinal(queueId)
      },
      log: event => this.#queueEvent(event),
      suspects: this.#suspects,
    })
  }

  /** The reply to the end of data: admit -> spool. */
  accept(received: Received, gone: AbortSignal): Promise<SmtpReply> {
    const parts = this.#parts
    return withinTime(parts.config.limits.judgementTimeoutSeconds * 1000, gone, ends => {
      const lookUps = lookUpsOf(parts, ends)
      return accept(received, {
        ...this.#accepting,
        gone,
        admitWorld: () => admitWorld(parts, lookUps, ends),
        bounceWorld: () => bounceWorld(parts, lookUps),
      })
    })
  }

  /** Writes to one person in the name of an own domain; see `sendNotice`. */
  sendNotice(notice: Notice, settings?: NoticeSettings): Promise<string | undefined> {
    return sendNotice(notice, this.#noticeParts(), settings)
  }

  /** Where links in mail are dealt with. */
  linkWorld(): LinkWorld {
    const { store, log, lists } = this.#parts
    const desk = listDesk(this.#parts, (notice, settings) => this.sendNotice(notice, settings))
    return { ...desk, store, log, lists: () => lists.table }
  }

  /** Takes up what is in the store. `listeners` are where this relay itself can be reached. */
  start(listeners: readonly { readonly address: string; readonly port: number }[]): void {
    this.#discover = discoverContext(this.#parts, listeners)
    this.#every(recoverEveryMilliseconds, 'recover', () => this.#recover())
    this.#every(pruneEveryMilliseconds, 'prune', () => prune(this.#parts, () => this.#stopping))
    this.#every(stsPolicies.refreshEveryMilliseconds, 'refresh policies', () => this.#refreshPolicies())
    // An owner may have approved or rejected a post by another process.
    this.#parts.lists.whenChanged(() => void this.#background.again('recover', () => this.#recover()))
    this.#every(queueWatchMilliseconds, 'watch', () => this.#watchQueue())
    this.#every(careEveryMilliseconds, 'care', () => this.#care())
    this.#every(tlsReports.everyMilliseconds, 'TLS reports', () => this.#sendTlsReports())
    void this.#background.run('watch', () => this.#watchQueue())
    void this.#background.run('recover', () => this.#recover())
    void this.#background.run('TLS reports', () => this.#sendTlsReports())
    this.#lookAfterSubscribers()
  }

  /** An operator may have released, put off or given up deliveries by another process. */
  async #watchQueue(): Promise<void> {
    const version = await this.#parts.store.foreignVersion()
    const before = this.#foreignVersion
    this.#foreignVersion = version
    if (before === undefined || before === version) return
    void this.#background.again('recover', () => this.#recover())
  }

  /** Probes and what owners are told: now and then, and when somebody was suspended. */
  #lookAfterSubscribers(): void {
    void this.#background.again('care', () => this.#care())
  }

  #care(): Promise<void> {
    return careForSubscribers(careWorld(this.#parts, (notice, settings) => this.sendNotice(notice, settings)))
  }

  /** Finishes what is under way or gives it back to the store. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#copies.release()
    this.#suspects.stop()
    for (const timer of this.#timers) clearInterval(timer)
    this.#reports.stop()
    await Promise.all([
      this.#background.settledWithin(stopGraceMilliseconds),
      this.#runner.stop(stopGraceMilliseconds),
    ])
    // Peers that hang are cut off; what that makes of their messages is written down like every other attempt.
    await this.#parts.pool.closeAll(quitGraceMilliseconds)
    await this.#runner.stop(recordGraceMilliseconds)
    await this.#background.settledWithin(recordGraceMilliseconds)
    this.#runner.abandon()
    this.#background.abandon()
  }

  #takeUp(spooled: Spooled): Promise<void> {
    return this.#runOnce('forward', spooled.queueId, () => this.#forward(spooled))
  }

  /** If the process has ended during it, in its turn. */
  #runOnce(name: string, queueId: string, work: () => Promise<void>): Promise<void> {
    return this.#background.run(`${name} ${queueId}`, () => this.#suspects.run('message', queueId, work))
  }

  #takeUpAgain(stored: TakenUp): Promise<void> {
    const { record, queueId } = stored
    if (record.kind === 'bounce' && record.next.do === 'pass-on')
      return this.#takeUpBounce(spooledBounce(stored, record.next.bounce))
    if (record.kind === 'command' && record.next.do === 'obey')
      return this.#takeUpCommand(stored, record.next.command)
    if (!('next' in record) && record.admission !== null)
      return this.#takeUp(fromStore(stored, record.admission))
    throw new Error(`message ${queueId} is spooled, and nothing can follow from it`)
  }

  /** A command to a list. */
  #takeUpCommand(stored: TakenUp, command: CommandRecord): Promise<void> {
    const { queueId, receivedAt, octets } = stored
    const spooled = { queueId, receivedAt, message: readMessage(octets), command }
    return this.#runOnce('command', queueId, () => obeyCommand(spooled, this.#obeyWorld()))
  }

  /** A bounce goes back along the signed path. */
  #takeUpBounce(spooled: SpooledBounce): Promise<void> {
    return this.#runOnce('bounce', spooled.queueId, async () => {
      const { isCounted, hasNews } = await this.#counter.countBounce(spooled)
      if (!isCounted) await passBounceOn(spooled, this.#reportParts())
      if (hasNews) this.#lookAfterSubscribers()
    })
  }

  /** expand -> sign -> queue. */
  async #forward(spooled: Spooled): Promise<void> {
    const { queueId } = spooled
    const { planned, posts } = await forward(spooled, this.#parts)
    this.#queue(planned)
    const isDue = planned.some(({ dsn, successDsn }) => dsn === 'due' || successDsn === 'due')
    if (isDue) this.#reports.add(queueId)
    this.#becameFinal(queueId)
    if (posts.length > 0) void this.#posts.takeUp(queueId)
    if (posts.some(post => post.state === 'held')) this.#tellOfHeldPosts()
  }

  #queue(planned: readonly StoredDelivery[]): void {
    const queued = planned.filter(delivery => delivery.state === 'queued')
    // Counted before they are offered: attempts begin at once.
    for (const { queueId } of queued) this.#copies.add(queueId)
    const taken = new Set(this.#runner.offer(queued))
    for (const delivery of queued) if (!taken.has(delivery)) this.#copies.giveBack(delivery.queueId)
  }

  /** discover -> deliver. */
  async #attempt(delivery: StoredDelivery): Promise<AttemptResult> {
    this.#copies.begin(delivery.queueId)
    // Nothing is awaited for what is not suspect.
    const noted = this.#suspects.begin(delivery.id)
    if (noted !== undefined) await noted
    return attempt(delivery, this.#attemptWorld)
  }

  #queueEvent(event: QueueEvent): void {
    logQueueEvent(this.#parts.log, event)
    if (event.kind === 'rests') for (const { queueId } of event.givenBack) this.#putOff(queueId)
    if (event.kind === 'attempted' && event.warnAt !== undefined) this.#reports.delayAt(event.warnAt)
    if (event.kind === 'attempted') this.#suspects.end(event.delivery.id)
    if (event.kind === 'attempted' || event.kind === 'unrecorded') this.#copies.end(event.delivery.queueId)
  }

  /** A copy that was in hand waits in the store again. */
  #putOff(queueId: string): void {
    this.#copies.giveBack(queueId)
    this.#becameFinal(queueId)
  }

  /** -> bounce, once no other copy of the message is on its way: what failed together is reported together. */
  #becameFinal(queueId: string): void {
    if (this.#copies.has(queueId)) return
    this.#parts.cache.drop(queueId)
    this.#reports.report(queueId)
  }

  /** What an earlier run, or a full disk, had left between the 250 and the plan, or between a failure and its report. */
  async #recover(): Promise<void> {
    await pullInAttempts(this.#parts)
    await this.#lookForSuspects()
    this.#runner.look()
    for await (const page of unplannedPages(this.#parts.store)) {
      if (this.#stopping) return
      await Promise.all(page.map(stored => this.#takeUpAgain(stored)))
    }
    await this.#reports.recover(queueId => this.#copies.has(queueId))
    await this.#posts.recover()
    this.#tellOfHeldPosts()
    this.#runner.look()
  }

  /** What was under way when the process ended by itself; later on, what the operator has released of it. */
  async #lookForSuspects(): Promise<void> {
    const work = await this.#parts.store.suspectWork()
    if (this.#isSuspectKnown) return this.#suspects.hold(work)
    this.#isSuspectKnown = true
    this.#suspects.add(work)
    logSuspects(this.#parts.log, work)
  }

  #tellOfHeldPosts(): void {
    const world = { ...this.linkWorld(), store: this.#parts.store }
    void this.#background.again('held posts', () => tellOfHeldPosts(world))
  }

  async #refreshPolicies(): Promise<void> {
    await this.#parts.sts?.refresh(stsPolicies.refreshedAtOnce)
  }

  async #sendTlsReports(): Promise<void> {
    const { tlsReports: settings, store, resolver } = this.#parts
    if (settings === undefined) return
    const world = { ...this.#noticeParts(), settings, store, resolver }
    await sendTlsReports(world, () => this.#stopping)
  }

  #every(milliseconds: number, key: string, work: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void this.#background.run(key, work), milliseconds).unref())
  }

  #acceptingParts(): Omit<Accepting, 'gone' | 'admitWorld' | 'bounceWorld'> {
    const parts = this.#parts
    return {
      store: parts.store,
      log: parts.log,
      directory: parts.directory,
      keepUntil: milliseconds => keepUntil(parts, milliseconds),
      commandWorld: () => commandWorld(parts),
      listRequest: (asked, command) => countedRequest(asked, command, parts.config.lists),
      judgePost: (post, listId) => judgePostTo(parts, post, listId),
      spooled: (stored, outgoing, { received, record, message }) => {
        const { queueId, state } = stored
        if (state !== 'spooled') return
        if ('next' in stored.record) {
          void this.#takeUpAgain(stored)
          return
        }
        parts.cache.put(queueId, outgoing)
        const { envelope, octets } = received
        const forwarded = withoutFields(message, stored.removed)
        void this.#takeUp({ queueId, envelope, record, message: forwarded, sizeBytes: octets.length })
      },
    }
  }

  #attemptParts(): AttemptWorld {
    const context = {
      pool: this.#parts.pool,
      memory: new HostMemory(failedHosts),
      maxSessions: outgoingSession.maxSessions,
      clock: () => this.#parts.world.clock(),
    }
    return {
      held: this.#parts.held,
      discover: (domain, tlsRequired) => discoverFor(domain, tlsRequired, this.#discover),
      deliver: (mail, hops, destination) =>
        deliver(mail, hops, context, connectionsTo(destination, this.#parts.config)),
    }
  }

  #obeyWorld(): ObeyWorld {
    const parts = this.#parts
    return {
      ...this.linkWorld(),
      keepUntil: milliseconds => keepUntil(parts, milliseconds),
      decidePost: (postId, list, isYes) => this.#decidePost(postId, list, isYes),
    }
  }

  /** False: it was decided before, or is no post of the list. */
  async #decidePost(postId: number, list: MailingList, isYes: boolean): Promise<boolean> {
    const { store } = this.#parts
    const post = await store.post(postId)
    if (post?.listId !== list.id) return false
    if (isYes) {
      const isApproved = await store.approvePost(postId)
      if (isApproved) void this.#posts.takeUp(post.queueId)
      return isApproved
    }
    const at = this.#parts.world.clock()
    const times = { at, keepUntil: keepUntil(this.#parts, at) }
    const isRejected = await store.rejectPost(postId, rejectionOf(list.address, '', times))
    if (isRejected) this.#reports.add(post.queueId)
    if (isRejected) this.#becameFinal(post.queueId)
    return isRejected
  }

  #postWorld(): PostWorld {
    const parts = this.#parts
    return postWorld(parts, {
      isStopping: () => this.#stopping,
      fewerThan: (queueId, copies) => this.#copies.atMost(queueId, copies),
      queue: copies => {
        this.#queue(copies)
        const failed = copies.find(copy => copy.dsn === 'due')
        if (failed === undefined) return
        this.#reports.add(failed.queueId)
        this.#becameFinal(failed.queueId)
      },
    })
  }

  #reportParts(): ReportWorld {
    const { hostname, bounces } = this.#parts.config
    return { ...this.#noticeParts(), hostname, returnBodyMaxBytes: bounces.returnBodyMaxBytes }
  }

  #noticeParts(): Omit<ReportWorld, 'hostname' | 'returnBodyMaxBytes'> & NoticeWorld {
    const parts = this.#parts
    return {
      store: parts.store,
      log: parts.log,
      bounceAddress: (queueId, ordinal, domain) =>
        forwardWorld(parts).bounceAddress(queueId, ordinal, domain),
      clock: () => parts.world.clock(),
      random: octets => parts.world.random(octets),
      nextQueueId: () => parts.queueIds.next(),
      isOwnDomain: domain => parts.aliases.isOwnDomain(domain),
      sign: (message, own) => signOwnMessage(message, own, forwardWorld(parts)),
      keepUntil: milliseconds => keepUntil(parts, milliseconds),
      queued: (deliveries, message, outgoing) => {
        parts.cache.put(message.queueId, outgoing)
        this.#queue(deliveries)
      },
      spooled: message => void this.#takeUpAgain(message),
    }
  }
}
