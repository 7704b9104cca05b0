/** The noun of this stage: a message with its envelope and everything that the SMTP session knew about it. */
import type { Peer } from '../record/peer.ts'
import type { RecipientRole, RecipientVerdict } from '../record/recipient-role.ts'
import type { Envelope } from '../smtp/envelope.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { SubmissionHooks, Submitter } from './submitter.ts'

/** What is known of a client before it has said anything. */
export interface ConnectedClient {
  /** IP address. */
  readonly address: string
  /** It is in the listener's trusted networks. */
  readonly trusted: boolean
}

/** What is known when a sender or recipient is judged. */
export interface TransactionContext {
  /** MAIL FROM without angle brackets; '' is the null reverse-path. */
  readonly reversePath: string
  readonly peer: Peer
  /** Name of the listener. */
  readonly listener: string
  /** The client is in the listener's trusted networks, or has signed in. */
  readonly trusted: boolean
  /** The account that it has signed in with, as it is now. */
  readonly submitter?: Submitter
  /** Recipients of this transaction that were accepted so far. */
  readonly forwardPaths: readonly string[]
  /** What each of them is. */
  readonly roles: readonly RecipientRole[]
}

/** One message as it arrived. */
export interface Received {
  readonly queueId: string
  /** When the end of the message was seen; Unix milliseconds. */
  readonly receivedAtMilliseconds: number
  /** Name of the listener. */
  readonly listener: string
  readonly peer: Peer
  readonly envelope: Envelope
  /** What the recipients of the envelope are, in their order, as it was judged at RCPT. */
  readonly roles: readonly RecipientRole[]
  /** The message: dots unstuffed, otherwise octet for octet as sent; fills an ArrayBuffer of its own. */
  readonly octets: Buffer
  /** The client is in the listener's trusted networks, or has signed in (origination). */
  readonly trusted: boolean
  /** The account that it has signed in with. */
  readonly submitter?: Submitter
}

/** What the listener tells the log. `event` is a short fixed word; the other members depend on it. */
export interface ReceiveEvent {
  readonly event: 'connect' | 'close' | 'refused' | 'lost' | 'fault'
  readonly listener: string
  /** Address and port of the client, where there is one. */
  readonly peer?: string
  readonly queueId?: string
  /** The reply that the client got. */
  readonly reply?: SmtpReply
  /** The command that was refused, or what happened, for people. */
  readonly text?: string
  /** The cause, for `fault`. */
  readonly error?: unknown
}

type Now<T> = Promise<T> | T

/** What the wiring gives to a listener. A hook that throws is answered with 451 4.3.0 and logged as a `fault`. */
export interface ReceiveHooks {
  /** A queue id that was never used before. */
  nextQueueId(): string
  /** Unix milliseconds. */
  clock(): number
  /** Judges a connection, in front of its greeting: undefined accepts, a reply (421) refuses. Optional. */
  connection?(client: ConnectedClient): SmtpReply | undefined
  /** Judges MAIL FROM: undefined accepts, a reply refuses. */
  sender(reversePath: string, transaction: TransactionContext): Now<SmtpReply | undefined>
  /** Judges RCPT TO. `forwardPath` can be the bare word 'postmaster' in any case. */
  recipient(forwardPath: string, transaction: TransactionContext): Now<RecipientVerdict>
  /**
   * Takes the message; its reply is what the client gets. Says 250 only when the message is on disk. `gone` is aborted when the
   * client has gone: nobody waits for the reply, and what is not on disk by then need not be.
   */
  accept(received: Received, gone: AbortSignal): Promise<SmtpReply>
  /** Needed for listeners of kind `submission`. */
  readonly submission?: SubmissionHooks | undefined
  log(event: ReceiveEvent): void
  /**
   * Looks up the name of a client address. Asked when a client connects and never waited for: a name that is not there when the
   * message is complete is left out. Optional.
   */
  hostname?(address: string): Promise<string | undefined>
}
