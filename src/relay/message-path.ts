/**
 * The path of a message in three calls: accept() = admit -> spool, forward() = expand -> sign -> queue,
 * attempt() = discover -> deliver -> bounce. What comes after the 250 runs in the background and may be repeated after a
 * crash: each step is done once its result is in the store.
 */
import type { AdmissionRecord } from '../admit/admit.ts'
import { deliver } from '../deliver/deliver.ts'
import type { DiscoverContext } from '../discover/find-next-hops.ts'
import { findNextHops } from '../discover/find-next-hops.ts'
import {
  outgoingSession,
  pruneEveryMilliseconds,
  recoverEveryMilliseconds,
  stopGraceMilliseconds,
  stsPolicies,
} from '../limits.ts'
import type { Notice } from '../lists/compose-notice.ts'
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { AttemptResult } from '../queue/attempt-result.ts'
import type { QueueEvent } from '../queue/runner.ts'
import { QueueRunner } from '../queue/runner.ts'
import type { Received } from '../receive/received.ts'
import type { Envelope } from '../smtp/envelope.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { NewMessage, StoredDelivery } from '../store/records.ts'
import type { Accepting } from './accept.ts'
import { accept } from './accept.ts'
import type { AttemptWorld } from './attempt.ts'
import { attempt } from './attempt.ts'
import { CopiesUnderWay } from './copies-under-way.ts'
import { expandEnvelope, respectFlags } from './expand-envelope.ts'
import type { BounceRecord } from './judge-bounce.ts'
import type { CommandRecord } from './judge-command.ts'
import type { LinkWorld } from './list-links.ts'
import { commandWorld, countedRequest, listDesk } from './list-world.ts'
import type { OutgoingMessage } from './message-cache.ts'
import type { ObeyWorld } from './obey-command.ts'
import { obeyCommand } from './obey-command.ts'
import { outgoingMessage } from './outgoing.ts'
import type { Parts } from './parts.ts'
import { admitWorld, bounceWorld, discoverContext, forwardWorld, keepUntil } from './parts.ts'
import type { SpooledBounce } from './pass-bounce-on.ts'
import { passBounceOn } from './pass-bounce-on.ts'
import { logQueueEvent } from './queue-log.ts'
import type { Recovered } from './recovery.ts'
import { prune, unplannedPages } from './recovery.ts'
import { reportFailures } from './report.ts'
import type { NoticeSettings, NoticeWorld } from './send-notice.ts'
import { sendNotice } from './send-notice.ts'
import type { ReportWorld } from './send-report.ts'
import { queueSettings } from './settings.ts'
import { signCopies, signOwnMessage } from './sign-copies.ts'
import type { Tasks } from './tasks.ts'
import { tasks } from './tasks.ts'

/** A message on disk whose copies are not planned yet. */
interface Spooled {
  readonly queueId: string
  readonly envelope: Envelope
  readonly record: AdmissionRecord
  readonly message: Message
}

