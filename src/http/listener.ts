/** The HTTP listener: a socket with bounds on everything that a client can push against, in front of the pages. */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSecureContext, Server as TlsServer } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { incomingHttp } from '../limits.ts'

export interface HttpListenerSettings {
  /** As an error names it. */
  readonly name: string
  readonly address: string
  /** 0 takes a free one. */
  readonly port: number
  /** PEM; without it plain HTTP. */
  readonly certificate?: { readonly key: string; readonly cert: string } | undefined
}

export interface HttpListener {
  readonly address: string
  readonly port: number
  readonly tls: 'implicit' | 'none'
  /** Shows it to clients that connect from now on. @throws Error when it cannot be used; the one before stays */
  useCertificate(certificate: { readonly key: string; readonly cert: string }): void
  /** Requests from now on are answered by this application. */
  useApp(app: Hono): void
  /** Answers what is under way, for so long at most, and takes nothing new. */
  close(graceMilliseconds: number): Promise<void>
}

/** @throws Error naming the address when it cannot be opened */
export async function openHttpListener(settings: HttpListenerSettings, app: Hono): Promise<HttpListener> {
  const { name, address, port, certificate } = settings
  let answering = app
  const server = newServer(
    certificate,
    getRequestListener((...request: Parameters<Hono['fetch']>) => answering.fetch(...request), {
      overrideGlobalObjects: false,
    }),
  )
  server.maxConnections = incomingHttp.maxConnections
  server.maxHeadersCount = incomingHttp.maxHeaders
  server.maxRequestsPerSocket = incomingHttp.maxRequestsPerConnection
  server.setTimeout(incomingHttp.idleMilliseconds)
  server.listen(port, address)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new Error(`${name} on ${address}:${port} cannot be opened: ${(cause as Error).message}`, { cause })
  }
  return {
    address,
    port: (server.address() as AddressInfo).port,
    tls: certificate === undefined ? 'none' : 'implicit',
    useCertificate: fresh => useCertificate(server, fresh),
    useApp(fresh) {
      answering = fresh
    },
    close: graceMilliseconds => close(server, graceMilliseconds),
  }
}

function newServer(
  certificate: HttpListenerSettings['certificate'],
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Server {
  const bounds = {
    maxHeaderSize: incomingHttp.maxHeaderBytes,
    headersTimeout: incomingHttp.headersMilliseconds,
    requestTimeout: incomingHttp.requestMilliseconds,
    keepAliveTimeout: incomingHttp.keepAliveMilliseconds,
    connectionsCheckingInterval: incomingHttp.checkEveryMilliseconds,
  }
  return certificate === undefined
    ? createServer(bounds, answer)
    : createTlsServer({ ...bounds, ...certificate, minVersion: 'TLSv1.2' }, answer)
}

function useCertificate(
  server: Server,
  { key, cert }: { readonly key: string; readonly cert: string },
): void {
  if (!(server instanceof TlsServer)) throw new TypeError('a listener without TLS shows no certificate')
  // The first call is the one that may throw, and changes nothing.
  createSecureContext({ key, cert })
  server.setSecureContext({ key, cert, minVersion: 'TLSv1.2' })
}

async function close(server: Server, graceMilliseconds: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), graceMilliseconds)
  await closed
  clearTimeout(timer)
}
