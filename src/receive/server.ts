/** smtp-server with the connections of this relay: who may connect, and what all connections of a listener share. */
import type { Socket } from 'node:net'
import { createSecureContext, type TLSSocket } from 'node:tls'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { notThroughProxy, tooManyConnections, tooManyConnectionsOfPeer } from '../smtp/replies.ts'
import { formatReply, type SmtpReply } from '../smtp/reply.ts'
import { Connection } from './connection.ts'
import type { ClientOptions, ListenerServer } from './listener-server.ts'
import { MemoryBudget } from './memory-budget.ts'
import { networkMatcher, peerKey, plainAddress } from './networks.ts'
import { type Proxied, takeProxyHeader } from './proxied-connection.ts'
import type { ReceiveHooks } from './received.ts'
import type { Certificate, ListenerSettings } from './settings.ts'

/** Up to this many times a connection limit a client is told why it is refused; beyond, its connections are just closed. */
const politeFactor = 2

/** How long a client that did not come by a balancer has to read why it is refused. */
const refusalLingerMilliseconds = 1_000

export class RelayServer extends SMTPServer implements ListenerServer {
  readonly settings: ListenerSettings
  readonly hooks: ReceiveHooks
  readonly memory: MemoryBudget
  readonly isTrusted: (address: string) => boolean
  isStopping = false
  /** Until the socket is closed, also when the session is over already. */
  readonly #open = new Set<Connection>()
  readonly #isGreetedAtOnce: (address: string) => boolean
  /** undefined: clients connect themselves. */
  readonly #isProxy: ((address: string) => boolean) | undefined
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
    this.#isProxy = settings.proxyNetworks.length === 0 ? undefined : networkMatcher(settings.proxyNetworks)
    // Whose a connection by a balancer is stands in its header.
    if (this.#isProxy === undefined)
      this.server.on('connection', (socket: Socket) => this.#count(socket, socket.remoteAddress ?? ''))
    this.on('error', error => hooks.log({ event: 'lost', listener: settings.name, text: error.message }))
  }

  /** Sockets at the same time beyond which a connection is closed without a word. */
  get maxSockets(): number {
    return politeFactor * this.settings.limits.maxConnections
  }

  /** Until its header is read such a connection is bounded as smtp-server bounds those in a TLS handshake. */
  override _expectsProxyHeader(): boolean {
    return this.#isProxy !== undefined
  }

  override _handleProxy(socket: Socket, callback: ProxyCallback): void {
    if (this.#isProxy === undefined) super._handleProxy(socket, callback)
    else if (this.#isProxy(socket.remoteAddress ?? '')) void this.#takeHeader(socket, callback)
    else if (isOfThisHost(socket)) void this.#takeHealthCheck(socket, callback)
    else this.#refuseStranger(socket, callback)
  }

  override connect(socket: Socket | TLSSocket, options?: ClientOptions | null): void {
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

  async #takeHeader(socket: Socket, callback: ProxyCallback): Promise<void> {
    const proxied = await takeProxyHeader(socket, this.settings.proxyHeaderMilliseconds)
    if (proxied.kind === 'read') this.#count(socket, proxied.client?.address ?? socket.remoteAddress ?? '')
    else this.#tellOfRefusal(socket, proxied.reason)
    if (proxied.kind === 'wrong' || socket.destroyed) {
      socket.destroy()
      callback(new Error('no connection of a client'))
    } else callback(null, clientOptions(proxied))
  }

  /** Without a balancer this host asks whether the listener is alive: with a header that names no client, as a balancer does. */
  async #takeHealthCheck(socket: Socket, callback: ProxyCallback): Promise<void> {
    const proxied = await takeProxyHeader(socket, this.settings.proxyHeaderMilliseconds)
    const isCheck = proxied.kind === 'read' && proxied.client === undefined && !socket.destroyed
    if (!isCheck) return this.#refuseStranger(socket, callback)
    this.#count(socket, socket.remoteAddress ?? '')
    callback(null, clientOptions(proxied))
  }

  /** Anybody could write anything into a header; so who is no balancer of this listener has nothing to say here. */
  #refuseStranger(socket: Socket, callback: ProxyCallback): void {
    this.#tellOfRefusal(socket, 'not a balancer of this listener')
    socket.on('error', () => undefined)
    // In front of a TLS handshake nothing can be said.
    if (this.settings.tls === 'implicit') socket.destroy()
    else {
      socket.resume().end(formatReply(notThroughProxy))
      setTimeout(() => socket.destroy(), refusalLingerMilliseconds).unref()
    }
    callback(new Error('no connection of a balancer'))
  }

  #tellOfRefusal(socket: Socket, reason: string): void {
    const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`
    this.hooks.log({ event: 'refused', listener: this.settings.name, peer, text: reason })
  }

  #count(socket: Socket, address: string): void {
    const key = peerKey(address)
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

type ProxyCallback = Parameters<SMTPServer['_handleProxy']>[1]

/** TCP has it that nobody else has the address that answers here. */
function isOfThisHost({ remoteAddress = '', localAddress }: Socket): boolean {
  return localAddress !== undefined && plainAddress(remoteAddress) === plainAddress(localAddress)
}

/** smtp-server has an id for each connection, for a log that is turned off. */
const id = 'proxied'

function clientOptions({ client }: Extract<Proxied, { kind: 'read' }>): ClientOptions & { id: string } {
  if (client === undefined) return { id, isNobodys: true }
  return { id, remoteAddress: client.address, remotePort: client.port }
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