export class MessagePath {
  readonly #parts: Parts
  readonly #background: Tasks
  readonly #runner: QueueRunner
  readonly #accepting: Accepting
  readonly #attemptWorld: AttemptWorld
  readonly #copies = new CopiesUnderWay()
  /** Messages of which a copy has failed since their last report. */
  readonly #failed = new Set<string>()
  #discover: DiscoverContext
  #timers: NodeJS.Timeout[] = []
  #stopping = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#background = tasks(parts.log)
    this.#discover = discoverContext(parts, [])
    this.#accepting = this.#acceptingParts()
    this.#attemptWorld = this.#attemptParts()
    this.#runner = new QueueRunner({
      store: parts.store,
      clock: () => parts.world.clock(),
      random: () => this.#discover.random(),
      settings: queueSettings(parts.config),
      attempt: delivery => this.#attempt(delivery),
      onFinal: async ({ queueId }, { outcome }) => {
        if (outcome === 'failed') this.#failed.add(queueId)
        this.#becameFinal(queueId)
      },
      log: event => this.#queueEvent(event),
    })
  }

  /** The reply to the end of data: admit -> spool. */
  accept(received: Received): Promise<SmtpReply> {
    return accept(received, this.#accepting)
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
    void this.#background.run('recover', () => this.#recover())
  }

  /** Finishes what is under way or gives it back to the store. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.#background.settled()
    await this.#runner.stop(stopGraceMilliseconds)
    await this.#background.settled()
  }

  #takeUp(spooled: Spooled): Promise<void> {
    return this.#background.run(`forward ${spooled.queueId}`, () => this.#forward(spooled))
  }

  #takeUpAgain(stored: Recovered): Promise<void> {
    if (stored.direction === 'bounce') return this.#takeUpBounce(spooledBounce(stored))
    if (stored.direction === 'command') return this.#takeUpCommand(stored)
    return this.#takeUp(fromStore(stored))
  }

  /** A command to a list. */
  #takeUpCommand(stored: Pick<NewMessage, 'queueId' | 'receivedAt' | 'verdict' | 'octets'>): Promise<void> {
    const { queueId, receivedAt, octets } = stored
    const { command } = stored.verdict as { command: CommandRecord }
    const spooled = { queueId, receivedAt, message: readMessage(octets), command }
    return this.#background.run(`command ${queueId}`, () => obeyCommand(spooled, this.#obeyWorld()))
  }

  /** A bounce goes back along the signed path. */
  #takeUpBounce(spooled: SpooledBounce): Promise<void> {
    return this.#background.run(`bounce ${spooled.queueId}`, () => passBounceOn(spooled, this.#reportParts()))
  }

  /** expand -> sign -> queue. */
  async #forward({ queueId, envelope, record, message }: Spooled): Promise<void> {
    const world = forwardWorld(this.#parts)
    const forwardings = respectFlags(record, expandEnvelope(queueId, envelope, world))
    const { deliveries, withoutHop } = await signCopies(message, record, forwardings, world)
    for (const reason of withoutHop) {
      this.#parts.log.warn({ queueId, reason }, 'forwarded without a hop of ours')
    }
    const planned = await this.#parts.store.plan(queueId, deliveries, {
      state: 'forwarded',
      keepUntil: keepUntil(this.#parts, world.nowMilliseconds),
    })
    this.#queue(planned)
    if (planned.some(delivery => delivery.dsn === 'due')) this.#failed.add(queueId)
    this.#becameFinal(queueId)
  }

  #queue(planned: readonly StoredDelivery[]): void {
    const queued = planned.filter(delivery => delivery.state === 'queued')
    // Counted before they are offered: attempts begin at once.
    for (const { queueId } of queued) this.#copies.add(queueId)
    const taken = new Set(this.#runner.offer(queued))
    for (const delivery of queued) if (!taken.has(delivery)) this.#copies.giveBack(delivery.queueId)
  }

  /** discover -> deliver. */
  #attempt(delivery: StoredDelivery): Promise<AttemptResult> {
    this.#copies.begin(delivery.queueId)
    return attempt(delivery, this.#attemptWorld)
  }

  #queueEvent(event: QueueEvent): void {
    logQueueEvent(this.#parts.log, event)
    if (event.kind === 'attempted' || event.kind === 'unrecorded') this.#copies.end(event.delivery.queueId)
  }

  /** -> bounce, once no other copy of the message is on its way: what failed together is reported together. */
  #becameFinal(queueId: string): void {
    if (this.#copies.has(queueId)) return
    this.#parts.cache.drop(queueId)
    // Most messages have nothing to report, and the store is not asked about them.
    if (!this.#failed.delete(queueId)) return
    void this.#background.again(`report ${queueId}`, () => reportFailures(queueId, this.#reportParts()))
  }

  async #outgoing(queueId: string): Promise<OutgoingMessage | undefined> {
    const { cache, store } = this.#parts
    const held = cache.get(queueId)
    if (held !== undefined) return held
    const stored = await store.message(queueId)
    if (stored?.octets == null) return undefined
    const envelope = stored.envelope as Envelope
    const outgoing = outgoingMessage({ ...stored, octets: stored.octets, envelope })
    cache.put(queueId, outgoing)
    return outgoing
  }

  /** What an earlier run, or a full disk, had left between the 250 and the plan, or between a failure and its report. */
  async #recover(): Promise<void> {
    for await (const page of unplannedPages(this.#parts.store)) {
      if (this.#stopping) return
      await Promise.all(page.map(stored => this.#takeUpAgain(stored)))
    }
    for (const failure of await this.#parts.store.failuresToReport(1_000)) {
      this.#failed.add(failure.queueId)
      this.#becameFinal(failure.queueId)
    }
    this.#runner.look()
  }

  async #refreshPolicies(): Promise<void> {
    await this.#parts.sts?.refresh(stsPolicies.refreshedAtOnce)
  }

  #every(milliseconds: number, key: string, work: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void this.#background.run(key, work), milliseconds).unref())
  }

  #acceptingParts(): Accepting {
    const parts = this.#parts
    return {
      store: parts.store,
      log: parts.log,
      directory: parts.directory,
      keepUntil: milliseconds => keepUntil(parts, milliseconds),
      admitWorld: () => admitWorld(parts),
      bounceWorld: () => bounceWorld(parts),
      commandWorld: () => commandWorld(parts),
      listRequest: (asked, command) => countedRequest(asked, command, parts.config.lists),
      spooled: (stored, outgoing, { received, record, message }) => {
        const { queueId, state, direction } = stored
        if (state !== 'spooled') return
        if (direction === 'bounce') {
          void this.#takeUpBounce(spooledBounce(stored))
          return
        }
        if (direction === 'command') {
          void this.#takeUpCommand(stored)
          return
        }
        parts.cache.put(queueId, outgoing)
        void this.#takeUp({ queueId, envelope: received.envelope, record, message })
      },
    }
  }

  #attemptParts(): AttemptWorld {
    const context = {
      pool: this.#parts.pool,
      maxSessions: outgoingSession.maxSessions,
      clock: () => this.#parts.world.clock(),
    }
    return {
      outgoing: queueId => this.#outgoing(queueId),
      discover: domain => findNextHops(domain, this.#discover),
      deliver: (mail, hops) => deliver(mail, hops, context),
    }
  }

  #obeyWorld(): ObeyWorld {
    const parts = this.#parts
    return {
      ...this.linkWorld(),
      keepUntil: milliseconds => keepUntil(parts, milliseconds),
      decidePost: async () => false,
    }
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
      spooled: message => void this.#takeUp(fromStore(message)),
    }
  }
}

/** The store keeps envelope and record as JSON; they were written by this relay. */
function fromStore(stored: {
  readonly queueId: string
  readonly envelope: object
  readonly verdict: object | null
  readonly octets: Buffer
}): Spooled {
  return {
    queueId: stored.queueId,
    envelope: stored.envelope as Envelope,
    record: stored.verdict as AdmissionRecord,
    message: readMessage(stored.octets),
  }
}

function spooledBounce(stored: {
  readonly queueId: string
  readonly receivedAt: number
  readonly verdict: object | null
  readonly octets: Buffer
}): SpooledBounce {
  const { bounce } = stored.verdict as { bounce: BounceRecord }
  return {
    queueId: stored.queueId,
    receivedAt: stored.receivedAt,
    message: readMessage(stored.octets),
    bounce,
  }
}
