/** The certificate that a peer has shown, in the words of people. */
import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

export interface CertificateFacts {
  /** Distinguished name, one attribute after the other. */
  readonly subject: string
  /** DNS names and addresses that it is for. */
  readonly names: readonly string[]
  readonly issuer: string
  /** ISO 8601 in UTC. */
  readonly validFrom: string
  readonly validTo: string
  /** SHA-256 over the certificate, lower-case hexadecimal. */
  readonly fingerprint: string
  /** Why authorities do not vouch for it, or not for this peer; absent when they do. DANE may accept it all the same. */
  readonly problem?: string
}

/** What is to be told of the certificate of a connected socket; undefined without TLS. */
export function certificateFacts(socket: Socket): CertificateFacts | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  const problem = certificateProblem(socket)
  return {
    subject: nameText(certificate.subject),
    names: namesOf(certificate),
    issuer: nameText(certificate.issuer),
    validFrom: certificate.validFromDate.toISOString(),
    validTo: certificate.validToDate.toISOString(),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    ...(problem !== undefined && { problem }),
  }
}

/** Why authorities do not vouch for the certificate of a TLS session, or not for this peer; undefined when they do. */
export function certificateProblem(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined
  const error: unknown = socket.authorizationError
  return error instanceof Error ? error.message : String(error ?? 'not checked')
}

/** OpenSSL writes one attribute a line. */
function nameText(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ')
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .filter(name => name !== '')
    .map(name => name.replace(/^(DNS|IP Address):/, ''))
}
