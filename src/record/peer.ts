/** The client at the other end of a session, as it is kept with a message. */

/** TLS of a connection. */
export interface TlsState {
  /** As OpenSSL names it: 'TLSv1.2', 'TLSv1.3'. */
  readonly version: string
  /** Cipher suite in OpenSSL's spelling, such as 'TLS_AES_256_GCM_SHA384'. */
  readonly cipher: string
}

/** How a message came, in the words of the `with` clause (RFC 3848, RFC 6531 section 4.3). */
export type Protocol =
  | 'SMTP'
  | 'ESMTP'
  | 'ESMTPS'
  | 'ESMTPA'
  | 'ESMTPSA'
  | 'UTF8SMTP'
  | 'UTF8SMTPS'
  | 'UTF8SMTPA'
  | 'UTF8SMTPSA'

export interface Peer {
  /** IP address; an IPv4 client of an IPv6 listener has its IPv4 form. */
  readonly address: string
  /** TCP port. */
  readonly port: number
  /** Name from the reverse DNS, when it was known by the time it was asked for; not checked against the address. */
  readonly hostname?: string
  /** Argument of HELO or EHLO in the client's spelling: letters, digits, `.`, `-`, `_`, or an address literal. */
  readonly helo: string
  readonly protocol: Protocol
  readonly tls?: TlsState
  /** Name of the account that it has signed in with (RFC 4954). */
  readonly account?: string
  /** Keyed hash of the CLIENTID that it named before (accounts/client-id). */
  readonly clientKey?: string
}
