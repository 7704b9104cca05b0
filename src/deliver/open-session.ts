/**
 * Opens an SMTP session with one host: connects to the address that answers first, does TLS as the hop says, greets. Nothing here
 * throws for what a peer does.
 */
import type { Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { SmtpHop } from '../discover/next-hop.ts'
import { connectFirst } from './connect-first.ts'
import type { Failure } from './host-attempt.ts'
import { judgePeer } from './judge-peer.ts'
import type { DeliverSettings } from './settings.ts'
import { OutgoingConnection } from './smtp-connection.ts'
import { handshakeTrouble, tlsOptions } from './tls.ts'

/** The addresses of one host, at least one, in the order in which they are to be tried. */
export type HostHops = readonly [SmtpHop, ...SmtpHop[]]

/** An address at which no session came about. */
export interface FailedHop {
  readonly hop: SmtpHop
  readonly failure: Failure
}

export interface OpenedSession {
  /** Absent when there is none. */
  readonly session?: OutgoingConnection
  /** In the order in which they failed; the one that was connected to is the last. */
  readonly failed: readonly FailedHop[]
  /** Addresses that had not answered when another one did. */
  readonly overtaken: readonly SmtpHop[]
}

export interface OpenOptions {
  /** Gives up opening; afterwards it means nothing. */
  readonly signal: AbortSignal
  /** Told why the session has no TLS although it was tried. */
  readonly fellBack: (hop: SmtpHop, failure: Failure) => void
  /** Given the connection before anything was said on it: what it has heard can be asked even if it does not open. */
  readonly observe?: (connection: OutgoingConnection) => void
}

/**
 * Opens a session, up to the reply to EHLO. Opportunistic TLS (RFC 7435): a handshake that fails is as good as none offered, on a
 * new connection.
 */
export async function openSession(
  hops: HostHops,
  settings: DeliverSettings,
  options: OpenOptions,
): Promise<OpenedSession> {
  const first = await connectAndGreet(hops, settings, { ...options, plaintext: false })
  const last = first.failed.at(-1)
  if (first.session !== undefined || last === undefined || !mayGoOnInPlaintext(last)) return first
  options.fellBack(last.hop, last.failure)
  const again = await connectAndGreet([last.hop], settings, { ...options, plaintext: true })
  return { ...again, failed: [...first.failed.slice(0, -1), ...again.failed], overtaken: first.overtaken }
}

function mayGoOnInPlaintext({ hop, failure }: FailedHop): boolean {
  return failure.phase === 'starttls' && hop.tls === 'starttls-if-offered'
}

async function connectAndGreet(
  hops: HostHops,
  settings: DeliverSettings,
  options: OpenOptions & { readonly plaintext: boolean },
): Promise<OpenedSession> {
  const { connected, failed: unreachable, overtaken } = await connectFirst(hops, settings, options.signal)
  const failed = unreachable.map(
    ({ hop, ...unreached }): FailedHop => ({ hop, failure: { phase: 'connect', ...unreached } }),
  )
  if (connected === undefined) return { failed, overtaken }
  const { hop } = connected
  const opened = await greet(hop, connected.socket, settings, options)
  if ('phase' in opened) return { failed: [...failed, { hop, failure: opened }], overtaken }
  return { session: opened, failed, overtaken }
}

async function greet(
  hop: SmtpHop,
  connected: Socket,
  settings: DeliverSettings,
  { plaintext, signal, observe }: OpenOptions & { readonly plaintext: boolean },
): Promise<OutgoingConnection | Failure> {
  const socket = hop.tls === 'implicit' ? await secured(hop, connected, settings, signal) : connected
  if ('phase' in socket) return socket
  const connection = new OutgoingConnection(hop, settings, socket, plaintext)
  observe?.(connection)
  const giveUp = () => connection.close()
  signal.addEventListener('abort', giveUp)
  const failure = await connection.greet()
  signal.removeEventListener('abort', giveUp)
  return failure ?? connection
}

/** TLS from the first octet on; or why there is none, and the connection is ended. */
async function secured(
  hop: SmtpHop,
  connected: Socket,
  settings: DeliverSettings,
  signal: AbortSignal,
): Promise<Socket | Failure> {
  const socket = connectTls({ socket: connected, ...tlsOptions(hop, settings) })
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const timer = setTimeout(resolve, settings.handshakeMilliseconds, 'no answer in time')
  const came = () => resolve(undefined)
  const failed = (error: Error) => resolve(error.message)
  const closed = () => resolve('the connection was closed')
  const aborted = () => resolve('no time is left')
  socket.once('secureConnect', came).once('error', failed).once('close', closed)
  signal.addEventListener('abort', aborted)
  if (signal.aborted) aborted()
  const refused = await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', aborted)
  socket.off('close', closed).off('error', failed)
  if (refused === undefined) return judged(socket, hop, settings)
  socket.on('error', () => undefined).destroy()
  connected.destroy()
  const reason = `TLS handshake failed: ${refused}`
  return { phase: 'starttls', reason, trouble: handshakeTrouble(socket) }
}

/** The session, if the certificate is one that the hop demands. */
function judged(socket: TLSSocket, hop: SmtpHop, settings: DeliverSettings): Socket | Failure {
  const { refusal } = judgePeer(socket, hop, settings.clock())
  if (refusal === undefined) return socket
  socket.on('error', () => undefined).destroy()
  return { phase: 'starttls', ...refusal }
}
