/**
 * Keeps SMTP connections open between messages for the same next hop (RFC 5321 section 3.3 allows any number of
 * transactions in a session). A connection carries one message at a time.
 */
import { setMaxListeners } from 'node:events'
import type { SmtpHop } from '../discover/next-hop.ts'
import { domainOf } from '../message/mailbox.ts'
import { type Attempt, type Failure, failedAttempt, type HostFacts } from './attempt.ts'
import { hopKey, hopName } from './hop-name.ts'
import type { OutgoingMail } from './outcome.ts'
import type { DeliverEvent, DeliverSettings } from './settings.ts'
import { type OutgoingConnection, openSession } from './smtp-connection.ts'
import type { TlsSessionEvent } from './tls-trouble.ts'

interface Lane {
  /** Connections in use or being opened. */
  busy: number
  /** Unused connections, the one used last at the end. */
  readonly idle: OutgoingConnection[]
  /** Those who wait for a connection when there are as many as allowed. */
  readonly waiting: (() => void)[]
}

const crowded: Failure = { phase: 'connect', reason: 'every connection to this host is in use, for too long' }
export class SmtpPool {
  readonly #settings: DeliverSettings
  readonly #log: (event: DeliverEvent) => void
  readonly #counted: (event: TlsSessionEvent) => void
  /** One lane for each next hop that has connections. */
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

  /** Sends a message over a kept connection, or over a new one. Never rejects. */
  async send(hop: SmtpHop, mail: OutgoingMail): Promise<Attempt> {
    const key = hopKey(hop)
    const lane = await this.#enter(key)
    if (lane === undefined) return { ...failedAttempt(crowded, this.#hostFacts(hop)), goOn: true }
    if (this.#closing) {
      this.#release(key, lane)
      const stopping: Failure = { phase: 'connect', reason: 'this relay is stopping' }
      return { ...failedAttempt(stopping, this.#hostFacts(hop)), goOn: false }
    }
    const kept = this.#takeIdle(lane)
    if (kept !== undefined) {
      const sent = await kept.send(mail)
      if (!sent.stale) {
        this.#leave(key, lane, kept, sent.attempt)
        return sent.attempt
      }
      this.#log({
        event: 'stale-connection',
        nextHop: hopName(hop),
        reason: sent.attempt.outcome.reason ?? '',
      })
      kept.close()
    }
    return this.#sendOnNew(hop, mail, key, lane)
  }

  /**
   * Ends all connections: unused ones with QUIT, those in use after their message.
   *
   * @param graceMilliseconds after this time everything that is left is cut off; its messages are deferred
   */
  async closeAll(graceMilliseconds: number): Promise<void> {
    this.#closing = true
    const cutOff = setTimeout(() => {
      this.#stop.abort()
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
  async #enter(key: string): Promise<Lane | undefined> {
    const lane = this.#lanes.get(key) ?? { busy: 0, idle: [], waiting: [] }
    this.#lanes.set(key, lane)
    if (lane.busy < this.#settings.maxConnectionsPerHop) {
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

  async #sendOnNew(hop: SmtpHop, mail: OutgoingMail, key: string, lane: Lane): Promise<Attempt> {
    const opening = this.#openSession(hop, mail)
    this.#opening.add(opening)
    const opened = await opening
    this.#opening.delete(opening)
    if ('phase' in opened) {
      this.#release(key, lane)
      return failedAttempt(opened, {
        nextHop: hopName(hop),
        maxReplyCharacters: this.#settings.maxReplyCharacters,
      })
    }
    this.#open.add(opened)
    opened.ended.then(() => this.#forget(opened))
    const { attempt } = await opened.send(mail)
    this.#leave(key, lane, opened, attempt)
    return attempt
  }

  #hostFacts(hop: SmtpHop): HostFacts {
    return { nextHop: hopName(hop), maxReplyCharacters: this.#settings.maxReplyCharacters }
  }

  async #openSession(hop: SmtpHop, mail: OutgoingMail): Promise<OutgoingConnection | Failure> {
    let handshake: Failure | undefined
    const opened = await openSession(hop, this.#settings, {
      signal: this.#stop.signal,
      fellBack: failure => {
        handshake = failure
        const { reason } = failure
        this.#log({ event: 'plaintext-after-failed-handshake', nextHop: hopName(hop), reason })
      },
    })
    if (mail.uncounted !== true) this.#count(hop, mail, handshake ?? opened)
    return opened
  }

  /** A session that never came to the question of TLS says nothing about it. */
  #count(hop: SmtpHop, mail: OutgoingMail, opened: OutgoingConnection | Failure): void {
    const { trouble } = opened
    if (trouble === undefined && 'phase' in opened) return
    const localAddress = 'phase' in opened ? undefined : opened.localAddress
    this.#counted({
      hop,
      destination: domainOf(mail.forwardPath),
      ...(localAddress !== undefined && { localAddress }),
      ...(trouble !== undefined && { trouble }),
    })
  }

  /** The unused connection that was used last: the others get the chance to grow old. */
  #takeIdle(lane: Lane): OutgoingConnection | undefined {
    for (let connection = lane.idle.pop(); connection !== undefined; connection = lane.idle.pop()) {
      clearTimeout(this.#idle.get(connection)?.timer)
      this.#idle.delete(connection)
      if (connection.usable) return connection
    }
    return undefined
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
    const worn = connection.messages >= this.#settings.maxMessagesPerConnection
    if (this.#closing || worn || this.#settings.maxIdleMilliseconds === 0) {
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
