/** An HTTP server behind a port that somebody else holds open, with bounds on everything that a client can push against. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type {
  Http2SecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  ServerHttp2Session,
} from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext, Server as TlsServer } from 'node:tls'
import { incomingHttp } from '../limits.ts'
import { newHttp2Server, type ObjectListening } from './http2-server.ts'

/** What a server is made with. */
export interface Serving {
  /** PEM; without it plain HTTP. */
  readonly certificate?: PemPair | undefined
  /** Objects are posted to it, over HTTP/2 where it has a certificate; absent: none are. */
  readonly objects?: ObjectListening | undefined
}

export interface PemPair {
  readonly key: string
  readonly cert: string
}

export type Answer = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => unknown

export class WebServer {
  readonly server: Server | Http2SecureServer
  readonly #sockets = new Set<Socket>()
  readonly #sessions = new Set<ServerHttp2Session>()
  #onEmpty: () => void = () => undefined

  /** @throws Error when the certificate cannot be used */
  constructor(serving: Serving, answer: Answer) {
    this.server = newServer(serving, answer)
    this.server.setTimeout(incomingHttp.idleMilliseconds)
    this.server.on('connection', (socket: Socket) => this.#keep(socket))
    this.server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session)
      session.once('close', () => this.#sessions.delete(session))
    })
    // Node looks after slow requests from the moment a server listens; here somebody else does.
    this.server.emit('listening')
  }

  /** Shows it to clients that connect from now on. @throws Error when it cannot be used; the one before stays */
  useCertificate({ key, cert }: PemPair): void {
    if (!(this.server instanceof TlsServer))
      throw new TypeError('a listener without TLS shows no certificate')
    // The first call is the one that may throw, and changes nothing.
    createSecureContext({ key, cert })
    this.server.setSecureContext({ key, cert, minVersion: 'TLSv1.2' })
  }

  /** Answers what is under way, for so long at most; resolves when no connection is left. */
  async retire(graceMilliseconds: number): Promise<void> {
    const empty = new Promise<void>(resolve => {
      this.#onEmpty = resolve
    })
    this.server.close()
    if ('closeIdleConnections' in this.server) this.server.closeIdleConnections()
    for (const session of this.#sessions) session.close()
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, graceMilliseconds)
    if (this.#sockets.size > 0) await empty
    clearTimeout(timer)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      if (this.#sockets.size === 0) this.#onEmpty()
    })
  }
}

function newServer({ certificate, objects }: Serving, answer: Answer): Server | Http2SecureServer {
  if (certificate !== undefined && objects !== undefined) return newHttp2Server(certificate, objects, answer)
  const bounds = {
    maxHeaderSize: incomingHttp.maxHeaderBytes,
    headersTimeout: incomingHttp.headersMilliseconds,
    requestTimeout: objects?.requestMilliseconds ?? incomingHttp.requestMilliseconds,
    keepAliveTimeout: incomingHttp.keepAliveMilliseconds,
    connectionsCheckingInterval: incomingHttp.checkEveryMilliseconds,
  }
  const server =
    certificate === undefined
      ? createServer(bounds, answer)
      : createTlsServer({ ...bounds, ...certificate, minVersion: 'TLSv1.2' }, answer)
  server.maxHeadersCount = incomingHttp.maxHeaders
  server.maxRequestsPerSocket = incomingHttp.maxRequestsPerConnection
  return server
}
