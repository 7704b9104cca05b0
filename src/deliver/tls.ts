/**
 * TLS towards a next hop: which certificate it must show, and what is known of the session.
 */
import type { Socket } from 'node:net'
import { isIP } from 'node:net'
import { type ConnectionOptions, TLSSocket } from 'node:tls'
import type { SmtpHop } from '../discover/next-hop.ts'
import { nameError } from '../tls/certificate-name.ts'
import { trusting } from './authorities.ts'
import { judgePeer } from './judge-peer.ts'
import type { TlsSession } from './outcome.ts'
import type { DeliverSettings } from './settings.ts'
import { certificateTrouble, type TlsTrouble } from './tls-trouble.ts'

/**
 * Options of tls.connect for this hop. Without certificateNames nothing is demanded of authorities; what DANE demands is judged
 * after the handshake (judge-peer.ts).
 */
export function tlsOptions(hop: SmtpHop, settings: DeliverSettings): ConnectionOptions {
  const { certificateNames: names, policy } = hop
  const serverName = policy?.kind === 'dane' ? policy.baseDomain : hop.host
  const mandatory = hop.tls === 'implicit' || hop.tls === 'starttls-required'
  return {
    ...(isIP(serverName) === 0 && { servername: serverName }),
    ...(settings.certificateAuthorities !== undefined && {
      secureContext: trusting(settings.certificateAuthorities),
    }),
    rejectUnauthorized: mandatory && names !== undefined,
    checkServerIdentity: (_name, certificate) => nameError(certificate, names ?? [hop.host]),
  }
}

/** What is known of the TLS session of a socket; undefined for a plaintext one. */
export function tlsSession(
  socket: Socket,
  hop: SmtpHop,
  { clock }: Pick<DeliverSettings, 'clock'>,
): TlsSession | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const { authorized, certificate } = judgePeer(socket, hop, clock())
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher()?.name ?? 'unknown',
    authorized,
    certificate,
    ...(!authorized && certificateError(socket)),
  }
}

/** The types say that it is an Error; it is a word, or an Error without one. */
function certificateError({ authorized, authorizationError }: TLSSocket): { certificateError?: string } {
  if (authorized || authorizationError == null) return {}
  const word: unknown = authorizationError
  return { certificateError: word instanceof Error ? word.message : String(word) }
}

/** What was wrong with a handshake that this side or the other broke off. */
export function handshakeTrouble(socket: unknown): TlsTrouble {
  const error = socket instanceof TLSSocket ? certificateError(socket).certificateError : undefined
  return error === undefined ? { type: 'validation-failure' } : certificateTrouble(error)
}
