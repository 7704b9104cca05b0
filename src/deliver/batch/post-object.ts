/** Posts one object over HTTP/2, with everything bounded: the certificate must be valid for the host, nothing is followed elsewhere. */
import { readFile } from 'node:fs/promises'
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { connect, constants } from 'node:http2'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { BatchHop } from '../../discover/gateway.ts'
import { nameError } from '../../tls/certificate-name.ts'
import { trusting } from '../authorities.ts'
import type { TlsSession } from '../outcome.ts'

export interface ObjectToPost {
  readonly hop: BatchHop
  /** One of the hop. */
  readonly address: string
  readonly mediaType: string
  readonly octets: Iterable<Buffer>
  /** For the whole exchange. */
  readonly timeoutMilliseconds: number
  /** Largest answer, in octets. */
  readonly maxAnswerOctets: number
  /** PEM certificates that are trusted instead of those that come with Node. */
  readonly authorities?: readonly string[]
  /** The relay stops. */
  readonly ends: AbortSignal
}

export type ObjectAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Buffer; readonly tls: TlsSession }
  /** `isBegun`: the gateway was reached, and may have got some of the object. */
  | { readonly kind: 'no-answer'; readonly reason: string; readonly isBegun: boolean }

/** Never rejects. */
export async function postObject(object: ObjectToPost): Promise<ObjectAnswer> {
  const ends = AbortSignal.any([object.ends, AbortSignal.timeout(object.timeoutMilliseconds)])
  let socket: TLSSocket | undefined
  let session: ClientHttp2Session | undefined
  try {
    const credentials = await readCredentials(object.hop)
    socket = await openSocket(object, credentials, ends)
    const opened = socket
    session = connect(object.hop.url, { createConnection: () => opened })
    // What breaks it is told by the stream.
    session.on('error', () => undefined)
    const answer = await exchange(session, object, credentials.token, ends)
    return { kind: 'answer', ...answer, tls: sessionOf(socket, object.hop) }
  } catch (error) {
    return { kind: 'no-answer', reason: reasonOf(error, object), isBegun: session !== undefined }
  } finally {
    session?.destroy()
    socket?.destroy()
  }
}

interface Credentials {
  readonly token?: string
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** Read anew each time: files are replaced while the relay runs. */
async function readCredentials({ tokenFile, clientCertificate }: BatchHop): Promise<Credentials> {
  const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim()
  if (clientCertificate === undefined) return token === undefined ? {} : { token }
  const [cert, key] = await Promise.all([
    readFile(clientCertificate.certificateFile),
    readFile(clientCertificate.keyFile),
  ])
  return { cert, key, ...(token !== undefined && { token }) }
}

async function openSocket(
  object: ObjectToPost,
  credentials: Credentials,
  ends: AbortSignal,
): Promise<TLSSocket> {
  const { cert, key } = credentials
  const { hostname, port } = new URL(object.hop.url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connectTls({
    host: object.address,
    port: port === '' ? 443 : Number(port),
    ALPNProtocols: ['h2'],
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 && { servername: host }),
    checkServerIdentity: (_name, certificate) => nameError(certificate, [host]),
    ...(cert !== undefined && key !== undefined
      ? { cert, key, ...(object.authorities !== undefined && { ca: [...object.authorities] }) }
      : object.authorities !== undefined && { secureContext: trusting(object.authorities) }),
  })
  const stop = () => socket.destroy(new Error('no connection in time'))
  ends.addEventListener('abort', stop, { once: true })
  socket
    .once('secureConnect', resolve)
    .once('error', reject)
    .once('close', () => reject(new Error('closed at once')))
  try {
    await promise
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    ends.removeEventListener('abort', stop)
  }
  socket.on('error', () => undefined)
  if (socket.alpnProtocol === 'h2') return socket
  socket.destroy()
  throw new Error('the gateway does not speak HTTP/2')
}

async function exchange(
  session: ClientHttp2Session,
  object: ObjectToPost,
  token: string | undefined,
  ends: AbortSignal,
): Promise<{ status: number; body: Buffer }> {
  const { pathname, search } = new URL(object.hop.url)
  const stream = session.request({
    ':method': 'POST',
    ':path': `${pathname}${search}`,
    'content-type': object.mediaType,
    accept: 'text/plain',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  })
  const stop = () => stream.destroy(new Error('no answer in time'))
  ends.addEventListener('abort', stop, { once: true })
  try {
    const answered = answerOf(stream, object.maxAnswerOctets)
    // A gateway may answer before it has seen the whole object: what it says counts then.
    Readable.from(object.octets).pipe(stream)
    return await answered
  } finally {
    ends.removeEventListener('abort', stop)
    stream.close(constants.NGHTTP2_CANCEL)
  }
}

async function answerOf(
  stream: ClientHttp2Stream,
  maxOctets: number,
): Promise<{ status: number; body: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Buffer }>()
  let status = 0
  let octets = 0
  const pieces: Buffer[] = []
  stream.once('response', (headers: IncomingHttpHeaders & { ':status'?: number }) => {
    status = headers[':status'] ?? 0
  })
  stream.on('data', (piece: Buffer) => {
    octets += piece.length
    if (octets > maxOctets) stream.destroy(new Error(`the answer is larger than ${maxOctets} octets`))
    else pieces.push(piece)
  })
  stream.once('end', () => {
    if (status === 0 || stream.aborted) reject(new Error('the connection was lost'))
    else resolve({ status, body: Buffer.concat(pieces) })
  })
  stream.once('error', reject)
  stream.once('close', () => reject(new Error('the connection was lost')))
  return promise
}

function sessionOf(socket: TLSSocket, { url }: BatchHop): TlsSession {
  return {
    version: socket.getProtocol() ?? 'TLS',
    cipher: socket.getCipher().name,
    authorized: true,
    certificate: `valid for ${new URL(url).hostname}`,
  }
}

function reasonOf(error: unknown, { hop, address }: ObjectToPost): string {
  const text = error instanceof Error ? error.message : String(error)
  return `${new URL(hop.url).host}[${address}]: ${text}`
}
