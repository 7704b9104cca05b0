/** The `with` word of a trace field (RFC 5321 section 4.4, RFC 3848, RFC 6531 section 4.3). */
import type { Protocol } from '../record/peer.ts'

export interface SessionKind {
  /** The client said EHLO. */
  readonly isExtended: boolean
  readonly isTls: boolean
  readonly isAuthenticated: boolean
  /** MAIL carried SMTPUTF8. */
  readonly smtpUtf8: boolean
}

/** Names the protocol of a transaction; the registry has no word for HELO over TLS, which is plain SMTP then. */
export function protocolName(session: SessionKind): Protocol {
  if (!session.isExtended) return 'SMTP'
  const base = session.smtpUtf8 ? 'UTF8SMTP' : 'ESMTP'
  if (session.isTls) return session.isAuthenticated ? `${base}SA` : `${base}S`
  return session.isAuthenticated ? `${base}A` : base
}
