/** Who signs in on a submission listener (RFC 6409, RFC 4954), and what that is asked of. */
import type { ClientId } from '../accounts/client-id.ts'
import type { ScramVerifier } from '../accounts/scram.ts'
import type { SmtpReply } from '../smtp/reply.ts'

/** The account that a session has signed in with. */
export interface Submitter {
  readonly accountId: number
  readonly name: string
  /** Addresses and domains that it may send from (accounts/senders). */
  readonly senders: readonly string[]
  /** Recipients in a day; null: what the configuration says. */
  readonly dailyLimit: number | null
  /** When its state or its password were changed last, Unix milliseconds. */
  readonly changedAt: number
}

/** Where a try to sign in comes from. */
export interface SignInOrigin {
  readonly address: string
  /** Of the CLIENTID that the client has named (accounts/client-id). */
  readonly clientKey: string | undefined
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal
}

export type SignIn =
  | { readonly kind: 'signed-in'; readonly submitter: Submitter }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }

/** What a SCRAM exchange goes on with; also for a name that nobody has. */
export type ScramStart =
  | { readonly kind: 'goes-on'; readonly verifier: ScramVerifier; readonly nonce: string }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }

/** What the wiring gives to submission listeners. */
export interface SubmissionHooks {
  /** Whether CLIENTID is offered. */
  readonly offersClientId: boolean
  /** What is kept of a client. */
  clientKey(id: ClientId): string
  /** Judges a name and a password (PLAIN, LOGIN). */
  checkPassword(name: string, password: string, origin: SignInOrigin): Promise<SignIn>
  beginScram(name: string, origin: SignInOrigin): Promise<ScramStart>
  /** @param isProved the client has proved that it knows the password of this name */
  endScram(name: string, isProved: boolean, origin: SignInOrigin): Promise<SignIn>
  /** The account as it is now; undefined: who signed in before has to do it again. */
  current(submitter: Submitter): Promise<Submitter | undefined>
}
