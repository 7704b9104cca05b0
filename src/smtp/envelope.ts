import type { MessageNotification, RecipientNotification } from './dsn-parameters.ts'

/** The envelope of one mail transaction (RFC 5321 section 2.3.1). */
export interface Envelope extends MessageNotification {
  /** MAIL FROM without angle brackets, as the client wrote it; '' is the null reverse-path (RFC 5321 section 4.5.5). */
  readonly reversePath: string
  /** RCPT TO of the accepted recipients in their order, without angle brackets, each once. */
  readonly forwardPaths: readonly string[]
  /** The BODY parameter (RFC 6152); absent when the client gave none. */
  readonly bodyType?: '7bit' | '8bitmime'
  /** True when MAIL carried SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean
  /** What NOTIFY and ORCPT asked for recipients that came with one, by forward-path (RFC 3461). */
  readonly notifications?: Readonly<Record<string, RecipientNotification>>
  /** True when MAIL carried REQUIRETLS (RFC 8689); otherwise absent. */
  readonly requireTls?: true
}
