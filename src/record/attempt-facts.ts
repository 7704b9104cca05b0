/** What is kept of an attempt beside its times and its outcome. Members are absent where an earlier version did not keep them. */

/** The TLS session that it went over. */
export interface TlsRecord {
  /** `TLSv1.3`. */
  readonly version?: string
  /** OpenSSL's name of the cipher suite. */
  readonly cipher?: string
  /** The certificate is valid for the next hop, or the one that DANE demands. */
  readonly authorized?: boolean
  /** What was found of the certificate, in words. */
  readonly certificate?: string
  /** What is wrong with it, in a word of node:tls; absent when nothing is. */
  readonly certificateError?: string
}

/** Why an attempt went to its next hop. */
export interface ChoiceRecord {
  /** Where the host comes from, and why it stood at its place. */
  readonly why?: string
  /** What it had to do. */
  readonly tls?: string
  /** The policy that says so, or why there is none; absent where none was looked for. */
  readonly policy?: string
  /** What came of the candidates that were tried before it; absent where it was the first. */
  readonly before?: readonly string[]
}

/** The reply of a peer. */
export interface RecordedReply {
  readonly code: number
  /** '' where the peer gave none. */
  readonly enhanced: string
  readonly text: string
}
