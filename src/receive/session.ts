/**
 * What a client has said so far, and the reply to each command that decides about mail (RFC 5321 section 4.1.4 for the order of
 * commands). It knows nothing of sockets: Connection asks it and speaks.
 */

import type { Peer, TlsState } from '../record/peer.ts'
import { isHeloName } from '../smtp/command.ts'
import * as replies from '../smtp/replies.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { CollectFault, MessageCollector } from './message-collector.ts'
import { protocolName } from './protocol.ts'
import type { ReceiveHooks } from './received.ts'
import type { ListenerSettings } from './settings.ts'
import type { Submitter } from './submitter.ts'
import type { ReadRecipient } from './transaction.ts'
import { readMail, readRecipient, Transaction } from './transaction.ts'

/** What a session shares with the others of its listener. */
export interface SessionDependencies {
  readonly settings: ListenerSettings
  readonly hooks: ReceiveHooks
  readonly memory: MemoryBudget
}

/** The client of a session. */
export interface Client {
  readonly address: string
  readonly port: number
  readonly trusted: boolean
  /** TLS as it is now. */
  tls(): TlsState | undefined
  /** Who has signed in, on a submission listener. */
  readonly signIn?: { readonly submitter: Submitter | undefined; readonly clientKey: string | undefined }
}

/** The reply to the end of a message that cannot be taken. */
export const replyToFault: Readonly<Record<CollectFault, SmtpReply>> = {
  'bare-line-end': replies.bareLineEnd,
  nul: replies.nulOctet,
  'message-too-big': replies.messageTooBig,
  'header-too-big': replies.headerTooBig,
  'line-too-long': replies.lineTooLong,
  'no-memory': replies.insufficientStorage,
}

export class Session {
  readonly #surroundings: SessionDependencies
  readonly #client: Client
  /** HELO argument as the client spelled it. */
  #helo = ''
  #isExtended = false
  #hostname: string | undefined
  #transaction: Transaction | undefined
  /** MAIL commands so far, refused ones included (RFC 9422: MAILMAX). */
  #transactions = 0

  constructor(surroundings: SessionDependencies, client: Client) {
    this.#surroundings = surroundings
    this.#client = client
  }

  /** Takes the name from a HELO (or, extended, EHLO) command line; false when it is not one. */
  greet(line: string, isExtended: boolean): boolean {
    const [, name = '', ...more] = line.trim().split(/[ \t]+/)
    if (more.length > 0 || !isHeloName(name)) return false
    this.#helo = name
    this.#isExtended = isExtended
    return true
  }

  /** RSET, EHLO, STARTTLS or the end of a message: the transaction is over. */
  reset(): void {
    this.#transaction = undefined
  }

  /** Never waited for: a name server that does not answer must not hold up mail. Never rejects. */
  async lookUpHostname(): Promise<void> {
    try {
      const hostname = await this.#surroundings.hooks.hostname?.(this.#client.address)
      if (hostname !== undefined && isHeloName(hostname)) this.#hostname = hostname
    } catch {
      // The name is for information only; the address stands in the trace field anyway.
    }
  }

