/**
 * One SMTP session with one next hop, over nodemailer's SMTPConnection: one recipient per transaction, one transaction
 * after the other. Nothing here throws for what a peer does: a session opens or says why not, a message ends in an
 * attempt.
 */

import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SmtpHop } from '../discover/next-hop.ts'
import { isAsciiText } from '../message/header-field.ts'
import { type CertificateFacts, certificateFacts } from './certificate-facts.ts'
import { Dialogue } from './dialogue.ts'
import { hopName } from './hop-name.ts'
import {
  type Attempt,
  deliveredAttempt,
  type Failure,
  failedAttempt,
  type HostFacts,
  notOffered,
  requireTlsLack,
} from './host-attempt.ts'
import { judgePeer, type PeerJudgement } from './judge-peer.ts'
import { MessageBody } from './message-body.ts'
import { phaseOfCommand, responseOf, textOf } from './nodemailer-error.ts'
import type { OutgoingMail, Phase, TlsSession } from './outcome.ts'
import { PeerReplies } from './peer-replies.ts'
import { SessionLimits } from './session-limits.ts'
import type { DeliverSettings } from './settings.ts'
import { StrictConnection } from './strict-connection.ts'
import { handshakeTrouble, tlsOptions, tlsSession } from './tls.ts'
import { policyTrouble, type TlsTrouble } from './tls-trouble.ts'

/** What a message on a connection came to, and what the connection is good for afterwards. */
export interface Sent {
  readonly attempt: Attempt
  /** The peer had closed the connection before it answered MAIL: it never saw the message. */
  readonly stale: boolean
}

/** nodemailer's own limits only stand behind those of Dialogue, which know the step. */
const neverMilliseconds = 2 ** 31 - 1

export class OutgoingConnection {
  readonly #hop: SmtpHop
  readonly #settings: DeliverSettings
  readonly #smtp: StrictConnection
  readonly #dialogue: Dialogue
  readonly #replies: PeerReplies
  readonly #ended = Promise.withResolvers<void>()
  #host: HostFacts
  #fail: (failure: Failure) => void = () => undefined
  #refusal: PeerJudgement['refusal']
  #limits = new SessionLimits(undefined)
  #messages = 0
  #closed = false
  /** The message under way. */
  #body: MessageBody | undefined

