/**
 * AUTH (RFC 4954) and CLIENTID (draft-storey-smtp-client-id-19) of one connection: what was named and who has signed in. Knows nothing
 * of sockets: Connection speaks, over TLS only.
 */
import { readClientId } from '../accounts/client-id.ts'
import * as replies from '../smtp/replies.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { SaslDialog } from './sasl.ts'
import { mechanisms } from './sasl.ts'
import type { SubmissionHooks, Submitter } from './submitter.ts'

/** What the client is sent: a challenge, which its next line answers, or a reply that ends the dialog. */
export type AuthStep =
  | { readonly kind: 'challenge'; readonly text: string }
  | { readonly kind: 'reply'; readonly reply: SmtpReply }

/** Of one connection; a person who mistypes needs two or three. */
const maxFailures = 5

/** RFC 4648 section 4, as strictly as RFC 4954 section 4 asks. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export interface AuthSessionSettings {
  readonly hooks: SubmissionHooks
  /** Client address. */
  readonly address: string
  readonly gone: AbortSignal
  isTls(): boolean
}

export class AuthSession {
  readonly #settings: AuthSessionSettings
  #submitter: Submitter | undefined
  #clientKey: string | undefined
  #dialog: SaslDialog | undefined
  #failures = 0

  constructor(settings: AuthSessionSettings) {
    this.#settings = settings
  }

  /** The account, as it was when the session signed in. */
  get submitter(): Submitter | undefined {
    return this.#submitter
  }

  /** Of the client, where it has named itself. */
  get clientKey(): string | undefined {
    return this.#clientKey
  }

  /** What EHLO announces. */
  extensions(): string[] {
    if (!this.#settings.isTls() || this.#submitter !== undefined) return []
    const { offersClientId } = this.#settings.hooks
    return [`AUTH ${[...mechanisms.keys()].join(' ')}`, ...(offersClientId ? ['CLIENTID'] : [])]
  }

  /** RSET and EHLO: an identity that no sign-in has used is dropped. */
  reset(): void {
    if (this.#submitter === undefined) this.#clientKey = undefined
  }

  /** The reply to CLIENTID. */
  nameClient(line: string): SmtpReply {
    const { hooks, isTls } = this.#settings
    if (!hooks.offersClientId) return replies.notImplemented
    if (!isTls()) return replies.startTlsFirst
    if (this.#submitter !== undefined) return replies.clientIdAfterAuth
    if (this.#clientKey !== undefined) return replies.clientIdTwice
    const id = readClientId(line)
    if (id === undefined) return replies.badSyntax
    this.#clientKey = hooks.clientKey(id)
    return replies.clientIdOk
  }

  /** Begins with the line of an AUTH command. Rejects when a hook does. */
  begin(line: string): Promise<AuthStep> {
    const [, mechanism = '', initial, ...more] = line.trim().split(/[ \t]+/)
    const refusal = this.#refusal(mechanism, more.length)
    if (refusal !== undefined) return Promise.resolve({ kind: 'reply', reply: refusal })
    const octets = initial === '=' ? Buffer.alloc(0) : initial && octetsOf(initial)
    const make = mechanisms.get(mechanism.toUpperCase())
    if (make === undefined) return Promise.resolve({ kind: 'reply', reply: replies.unknownMechanism })
    if (initial !== undefined && octets === undefined) return this.#end(replies.badAuthMessage)
    const { hooks, address, gone } = this.#settings
    this.#dialog = make(octets || undefined, hooks, { address, clientKey: this.#clientKey, gone })
    return this.#step(this.#dialog.next())
  }

  /** Goes on with the line that answers a challenge. Rejects when a hook does. */
  respond(line: string): Promise<AuthStep> {
    if (line === '*') return this.#end(replies.authCancelled)
    const octets = octetsOf(line)
    if (this.#dialog === undefined || octets === undefined) return this.#end(replies.badAuthMessage)
    return this.#step(this.#dialog.next(octets))
  }

  #refusal(mechanism: string, more: number): SmtpReply | undefined {
    if (!this.#settings.isTls()) return replies.tlsForAuth
    if (this.#submitter !== undefined) return replies.authTwice
    if (this.#failures >= maxFailures) return replies.tooManyWrongPasswords
    return mechanism === '' || more > 0 ? replies.badSyntax : undefined
  }

  async #step(next: ReturnType<SaslDialog['next']>): Promise<AuthStep> {
    const { done, value } = await next
    if (!done) return { kind: 'challenge', text: Buffer.from(value).toString('base64') }
    if (value.kind === 'refused') return this.#end(value.reply)
    this.#dialog = undefined
    this.#submitter = value.submitter
    return { kind: 'reply', reply: replies.signedIn }
  }

  async #end(reply: SmtpReply): Promise<AuthStep> {
    this.#dialog = undefined
    this.#failures++
    return { kind: 'reply', reply }
  }
}

function octetsOf(text: string): Buffer | undefined {
  return base64.test(text) ? Buffer.from(text, 'base64') : undefined
}
