/**
 * The queue of a running relay: attempts copies (discover -> deliver) and tells who waits for their end. A message is final for now
 * once no copy of it is on its way; what failed together is then reported together.
 */
import { deliver } from '../deliver/deliver.ts'
import { HostMemory } from '../deliver/host-memory.ts'
import type { DiscoverDependencies } from '../discover/discover-step.ts'
import { failedHosts, outgoingSession } from '../limits.ts'
import type { AttemptResult } from '../queue/attempt-result.ts'
import type { Health } from '../queue/destination-health.ts'
import type { QueueEvent } from '../queue/runner.ts'
import { QueueRunner } from '../queue/runner.ts'
import type { Suspects } from '../queue/suspects.ts'
import type { Turn } from '../queue/turns.ts'
import type { StoredDelivery } from '../store/records.ts'
import type { AttemptDependencies } from './attempt.ts'
import { attempt } from './attempt.ts'
import { CopiesUnderWay } from './copies-under-way.ts'
import { discoverDependencies, discoverFor, inOrder } from './discover-for.ts'
import { leavesFrom } from './leaves-from.ts'
import { tellOfForeignAddresses } from './own-machine.ts'
import type { PathDependencies } from './path-dependencies.ts'
import { logQueueEvent } from './queue-log.ts'
import type { ReportsDue } from './reports/reports-due.ts'
import { connectionsTo, queueSettings } from './settings.ts'

export interface OutgoingQueueDependencies {
  readonly path: PathDependencies
  readonly suspects: Suspects
  /** Who is told of what became of messages. */
  reports(): Pick<ReportsDue, 'add' | 'report' | 'delayAt'>
}

export class OutgoingQueue {
  readonly #dependencies: OutgoingQueueDependencies
  readonly #runner: QueueRunner
  readonly #attempting: AttemptDependencies
  readonly #copies = new CopiesUnderWay()
  #discover: DiscoverDependencies

  constructor(dependencies: OutgoingQueueDependencies) {
    this.#dependencies = dependencies
    const { path, suspects } = dependencies
    this.#discover = discoverDependencies(path, [])
    this.#attempting = this.#attemptDependencies()
    this.#runner = new QueueRunner({
      store: path.store,
      clock: () => path.clock(),
      random: () => this.#discover.random(),
      settings: queueSettings(path.config),
      attempt: (delivery, turn) => this.#attempt(delivery, turn),
      onFinal: async ({ queueId, successDsn }, { outcome }) => {
        if (outcome === 'failed' || successDsn === 'wanted') this.reportDue(queueId)
        this.becameFinal(queueId)
      },
      log: event => this.event(event),
      suspects,
      lease: path.lease,
    })
  }

  /** `listeners` are where this relay itself can be reached. */
  start(listeners: readonly { readonly address: string; readonly port: number }[]): void {
    const { path } = this.#dependencies
    this.#discover = discoverDependencies(path, listeners)
    void tellOfForeignAddresses(path.config, path.log)
  }

  /** Something may be due in the store. */
  look(): void {
    this.#runner.look()
  }

  /** Copies are in the store and can be attempted. */
  queue(planned: readonly StoredDelivery[]): void {
    const queued = planned.filter(delivery => delivery.state === 'queued')
    // Counted before they are offered: attempts begin at once.
    for (const { queueId } of queued) this.#copies.add(queueId)
    const taken = new Set(this.#runner.offer(queued))
    for (const delivery of queued) if (!taken.has(delivery)) this.#copies.giveBack(delivery.queueId)
  }

  /** Whether copies of a message are on their way. */
  has(queueId: string): boolean {
    return this.#copies.has(queueId)
  }

  /** Resolves when at most so many copies of a message are on their way, or when the relay stops. */
  atMost(queueId: string, copies: number): Promise<void> {
    return this.#copies.atMost(queueId, copies)
  }

  /** Something of a message is to be reported, once it is final. */
  reportDue(queueId: string): void {
    this.#dependencies.reports().add(queueId)
  }

  /** -> bounce, once no other copy of the message is on its way: what failed together is reported together. */
  becameFinal(queueId: string): void {
    if (this.#copies.has(queueId)) return
    this.#dependencies.path.cache.drop(queueId)
    this.#dependencies.reports().report(queueId)
  }

  event(event: QueueEvent): void {
    const { path, suspects, reports } = this.#dependencies
    logQueueEvent(path.log, event)
    if (event.kind === 'attempted') path.meters.attempt(event.attempt)
    if (event.kind === 'rests') for (const { queueId } of event.givenBack) this.#putOff(queueId)
    if (event.kind === 'attempted' && event.warnAt !== undefined) reports().delayAt(event.warnAt)
    if (event.kind === 'attempted') suspects.end(event.delivery.id)
    if (event.kind === 'attempted' || event.kind === 'unrecorded') this.#copies.end(event.delivery.queueId)
  }

  /** What is known of a destination. */
  healthOf(destination: string): Health {
    return this.#runner.healthOf(destination)
  }

  /** Nobody waits for copies any more. */
  release(): void {
    this.#copies.release()
  }

  /** Begins no attempt any more; resolves when those under way are written down, or when so much time has passed. */
  async stop(graceMilliseconds: number): Promise<void> {
    await this.#runner.stop(graceMilliseconds)
  }

  /** What is still under way is not followed up. */
  abandon(): void {
    this.#runner.abandon()
  }

  /** discover -> deliver. */
  async #attempt(delivery: StoredDelivery, turn: Turn): Promise<AttemptResult> {
    this.#copies.begin(delivery.queueId)
    // Nothing is awaited for what is not suspect.
    const noted = this.#dependencies.suspects.begin(delivery.id)
    if (noted !== undefined) await noted
    return attempt(delivery, this.#attempting, turn)
  }

  /** A copy that was in hand waits in the store again. */
  #putOff(queueId: string): void {
    this.#copies.giveBack(queueId)
    this.becameFinal(queueId)
  }

  /** Relays that share the store each have their part. */
  #connectionsTo(destination: string): number {
    const { config, lease } = this.#dependencies.path
    return Math.ceil(connectionsTo(destination, config) / lease.relays)
  }

  #attemptDependencies(): AttemptDependencies {
    const { path } = this.#dependencies
    const dependencies = {
      pool: path.pool,
      gateways: path.gateways,
      memory: new HostMemory(failedHosts),
      maxSessions: outgoingSession.maxSessions,
      clock: () => path.clock(),
    }
    return {
      held: path.held,
      clock: dependencies.clock,
      leavesFrom: delivery => leavesFrom(delivery, path.config),
      discover: (domain, tlsRequired, addressOrder) =>
        discoverFor(domain, tlsRequired, inOrder(this.#discover, addressOrder)),
      deliver: (mail, hops, destination) =>
        deliver(mail, hops, dependencies, this.#connectionsTo(destination)),
    }
  }
}
