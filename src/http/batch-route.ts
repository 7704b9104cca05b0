/** Where peers post Batch SMTP objects (draft-many-tiptop-email-00): POST, `application/batch-SMTP`, answered as an SMTP server would. */
import type { IncomingMessage } from 'node:http'
import { Http2ServerRequest } from 'node:http2'
import { TLSSocket } from 'node:tls'
import type { Http2Bindings, HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import { plainAddress } from '../receive/networks.ts'
import type { TlsState } from '../record/peer.ts'

/** The path below the public URL. */
const path = '/bsmtp'

/** An object that is coming in. */
export interface PostedObject {
  readonly client: { readonly address: string; readonly port: number; readonly tls: TlsState | undefined }
  readonly shown: { readonly authorization: string | undefined; readonly certificate: Buffer | undefined }
  /** Its octets as they come. Ends early when the signal does; rejects when the connection is lost. */
  octets(ends: AbortSignal): AsyncIterable<Buffer>
  /** The client is a peer: it may have so many octets on their way, and take so long. */
  welcome(windowBytes: number, milliseconds: number): void
}

export interface BatchAnswer {
  /** 200: all was taken; 207: the replies say what was. */
  readonly status: 200 | 207 | 400 | 401 | 413
  /** ASCII: the replies of an SMTP server to all commands, or what is wrong. */
  readonly text: string
}

export interface BatchDesk {
  take(posted: PostedObject): Promise<BatchAnswer>
}

/** Objects have bounds of their own. */
export function isForBatchDesk(c: Context, desk: BatchDesk | undefined): boolean {
  return desk !== undefined && c.req.path.endsWith(path)
}

export function addBatchRoute(routes: Hono, desk: BatchDesk): void {
  routes.post(path, async c => {
    const type = (c.req.header('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase()
    if (type !== 'application/batch-smtp') return c.text('expected application/batch-SMTP\r\n', 415)
    const missing = missingExtension(c.req.header('Content-Type') ?? '')
    if (missing !== undefined) return c.text(`not supported: ${missing}\r\n`, 415)
    const encoding = c.req.header('Content-Encoding') ?? 'identity'
    if (encoding !== 'identity') return c.text('expected no Content-Encoding\r\n', 415)
    const { status, text } = await desk.take(postedIn(c))
    if (status === 401) c.header('WWW-Authenticate', 'Bearer')
    return c.text(text, status)
  })
  routes.all(path, c => {
    c.header('Allow', 'POST')
    return c.text('POST an object of application/batch-SMTP\r\n', 405)
  })
}

/** What objects may need (RFC 2442 section 3); those that make no difference to them as well. */
const extensions: ReadonlySet<string> = new Set([
  ...['8BITMIME', 'SMTPUTF8', 'DSN', 'REQUIRETLS', 'SIZE'],
  ...['PIPELINING', 'ENHANCEDSTATUSCODES'],
])

/** The first extension that an object needs and that its commands are not read with: then it is not processed. */
function missingExtension(type: string): string | undefined {
  const [, quoted, plain] = /;\s*required-extensions\s*=\s*(?:"([^"]*)"|([^;\s]*))/i.exec(type) ?? []
  const needed = (quoted ?? plain ?? '').split(',').map(name => name.trim().toUpperCase())
  return needed.find(name => name !== '' && !extensions.has(name))?.replace(/[^!-~]/g, '')
}

function postedIn(c: Context): PostedObject {
  // What the server of Node hands to the application, of whichever version of HTTP.
  const { incoming } = c.env as HttpBindings | Http2Bindings
  const socket = incoming instanceof Http2ServerRequest ? incoming.stream.session?.socket : incoming.socket
  // Of HTTP/2 it is a stand-in for the socket, which knows its class and no members of its own.
  const isTls = socket instanceof TLSSocket
  return {
    client: {
      address: plainAddress(socket?.remoteAddress ?? ''),
      port: socket?.remotePort ?? 0,
      tls: isTls ? { version: socket.getProtocol() ?? 'TLS', cipher: socket.getCipher().name } : undefined,
    },
    shown: {
      authorization: c.req.header('Authorization'),
      certificate: isTls ? socket.getPeerX509Certificate()?.raw : undefined,
    },
    octets: ends => piecesOf(c.req.raw.body, ends),
    welcome: (windowBytes, milliseconds) => welcome(incoming, windowBytes, milliseconds),
  }
}

function welcome(
  incoming: IncomingMessage | Http2ServerRequest,
  windowBytes: number,
  milliseconds: number,
): void {
  if (!(incoming instanceof Http2ServerRequest)) {
    incoming.socket.setTimeout(milliseconds)
    return
  }
  const { session } = incoming.stream
  session?.setTimeout(milliseconds)
  session?.setLocalWindowSize(windowBytes)
  session?.settings({ initialWindowSize: windowBytes })
}

async function* piecesOf(body: ReadableStream<Uint8Array> | null, ends: AbortSignal): AsyncGenerator<Buffer> {
  const reader = body?.getReader()
  if (reader === undefined) return
  const stop = () => void reader.cancel().catch(() => undefined)
  ends.addEventListener('abort', stop, { once: true })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || ends.aborted) return
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
  } finally {
    ends.removeEventListener('abort', stop)
    stop()
  }
}
