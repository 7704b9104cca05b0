/**
 * Keeps SMTP connections open between messages for the same next hop (RFC 5321 section 3.3 allows any number of
 * transactions in a session). A connection carries one message at a time.
 */
import { setMaxListeners } from 'node:events'
import type { SmtpHop } from '../discover/next-hop.ts'
import { domainOf } from '../message/mailbox.ts'
import { hopKey, hopName, hostKey } from './hop-name.ts'
import { type Attempt, type Failure, failedAttempt, type HostFacts, unopenedAttempt } from './host-attempt.ts'
import { type FailedHop, type HostHops, type OpenedSession, openSession } from './open-session.ts'
import type { OutgoingMail } from './outcome.ts'
import { leavingFrom, sourceKey } from './outgoing-source.ts'
import type { DeliverEvent, DeliverSettings } from './settings.ts'
import type { OutgoingConnection } from './smtp-connection.ts'
import type { TlsSessionEvent, TlsTrouble } from './tls-trouble.ts'

interface Lane {
  /** Connections in use or being opened. */
  busy: number
  /** Unused connections, the one used last at the end. */
  readonly idle: OutgoingConnection[]
  /** Those who wait for a connection when there are as many as allowed. */
  readonly waiting: (() => void)[]
}

/** One address of a host with what became of the message there. */
export interface HopAttempt extends Attempt {
  readonly hop: SmtpHop
}

/** What a host made of a message. */
export interface HostResult {
  /** In order; the last one is decisive. At least one. */
  readonly attempts: readonly HopAttempt[]
  /** Addresses that need not be tried for this message any more. */
  readonly done: readonly SmtpHop[]
  /** Addresses that had not answered when another one did. */
  readonly overtaken: readonly SmtpHop[]
}

const crowded: Failure = {
  phase: 'connect',
  reason: 'all connections to this host have been in use for too long',
}
export class SmtpPool {
  readonly #settings: DeliverSettings
  readonly #log: (event: DeliverEvent) => void
  readonly #counted: (event: TlsSessionEvent) => void
  /** One lane for each next hop, and place to leave from, that has connections. */
  readonly #lanes = new Map<string, Lane>()
  /** Every unused connection with its lane and the timer that ends it; the one unused the longest first. */
  readonly #idle = new Map<OutgoingConnection, { key: string; timer: NodeJS.Timeout }>()
  readonly #open = new Set<OutgoingConnection>()
  readonly #opening = new Set<Promise<unknown>>()
  readonly #stop = new AbortController()
  #closing = false