  /** The reply to MAIL. Rejects when a hook does. */
  async mail(line: string): Promise<SmtpReply> {
    if (this.#transaction !== undefined) return replies.nestedMail
    const { hooks, memory, settings } = this.#surroundings
    if (++this.#transactions > settings.limits.maxTransactions) return replies.tooManyTransactions
    const submitter = await this.#submitter()
    if (submitter !== undefined && 'refusal' in submitter) return submitter.refusal
    const mail = readMail(line, {
      maxMessageBytes: settings.limits.maxMessageBytes,
      isTls: this.#client.tls() !== undefined,
      isSubmission: settings.kind === 'submission',
    })
    if ('refusal' in mail) return mail.refusal
    if (!memory.hasRoomFor(Math.max(1, mail.declaredBytes))) return replies.insufficientStorage
    const context = {
      reversePath: mail.reversePath,
      peer: this.#peer(mail.smtpUtf8),
      listener: settings.name,
      trusted: this.#client.trusted || submitter !== undefined,
      ...(submitter !== undefined && { submitter }),
      forwardPaths: [],
      roles: [],
    }
    const refusal = await hooks.sender(mail.reversePath, context)
    if (refusal !== undefined) return refusal
    this.#transaction = new Transaction(context, mail)
    return replies.senderOk
  }

  /** The reply to RCPT. Rejects when a hook does. */
  async recipient(line: string): Promise<SmtpReply> {
    const transaction = this.#transaction
    if (transaction === undefined) return replies.mailFirst
    const read = readRecipient(line, transaction.parameters.smtpUtf8)
    const reply = 'refusal' in read ? read.refusal : await this.#judge(read, transaction)
    if (reply.code >= 400) transaction.refusedRecipients++
    return reply
  }

  /** The reply that refuses DATA; undefined when the message may come. */
  refusalOfData(line: string): SmtpReply | undefined {
    if (line.trim().length > 'DATA'.length) return replies.badSyntax
    if (this.#transaction === undefined) return replies.mailFirst
    if (this.#transaction.recipientCount > 0) return undefined
    return this.#transaction.refusedRecipients > 0 ? replies.noValidRecipients : replies.recipientFirst
  }

  /** The reply to a message that is no longer open; `gone` as for `ReceiveHooks.accept`. Rejects when a hook does. */
  async message(collector: MessageCollector, gone: AbortSignal): Promise<SmtpReply> {
    if (collector.fault !== undefined) return replyToFault[collector.fault]
    if (this.#transaction === undefined) return replies.localError
    const { hooks, settings } = this.#surroundings
    const { peer, trusted, submitter } = this.#transaction.context
    const received = {
      queueId: hooks.nextQueueId(),
      receivedAtMilliseconds: hooks.clock(),
      listener: settings.name,
      peer: { ...peer, ...this.#named() },
      envelope: this.#transaction.envelope(),
      roles: this.#transaction.roles(),
      octets: collector.take(),
      trusted,
      ...(submitter !== undefined && { submitter }),
    }
    return await hooks.accept(received, gone)
  }

  /** Nobody but an account that is still what it was when it signed in submits mail; undefined on other listeners. */
  async #submitter(): Promise<Submitter | { readonly refusal: SmtpReply } | undefined> {
    const { settings, hooks } = this.#surroundings
    if (settings.kind !== 'submission') return undefined
    if (this.#client.tls() === undefined) return { refusal: replies.startTlsFirst }
    const submitter = this.#client.signIn?.submitter
    if (submitter === undefined) return { refusal: replies.signInFirst }
    return (await hooks.submission?.current(submitter)) ?? { refusal: replies.signedOut }
  }

  async #judge({ forwardPath, notification }: ReadRecipient, transaction: Transaction): Promise<SmtpReply> {
    const { hooks, settings } = this.#surroundings
    if (transaction.recipientCount >= settings.limits.maxRecipients) return replies.tooManyRecipients
    const verdict = await hooks.recipient(forwardPath, transaction.recipientContext())
    if (verdict.kind === 'refused') return verdict.reply
    transaction.addRecipient(forwardPath, verdict.role, notification)
    return replies.recipientOk
  }

  #peer(smtpUtf8: boolean): Peer {
    const { address, port } = this.#client
    const tls = this.#client.tls()
    const { submitter, clientKey } = this.#client.signIn ?? {}
    const isAuthenticated = submitter !== undefined
    const kind = { isExtended: this.#isExtended, isTls: tls !== undefined, isAuthenticated, smtpUtf8 }
    return {
      address,
      port,
      ...this.#named(),
      helo: this.#helo,
      protocol: protocolName(kind),
      ...(tls !== undefined && { tls }),
      ...(submitter !== undefined && { account: submitter.name }),
      ...(submitter !== undefined && clientKey !== undefined && { clientKey }),
    }
  }

  #named(): { hostname?: string } {
    return this.#hostname === undefined ? {} : { hostname: this.#hostname }
  }
}