  /** @param socket connected; taken over */
  constructor(hop: SmtpHop, settings: DeliverSettings, socket: Socket, plaintext: boolean) {
    this.#hop = hop
    this.#settings = settings
    this.#host = { nextHop: hopName(hop), maxReplyCharacters: settings.maxReplyCharacters }
    this.#dialogue = new Dialogue(settings, reason => this.#broken(reason))
    this.#replies = new PeerReplies(settings.maxReplyOctets)
    this.#smtp = new StrictConnection({
      connection: socket,
      host: hop.address,
      port: hop.port,
      name: settings.ehloName,
      secure: hop.tls === 'implicit',
      secured: hop.tls === 'implicit',
      ignoreTLS: hop.tls === 'none' || plaintext,
      requireTLS: hop.tls === 'starttls-required',
      opportunisticTLS: hop.tls === 'starttls-if-offered' && !plaintext,
      tls: tlsOptions(hop, settings),
      transactionLog: true,
      maxResponseSize: settings.maxReplyOctets,
      connectionTimeout: neverMilliseconds,
      greetingTimeout: neverMilliseconds,
      socketTimeout: neverMilliseconds,
      socketCloseTimeout: 0,
    })
    this.#smtp.logger = this.#dialogue.logger
    this.#smtp.incoming = octets => this.#incoming(octets)
    this.#smtp.refusal = peer => {
      this.#refusal = judgePeer(peer, hop, settings.clock()).refusal
      return this.#refusal?.reason
    }
    this.#smtp.on('error', (error: unknown) => this.#broken(textOf(error), responseOf(error)))
    // nodemailer says that the connection has ended before it says why.
    this.#smtp.once('end', () => queueMicrotask(() => this.#broken('the connection was closed')))
  }

  /** Where it leads. */
  get hop(): SmtpHop {
    return this.#hop
  }

  /** It has carried as many messages as the peer or this side allows (RFC 9422: MAILMAX counts those that failed too). */
  get worn(): boolean {
    return this.#messages >= Math.min(this.#settings.maxMessagesPerConnection, this.#limits.maxTransactions)
  }

  /** Whether the peer allows a message for this recipient in the session (RFC 9422: RCPTDOMAINMAX). */
  allows(forwardPath: string): boolean {
    return this.#limits.allows(forwardPath)
  }

  /** What the policy of the hop finds wrong with the session. */
  get trouble(): TlsTrouble | undefined {
    return policyTrouble(this.#hop, this.#host.tls)
  }

  /** Address of this side. */
  get localAddress(): string | undefined {
    return this.#smtp._socket ? this.#smtp._socket.localAddress : undefined
  }

  /** False once the connection has ended: no message can be sent any more. */
  get usable(): boolean {
    return !this.#closed
  }

  /** Settles when the connection has ended, for whatever reason. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** What the peer has said of itself so far. */
  get heard(): { readonly greeting: string | undefined; readonly announced: readonly string[] } {
    const { greeting, announced } = this.#dialogue
    return { greeting, announced }
  }

  /** The TLS session; undefined before there is one. */
  get tls(): TlsSession | undefined {
    return this.#host.tls
  }

  /** The certificate that the peer has shown; undefined without TLS. */
  get certificate(): CertificateFacts | undefined {
    return this.#smtp._socket ? certificateFacts(this.#smtp._socket) : undefined
  }

  /** Greeting, EHLO, STARTTLS; undefined when the session is ready for messages. */
  async greet(): Promise<Failure | undefined> {
    const failure = await this.#operation<Failure | undefined>(
      failure => failure,
      done => this.#smtp.connect(error => done(error === undefined ? undefined : this.#failureOf(error))),
    )
    if (failure !== undefined) {
      this.close()
      return failure
    }
    const tls = tlsSession(this.#socket(), this.#hop, this.#settings)
    if (tls !== undefined) this.#host = { ...this.#host, tls }
    this.#limits = new SessionLimits(this.#dialogue.extensions.get('LIMITS'))
    return undefined
  }

  /** Sends one message to one recipient. */
  async send(mail: OutgoingMail): Promise<Sent> {
    if (this.#closed) return this.#closedBefore()
    const lacking = this.#lacking(mail)
    if (lacking !== undefined) return { attempt: lacking, stale: false }
    const reused = this.#messages > 0
    this.#messages++
    this.#limits.used(mail.forwardPath)
    const body = new MessageBody(
      () => mail.content.hold(),
      () => this.#socket(),
      {
        begins: () => this.#bodyBegins(),
        ends: () => this.#bodyEnds(),
        failed: reason => this.#broken(reason),
      },
    )
    this.#body = body
    const result = await this.#operation<Failure | string>(
      failure => failure,
      done => this.#transaction(mail, body, done),
    )
    this.#body = undefined
    body.release()
    // TLS tells a little late that the last octets have left.
    if (typeof result === 'string' && body.finalDotGiven && !body.hasLeft) await nextTurn()
    if (typeof result === 'string' && body.hasLeft) {
      return { attempt: deliveredAttempt(result, this.#host, this.#asksReports(mail)), stale: false }
    }
    const failure = inVain(typeof result === 'string' ? saidTooEarly : result, body)
    if (isOutOfStep(failure, body)) this.close()
    return { attempt: failedAttempt(failure, this.#host), stale: reused && isStale(failure) }
  }

  /** Ends a transaction that failed half-way (RSET); false when the connection cannot be used again. */
  async reset(): Promise<boolean> {
    if (this.#closed) return false
    const failure = await this.#operation<Failure | undefined>(
      failure => failure,
      done => this.#smtp.reset(error => done(error === null ? undefined : this.#failureOf(error))),
    )
    if (failure !== undefined) this.close()
    return failure === undefined
  }

  /** Says QUIT and waits for the end, which comes in bounded time. */
  quit(): Promise<void> {
    if (!this.#closed) this.#smtp.quit()
    return this.ended
  }

  /** Ends the connection at once. */
  close(): void {
    this.#broken('the connection was closed by this side')
  }

  /** What the peer sends: a reply that does not belong to a command ends the session. */
  #incoming(octets: Buffer): void {
    const { owed, sent, waiting } = this.#dialogue
    const isFinal = waiting === 'body' && this.#body?.finalDotGiven === true
    const { replies, fault } = this.#replies.take(octets, { owed, sent, isFinal })
    for (const reply of replies) this.#smtp.takeReply(reply)
    if (fault !== undefined) this.#broken(fault)
  }

  #closedBefore(): Sent {
    const failure: Failure = { phase: 'mail', reason: 'the connection was closed' }
    return { attempt: failedAttempt(failure, this.#host), stale: true }
  }

  #transaction(mail: OutgoingMail, body: MessageBody, done: (result: Failure | string) => void): void {
    this.#smtp.declareSmtpUtf8 = needsSmtpUtf8(mail)
    this.#smtp.notification = this.#asksReports(mail) ? mail.notification : undefined
    const envelope = {
      from: mail.reversePath,
      to: [mail.forwardPath],
      size: mail.sizeBytes,
      use8BitMime: mail.eightBit,
      ...(mail.requireTls === true && { requireTLSExtensionEnabled: true }),
    }
    this.#smtp.send(envelope, body, (error, info) => {
      done(error === null ? (info?.response ?? '') : this.#failureOf(error))
    })
  }

  #asksReports({ notification }: OutgoingMail): boolean {
    return notification !== undefined && this.#dialogue.extensions.has('DSN')
  }

  /** Runs one operation of nodemailer; a connection that ends or a step that takes too long ends it as well. */
  #operation<T>(failed: (failure: Failure) => T, run: (done: (result: T) => void) => void): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>()
    this.#fail = failure => resolve(failed(failure))
    run(resolve)
    return promise.finally(() => {
      this.#fail = () => undefined
    })
  }

  #broken(reason: string, response?: string): void {
    const phase = response === undefined ? this.#dialogue.waiting : this.#dialogue.answered
    this.#fail(this.#failure(phase, reason, response))
    if (this.#closed) return
    this.#closed = true
    this.#dialogue.end()
    this.#smtp.close()
    this.#ended.resolve()
  }

  /** The failure that an error of nodemailer tells: of the command that it names, else of the step under way. */
  #failureOf(error: unknown): Failure {
    const response = responseOf(error)
    const { waiting, answered } = this.#dialogue
    const phase = phaseOfCommand(error) ?? (response === undefined ? waiting : answered)
    return this.#failure(phase, textOf(error), response)
  }

  #failure(phase: Phase, reason: string, response: string | undefined): Failure {
    const trouble = this.#troubleIn(phase, response)
    return {
      phase,
      reason: this.#refusal?.reason ?? reason,
      ...(response !== undefined && { response }),
      ...(trouble !== undefined && { trouble }),
    }
  }

  /** A peer that refuses STARTTLS, or EHLO, has none; what else ends that step is a handshake. */
  #troubleIn(phase: Phase, response: string | undefined): TlsTrouble | undefined {
    const hasNone = phase === 'ehlo' && this.#hop.tls === 'starttls-required' && response?.startsWith('5')
    if (hasNone || (phase === 'starttls' && response !== undefined)) return { type: 'starttls-not-supported' }
    if (phase !== 'starttls') return undefined
    return this.#refusal?.trouble ?? handshakeTrouble(this.#smtp._socket)
  }

  #bodyBegins(): void {
    this.#dialogue.bodyBegins()
    // Silence counts from the last octet that the peer took, not from the first that it was given.
    this.#socket().setTimeout(this.#settings.stallMilliseconds)
  }

  #bodyEnds(): void {
    this.#dialogue.bodyEnds()
    this.#socket().setTimeout(0)
  }

  /** What this next hop lacks for the message: it cannot be converted without breaking its signatures. */
  #lacking(mail: OutgoingMail): Attempt | undefined {
    const { extensions } = this.#dialogue
    const insecure = mail.requireTls === true && requireTlsLack(this.#host.tls, extensions, this.#host)
    if (insecure) return insecure
    const most = Number(extensions.get('SIZE') ?? 0)
    if (most > 0 && mail.sizeBytes > most) {
      const reason = `a message of ${mail.sizeBytes} octets is larger than the ${most} that it accepts`
      return notOffered('5.3.4', reason, this.#host)
    }
    if (needsSmtpUtf8(mail) && !extensions.has('SMTPUTF8')) {
      return notOffered('5.6.7', 'the message requires SMTPUTF8, which the host does not offer', this.#host)
    }
    if (mail.eightBit && !extensions.has('8BITMIME')) {
      return notOffered('5.6.3', 'the message requires 8BITMIME, which the host does not offer', this.#host)
    }
    return undefined
  }

  #socket(): Socket {
    const socket = this.#smtp._socket
    if (!socket) throw new Error(`${hopName(this.#hop)}: the session has no socket`)
    return socket
  }
}

/** A peer cannot have taken what was not sent yet. */
const saidTooEarly: Failure = {
  phase: 'body',
  reason: 'it accepted the message before the end of it was sent',
}

/** What a message came to that was not taken, as far as this side knows. */
function inVain(failure: Failure, body: MessageBody): Failure {
  const told = { ...failure, afterFinalDot: body.finalDotGiven }
  // Neither yes nor no: as if it had said nothing.
  if (failure.phase !== 'body' || !body.finalDotGiven || !failure.response?.startsWith('3')) return told
  const { response, ...silent } = told
  return { ...silent, reason: `it answered the end of the message with ${response}` }
}

/** Whether the peer may take what follows for something else: the rest of a message for commands, commands for a message. */
function isOutOfStep({ phase, response }: Failure, body: MessageBody): boolean {
  if (phase === 'body') return !body.hasLeft || response === undefined
  return phase === 'data' && response !== undefined && /^[23]/.test(response)
}

/** RFC 6531 section 3.2: for a header field or an address in UTF-8. */
function needsSmtpUtf8({ smtpUtf8, reversePath, forwardPath }: OutgoingMail): boolean {
  return smtpUtf8 || !isAsciiText(reversePath + forwardPath)
}

/** The peer had given the connection up while nobody used it; the answer to MAIL is where that shows. */
function isStale({ phase, response }: Failure): boolean {
  return phase === 'mail' && (response === undefined || response.startsWith('421'))
}