  /** @param counted hears of every new session how TLS went, for reports */
  constructor(
    settings: DeliverSettings,
    log: (event: DeliverEvent) => void = () => undefined,
    counted: (event: TlsSessionEvent) => void = () => undefined,
  ) {
    this.#settings = settings
    this.#log = log
    this.#counted = counted
    setMaxListeners(0, this.#stop.signal)
  }

  /** Connections that are open: all, and those that nobody uses. */
  get counts(): { readonly open: number; readonly idle: number } {
    return { open: this.#open.size, idle: this.#idle.size }
  }

  /**
   * Sends a message to a host, over a kept connection, or over a new one. Never rejects.
   *
   * @param hops addresses of the host
   * @param maxConnections to this host at the same time
   */
  async send(
    hops: HostHops,
    mail: OutgoingMail,
    maxConnections = this.#settings.maxConnectionsPerHop,
  ): Promise<HostResult> {
    const [hop] = hops
    const key = laneKey(hop, mail)
    const lane = await this.#enter(key, maxConnections)
    if (lane === undefined) return this.#unopened(hops, crowded, true)
    if (this.#closing) {
      this.#release(key, lane)
      return this.#unopened(hops, { phase: 'connect', reason: 'this relay is stopping' }, false)
    }
    const kept = this.#takeIdle(lane, hops, mail)
    if (kept !== undefined) {
      const sent = await kept.send(mail)
      if (!sent.stale) {
        this.#leave(key, lane, kept, sent.attempt)
        return resultOf([{ ...sent.attempt, hop: asFound(kept.hop, hops) }])
      }
      const reason = sent.attempt.outcome.reason ?? ''
      this.#log({ event: 'stale-connection', nextHop: hopName(kept.hop), reason })
      kept.close()
    }
    return this.#sendOnNew(hops, mail, key, lane)
  }

  /**
   * Ends all connections: unused ones with QUIT, those in use after their message.
   *
   * @param graceMilliseconds after this time everything that is left is cut off; its messages are deferred
   */
  async closeAll(graceMilliseconds: number): Promise<void> {
    this.#closing = true
    const cutOff = setTimeout(() => {
      this.#stop.abort(new Error('this relay is stopping'))
      for (const connection of this.#open) connection.close()
    }, graceMilliseconds)
    for (const connection of [...this.#idle.keys()]) this.#dismiss(connection)
    while (this.#open.size + this.#opening.size > 0) {
      await Promise.all([...this.#opening, ...[...this.#open].map(connection => connection.ended)])
    }
    clearTimeout(cutOff)
  }

  /**
   * The lane of a next hop, once there is room for another connection in it; undefined when that takes too long: a host that
   * hangs must not keep deliveries waiting that hold places others could use.
   */
  async #enter(key: string, maxConnections: number): Promise<Lane | undefined> {
    const lane = this.#lanes.get(key) ?? { busy: 0, idle: [], waiting: [] }
    this.#lanes.set(key, lane)
    if (lane.busy < maxConnections) {
      lane.busy++
      return lane
    }
    const turn = Promise.withResolvers<boolean>()
    const wake = () => turn.resolve(true)
    lane.waiting.push(wake)
    const tooLong = setTimeout(() => {
      lane.waiting.splice(lane.waiting.indexOf(wake), 1)
      turn.resolve(false)
    }, this.#settings.maxLaneWaitMilliseconds)
    // The one who leaves keeps its place in `busy` for the one that it wakes.
    const isMine = await turn.promise
    clearTimeout(tooLong)
    return isMine ? lane : undefined
  }

  async #sendOnNew(hops: HostHops, mail: OutgoingMail, key: string, lane: Lane): Promise<HostResult> {
    const opening = this.#openSession(hops, mail)
    this.#opening.add(opening)
    const { session, failed, overtaken } = await opening
    this.#opening.delete(opening)
    const attempts = failed.map(({ hop, failure }) => ({
      ...unopenedAttempt(failure, mail, this.#hostFacts(hop)),
      hop,
    }))
    if (session === undefined) {
      this.#release(key, lane)
      return { ...resultOf(attempts), overtaken }
    }
    this.#open.add(session)
    session.ended.then(() => this.#forget(session))
    const { attempt } = await session.send(mail)
    this.#leave(key, lane, session, attempt)
    return { ...resultOf([...attempts, { ...attempt, hop: session.hop }]), overtaken }
  }

  /** No session was tried: the same for all addresses. */
  #unopened(hops: HostHops, failure: Failure, goOn: boolean): HostResult {
    const [hop] = hops
    const attempts = [{ ...failedAttempt(failure, this.#hostFacts(hop)), goOn, hop }]
    return { attempts, done: hops, overtaken: [] }
  }

  #hostFacts(hop: SmtpHop): HostFacts {
    return { nextHop: hopName(hop), maxReplyCharacters: this.#settings.maxReplyCharacters }
  }

  async #openSession(hops: HostHops, mail: OutgoingMail): Promise<OpenedSession> {
    const fallen: FailedHop[] = []
    const opened = await openSession(hops, leavingFrom(this.#settings, mail.source), {
      signal: this.#stop.signal,
      fellBack: (hop, failure) => {
        fallen.push({ hop, failure })
        const { reason } = failure
        this.#log({ event: 'plaintext-after-failed-handshake', nextHop: hopName(hop), reason })
      },
    })
    if (mail.uncounted !== true) this.#count(mail, opened, fallen)
    return opened
  }

  /** A session that never came to the question of TLS says nothing about it. */
  #count(mail: OutgoingMail, { session, failed }: OpenedSession, fallen: readonly FailedHop[]): void {
    const destination = domainOf(mail.forwardPath)
    const count = (hop: SmtpHop, trouble: TlsTrouble | undefined, localAddress?: string) =>
      this.#counted({
        hop,
        destination,
        ...(localAddress !== undefined && { localAddress }),
        ...(trouble !== undefined && { trouble }),
      })
    for (const { hop, failure } of [...fallen, ...failed]) {
      if (failure.trouble !== undefined) count(hop, failure.trouble)
    }
    // What went on in plaintext was counted for its handshake.
    if (session !== undefined && fallen.length === 0)
      count(session.hop, session.trouble, session.localAddress)
  }

  /**
   * The unused connection that was used last (the others get the chance to grow old), to one of these addresses, in which the
   * peer allows another message for this recipient.
   */
  #takeIdle(lane: Lane, hops: HostHops, mail: OutgoingMail): OutgoingConnection | undefined {
    const keys = new Set(hops.map(hopKey))
    const connection = lane.idle.findLast(
      one => one.usable && one.allows(mail.forwardPath) && keys.has(hopKey(one.hop)),
    )
    if (connection === undefined) return undefined
    lane.idle.splice(lane.idle.indexOf(connection), 1)
    clearTimeout(this.#idle.get(connection)?.timer)
    this.#idle.delete(connection)
    return connection
  }

  /** After a message: keeps the connection for the next one, or ends it. The outcome does not wait for this. */
  async #leave(key: string, lane: Lane, connection: OutgoingConnection, { outcome }: Attempt): Promise<void> {
    // A transaction that the peer refused after MAIL is still open (RFC 5321 section 4.1.1.5).
    const halfDone = outcome.kind !== 'delivered' && (outcome.phase === 'rcpt' || outcome.phase === 'data')
    if (!halfDone || (await connection.reset())) this.#keepOrQuit(key, lane, connection)
    this.#release(key, lane)
  }

  #keepOrQuit(key: string, lane: Lane, connection: OutgoingConnection): void {
    if (!connection.usable) return
    if (this.#closing || connection.worn || this.#settings.maxIdleMilliseconds === 0) {
      connection.quit()
      return
    }
    const timer = setTimeout(() => this.#dismiss(connection), this.#settings.maxIdleMilliseconds)
    lane.idle.push(connection)
    this.#idle.set(connection, { key, timer })
    const oldest = this.#idle.keys().next().value
    if (this.#idle.size > this.#settings.maxIdleConnections && oldest !== undefined) this.#dismiss(oldest)
  }

  /** Gives the place of a connection to the next who waits, or back. */
  #release(key: string, lane: Lane): void {
    const next = lane.waiting.shift()
    if (next !== undefined) {
      next()
      return
    }
    lane.busy--
    this.#sweep(key, lane)
  }

  /** Ends an unused connection. */
  #dismiss(connection: OutgoingConnection): void {
    this.#removeIdle(connection)
    connection.quit()
  }

  #forget(connection: OutgoingConnection): void {
    this.#open.delete(connection)
    this.#removeIdle(connection)
  }

  #removeIdle(connection: OutgoingConnection): void {
    const entry = this.#idle.get(connection)
    if (entry === undefined) return
    clearTimeout(entry.timer)
    this.#idle.delete(connection)
    const lane = this.#lanes.get(entry.key)
    if (lane === undefined) return
    lane.idle.splice(lane.idle.indexOf(connection), 1)
    this.#sweep(entry.key, lane)
  }

  #sweep(key: string, lane: Lane): void {
    if (lane.busy === 0 && lane.idle.length === 0) this.#lanes.delete(key)
  }
}

/** A host that is reached from different places has lanes for each. */
function laneKey(hop: SmtpHop, { source }: Pick<OutgoingMail, 'source'>): string {
  return source === undefined ? hostKey(hop) : `${hostKey(hop)} from ${sourceKey(source)}`
}

/** A kept connection was opened to the hop of an earlier discovery: what that is called now. */
function asFound(kept: SmtpHop, [first, ...others]: HostHops): SmtpHop {
  return others.find(hop => hopKey(hop) === hopKey(kept)) ?? first
}

/** Every address with an attempt is done with. */
function resultOf(attempts: readonly HopAttempt[]): HostResult {
  return { attempts, done: attempts.map(({ hop }) => hop), overtaken: [] }
}
