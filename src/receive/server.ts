/** smtp-server with the connections of this relay: who may connect, and what all connections of a listener share. */
import type { Socket } from 'node:net'
import { createSecureContext, type TLSSocket } from 'node:tls'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import { tooManyConnections, tooManyConnectionsOfPeer } from '../smtp/replies.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import { Connection } from './connection.ts'
import type { ListenerServer } from './listener-server.ts'
import { MemoryBudget } from './memory-budget.ts'
import { networkMatcher, peerKey } from './networks.ts'
import type { ReceiveHooks } from './received.ts'
import type { Certificate, ListenerSettings } from './settings.ts'

/** Up to this many times a connection limit a client is told why it is refused; beyond, its connections are just closed. */
const politeFactor = 2

export class RelayServer extends SMTPServer implements ListenerServer {
  readonly settings: ListenerSettings
  readonly hooks: ReceiveHooks
  readonly memory: MemoryBudget
  readonly isTrusted: (address: string) => boolean
  isStopping = false
  /** Until the socket is closed, also when the session is over already. */
  readonly #open = new Set<Connection>()
  readonly #isGreetedAtOnce: (address: string) => boolean
  /** Open sockets, also those that were refused and are not closed yet, with the network that they come from. */
  readonly #sockets = new Map<Socket, string>()
  #whenNone: (() => void)[] = []
  readonly #socketsByPeer = new Map<string, number>()

  constructor(settings: ListenerSettings, hooks: ReceiveHooks) {
    super(serverOptions(settings))
    this.settings = settings
    this.hooks = hooks
    this.memory = settings.memory ?? new MemoryBudget(settings.limits.maxMemoryBytes)
    this.isTrusted = networkMatcher(settings.trustedNetworks)
    this.#isGreetedAtOnce = networkMatcher([...settings.trustedNetworks, ...settings.noDelayNetworks])
    this.server.on('connection', (socket: Socket) => this.#count(socket))
    this.on('error', error => hooks.log({ event: 'lost', listener: settings.name, text: error.message }))
  }

  /** Sockets at the same time beyond which a connection is closed without a word. */
  get maxSockets(): number {
    return politeFactor * this.settings.limits.maxConnections
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    // Closed between accept and now; its 'close' event is over, so nobody would ever forget the connection.
    if (socket.destroyed) return
    const connection = new Connection(this, socket, options)
    this.connections.add(connection)
    this.#open.add(connection)
    connection.init()
  }

  /** @throws Error when the certificate cannot be used; the one before stays */
  useCertificate({ key, cert }: Certificate): void {
    // The first call is the one that may throw, and changes nothing.
    createSecureContext({ key, cert })
    this.updateSecureContext({ key, cert })
  }

  forget(connection: Connection): void {
    this.#open.delete(connection)
  }

  refusalOf(connection: Connection): SmtpReply | undefined {
    if (this.connections.size > this.settings.limits.maxConnections) return tooManyConnections
    const sockets = this.#socketsByPeer.get(peerKey(connection.remoteAddress)) ?? 0
    return sockets > this.settings.limits.maxConnectionsPerPeer ? tooManyConnectionsOfPeer : undefined
  }

  greetingDelayMilliseconds(address: string): number {
    return this.#isGreetedAtOnce(address) ? 0 : this.settings.earlyTalkerDelayMilliseconds
  }

  /** Resolves when no connection is open. */
  allClosed(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#whenNone.push(resolve))
  }

  /** Stops as `Listener.close` says. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.isStopping = true
    for (const socket of this._pendingSockets.values()) socket.destroy()
    for (const connection of this.#open) connection.stop()
    const timer = setTimeout(() => {
      for (const connection of this.#open) connection.destroy()
    }, graceMilliseconds)
    await this.allClosed()
    clearTimeout(timer)
  }

  /** smtp-server takes every listener off a socket that begins TLS. */
  watchAgain(socket: Socket): void {
    if (this.#sockets.has(socket)) this.#watch(socket)
  }

  #count(socket: Socket): void {
    const key = peerKey(socket.remoteAddress ?? '')
    const sockets = (this.#socketsByPeer.get(key) ?? 0) + 1
    this.#sockets.set(socket, key)
    this.#socketsByPeer.set(key, sockets)
    this.#watch(socket)
    if (sockets > politeFactor * this.settings.limits.maxConnectionsPerPeer) socket.destroy()
  }

  #watch(socket: Socket): void {
    if (socket.closed) this.#uncount(socket)
    else socket.once('close', () => this.#uncount(socket))
  }

  #uncount(socket: Socket): void {
    const key = this.#sockets.get(socket)
    if (key === undefined) return
    this.#sockets.delete(socket)
    if (this.#sockets.size === 0) for (const tell of this.#whenNone.splice(0)) tell()
    const sockets = (this.#socketsByPeer.get(key) ?? 1) - 1
    if (sockets === 0) this.#socketsByPeer.delete(key)
    else this.#socketsByPeer.set(key, sockets)
  }
}

/** Commands of smtp-server that this relay does not offer. */
const hiddenCommands = ['AUTH', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL']

function serverOptions(settings: ListenerSettings): SMTPServerOptions {
  const { certificate, limits } = settings
  return {
    name: settings.hostname,
    secure: settings.tls === 'implicit',
    ...(certificate !== undefined && { key: certificate.key, cert: certificate.cert }),
    minVersion: 'TLSv1.2',
    disabledCommands: settings.tls === 'starttls' ? hiddenCommands : [...hiddenCommands, 'STARTTLS'],
    // Who has not signed in is refused by Session, which knows which listener it is.
    authOptional: true,
    size: limits.maxMessageBytes,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    hideREQUIRETLS: false,
    heloResponse: '%s greets %s',
    maxClients: limits.maxConnections,
    socketTimeout: limits.idleTimeoutMilliseconds,
    disableReverseLookup: true,
    logger: false,
  }
}
