/**
 * Opens the TCP connection to a next hop, with TLS from the first octet where the hop says so.
 */
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { SmtpHop } from '../discover/next-hop.ts'
import type { Failure } from './attempt.ts'
import { judgePeer } from './judge-peer.ts'
import type { DeliverSettings } from './settings.ts'
import { handshakeTrouble, tlsOptions } from './tls.ts'

/**
 * The connected socket, or why there is none.
 *
 * @param signal gives up at once
 */
export async function openSocket(
  hop: SmtpHop,
  settings: DeliverSettings,
  signal: AbortSignal,
): Promise<Socket | Failure> {
  const target = { host: hop.address, port: hop.port, family: hop.family, noDelay: true }
  const implicit = hop.tls === 'implicit'
  const socket = implicit ? connectTls({ ...target, ...tlsOptions(hop, settings) }) : connect(target)
  const unreachable = await settled(socket, 'connect', settings.connectMilliseconds, signal)
  if (unreachable !== undefined) return { phase: 'connect', reason: unreachable }
  if (!implicit) return socket
  const refused = await settled(socket, 'secureConnect', settings.handshakeMilliseconds, signal)
  if (refused !== undefined) {
    const reason = `TLS handshake failed: ${refused}`
    return { phase: 'starttls', reason, trouble: handshakeTrouble(socket) }
  }
  const { refusal } = judgePeer(socket as TLSSocket, hop, settings.clock())
  if (refusal === undefined) return socket
  socket.on('error', () => undefined).destroy()
  return { phase: 'starttls', ...refusal }
}

/** Waits for an event; undefined when it came, else what came instead, and the socket is destroyed. */
async function settled(
  socket: Socket,
  event: string,
  milliseconds: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const timer = setTimeout(resolve, milliseconds, 'no answer in time')
  const came = () => resolve(undefined)
  const failed = (error: Error) => resolve(error.message)
  const closed = () => resolve('the connection was closed')
  const aborted = () => resolve('this relay is stopping')
  socket.once(event, came).once('error', failed).once('close', closed)
  signal.addEventListener('abort', aborted)
  if (signal.aborted) aborted()
  const reason = await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', aborted)
  socket.off('close', closed).off('error', failed)
  if (reason !== undefined) socket.on('error', () => undefined).destroy()
  return reason
}
