/**
 * What was wrong with TLS in a session, in the words of RFC 8460 section 4.3, and what a session is to the policy that
 * applied to it.
 */
import type { SmtpHop } from '../discover/next-hop.ts'
import type { TlsFailureType } from '../store/tls-records.ts'
import type { TlsSession } from './outcome.ts'

export interface TlsTrouble {
  readonly type: TlsFailureType
  /** The word of OpenSSL, or of this relay: no words of a peer. */
  readonly code?: string
}

/** A session with a next hop of which TLS was asked, or hoped for. */
export interface TlsSessionEvent {
  readonly hop: SmtpHop
  /** Domain of the recipient. */
  readonly destination: string
  /** Address of this side. */
  readonly localAddress?: string
  /** Absent: as the policy has it. */
  readonly trouble?: TlsTrouble
}

/** What a certificate that was not accepted lacks. `code` is the `authorizationError` of node:tls. */
export function certificateTrouble(code: string): TlsTrouble {
  if (code === 'CERT_HAS_EXPIRED') return { type: 'certificate-expired', code }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { type: 'certificate-host-mismatch', code }
  return { type: 'certificate-not-trusted', code }
}

/** What the policy of a hop finds wrong with a session that works; undefined when nothing is. */
export function policyTrouble({ policy }: SmtpHop, tls: TlsSession | undefined): TlsTrouble | undefined {
  if (tls === undefined) return { type: 'starttls-not-supported' }
  // None of the records could be used: TLS is all that they demanded (RFC 7672 section 2.2).
  if (policy?.kind === 'dane' && policy.records.length === 0) return { type: 'tlsa-invalid' }
  if (policy?.kind !== 'mta-sts') return undefined
  if (!policy.namesHost) return { type: 'validation-failure', code: 'mx-not-in-policy' }
  return tls.authorized ? undefined : certificateTrouble(tls.certificateError ?? 'UNKNOWN')
}
