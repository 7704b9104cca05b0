/**
 * What became of one attempt to hand one message to one recipient's next hop. Every error is one of three things:
 * delivered, deferred or failed; what is not understood is deferred.
 */
import type { SmtpHop } from '../discover/next-hop.ts'
import type { Notification } from '../smtp/dsn-parameters.ts'
import type { Phase } from '../smtp/phase.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { OutgoingSource } from './outgoing-source.ts'

export type { Phase } from '../smtp/phase.ts'

/** The TLS session that a message went over. */
export interface TlsSession {
  /** For example 'TLSv1.3'. */
  readonly version: string
  /** OpenSSL's name of the cipher suite. */
  readonly cipher: string
  /** The certificate was checked and is valid for the next hop, or is the one that DANE demands. */
  readonly authorized: boolean
  /** The same in words: for which name, by which TLSA record, or what is wrong with it. */
  readonly certificate: string
  /** What is wrong with it, in a word of node:tls; absent when nothing is. */
  readonly certificateError?: string
}

export interface Outcome {
  readonly kind: 'delivered' | 'deferred' | 'failed'
  readonly phase: Phase
  /** What the peer said; absent when it said nothing, or when this side decided. */
  readonly reply?: SmtpReply
  /** Enhanced status code of a decision of this side (RFC 3463), for the DSN. */
  readonly status?: string
  /** For people: what happened, with the host. Present unless delivered. */
  readonly reason?: string
  /** The host that decided it, as `name[address]:port`, or `file:folder`. */
  readonly nextHop?: string
  readonly tls?: TlsSession
  /** The host took the message and the request for reports about it (RFC 3461). */
  readonly reportsTaken?: boolean
  /** This machine was short of something (file descriptors, say): it says nothing of the host. */
  readonly isLocalFault?: true
  /** When the destination is tried again, with everything for it; Unix milliseconds. */
  readonly retryAt?: number
  /** Every address that was tried, in order, the decisive one included. */
  readonly tried?: readonly TriedHop[]
}

/** One address that was tried, and what came of it. */
export interface TriedHop {
  readonly hop: SmtpHop
  readonly kind: Outcome['kind']
  readonly phase: Phase
  readonly reason?: string
}

/** The octets of a message, which are in memory only while they are needed. */
export interface MessageContent {
  /** A CR or LF stands alone in it: it cannot be sent. */
  readonly hasBareLineEnd: boolean
  /** Asked when the next hop is ready for the message. */
  hold(): Promise<HeldContent | NoContent>
}

export interface HeldContent {
  /** The message in order, CRLF lines; not changed and not copied more than once. */
  readonly chunks: readonly Buffer[]
  /** The octets are not needed any more. Does nothing the second time. */
  release(): void
}

export interface NoContent {
  /** Why there are no octets now. */
  readonly unavailable: string
}

/** A message ready to go: octets and envelope of one transaction with one recipient. */
export interface OutgoingMail {
  /** '' is the null reverse-path. */
  readonly reversePath: string
  readonly forwardPath: string
  readonly content: MessageContent
  /** Octets of the whole message. */
  readonly sizeBytes: number
  /** A header field holds UTF-8, and the next hop must support SMTPUTF8 (RFC 6531); for an address in UTF-8 it must in any case. */
  readonly smtpUtf8: boolean
  /** The message holds octets above 127: the next hop must support 8BITMIME (RFC 6152). */
  readonly eightBit: boolean
  /** Names the file of a file route and the lines of the log. */
  readonly queueId: string
  readonly ordinal: number
  /** It goes over verified TLS, to a host that supports REQUIRETLS (RFC 8689), or not at all. */
  readonly requireTls?: boolean
  /** Its session is not counted for reports about TLS: it carries one, or the sender waived the policies. */
  readonly uncounted?: boolean
  /** Where its connection leaves from; absent: that of the settings. */
  readonly source?: OutgoingSource
  /** What the next hop is asked to report; it is not told where it does not know DSN. */
  readonly notification?: Notification
  /** When this attempt began; Unix milliseconds. */
  readonly begunAt?: number
}
