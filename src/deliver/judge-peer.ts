/** What is to be said of the certificate that a next hop has shown, and whether the session may go on. */
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { SmtpHop } from '../discover/next-hop.ts'
import { certificateProblem } from './certificate-facts.ts'
import { daneVerdict } from './dane.ts'
import type { TlsTrouble } from './tls-trouble.ts'

export interface PeerJudgement {
  /** It is the certificate that the hop demands, or one for its host from a known authority where it demands none. */
  readonly authorized: boolean
  /** The verdict for people. */
  readonly certificate: string
  /** The session must not go on. */
  readonly refusal?: { readonly reason: string; readonly trouble: TlsTrouble }
}

/** Certificates that are looked at above the server's own; real chains have two or three. */
const maxChain = 10

/**
 * Judges a session right after the handshake, before anything is said in it. What authorities vouch for, node:tls has judged
 * itself, and has ended the handshake where the hop demanded more.
 *
 * @param nowMilliseconds Unix time
 */
export function judgePeer(socket: TLSSocket, hop: SmtpHop, nowMilliseconds: number): PeerJudgement {
  const { policy, certificateNames } = hop
  if (policy?.kind !== 'dane' || policy.records.length === 0) {
    const problem = certificateProblem(socket)
    if (problem !== undefined) return { authorized: false, certificate: `not valid: ${problem}` }
    return { authorized: true, certificate: `valid for ${(certificateNames ?? [hop.host]).join(' or ')}` }
  }
  const verdict = daneVerdict(policy, shownChain(socket), nowMilliseconds)
  if (verdict.kind === 'match') {
    const { usage, selector, matchingType } = verdict.record
    return {
      authorized: true,
      certificate: `matches TLSA ${usage} ${selector} ${matchingType} at ${policy.name}`,
    }
  }
  const { problem, reason } = verdict
  const trouble = { type: problem, code: 'tlsa-mismatch' }
  return {
    authorized: false,
    certificate: `not valid: ${reason}`,
    refusal: { reason: `DANE: ${reason}`, trouble },
  }
}

/** The certificates of the peer, its own first, each with the one that has issued it after it. */
function shownChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  const seen = new Set<string>()
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  // The last one names itself as its issuer.
  while (at?.raw !== undefined && !seen.has(at.fingerprint256) && chain.length <= maxChain) {
    seen.add(at.fingerprint256)
    chain.push(new X509Certificate(at.raw))
    at = at.issuerCertificate
  }
  return chain
}
