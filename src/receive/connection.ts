/**
 * One SMTP connection. smtp-server gives the frame (socket, TLS, dispatch of commands, EHLO, STARTTLS, idle time); this class
 * overrides what decides about mail (greeting, HELO, MAIL, RCPT, DATA, VRFY, EXPN) and how input is read; Session has the answers.
 * The overridden methods are internal ones of a pinned version: the compiler and the dialog tests tell when they change.
 */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import type { TlsState } from '../record/peer.ts'
import { commandText } from '../smtp/command.ts'
import * as replies from '../smtp/replies.ts'
import { replyLines, type SmtpReply } from '../smtp/reply.ts'
import { AuthSession, type AuthStep } from './auth-session.ts'
import { InputStream, type LineFault } from './input-stream.ts'
import type { ClientOptions, ListenerServer } from './listener-server.ts'
import { MessageCollector } from './message-collector.ts'
import type { ConnectedClient, ReceiveEvent } from './received.ts'
import { Session } from './session.ts'

/** Made once: each session ends, and a DOMException looks at the stack when it is made. */
const hasGone = new DOMException('the client has gone', 'AbortError')

export class Connection extends SMTPConnection {
  declare readonly _server: ListenerServer
  readonly #session: Session
  /** On submission listeners. */
  readonly #auth: AuthSession | undefined
  /** undefined: nobody's, see ClientOptions. */
  readonly #client: ConnectedClient | undefined
  /** The message that is coming in. */
  #collector: MessageCollector | undefined
  /** Aborted when the socket is closed. */
  readonly #gone = new AbortController()
  #errors = 0
  #topSocket: Socket
  /** The reply that is sent now may wait for the next one. */
  #isHeldBack = false
  /** The reply that is sent now is that to EHLO. */
  #isAnnouncing = false
  /** Greeting delay, then the time for the next command, then that for a message. */
  #timer: NodeJS.Timeout | undefined

  constructor(server: ListenerServer, socket: Socket, options?: ClientOptions | null) {
    super(server, socket, options)
    this.#topSocket = socket
    const isNobodys = options?.isNobodys === true
    const address = this.remoteAddress
    const client = { address, trusted: !isNobodys && server.isTrusted(address) }
    this.#client = isNobodys ? undefined : client
    this.#auth = this.#authSession()
    this.#session = new Session(server, {
      ...client,
      port: this.remotePort,
      tls: () => this.#tls(),
      ...(this.#auth !== undefined && { signIn: this.#auth }),
    })
  }

  /** Waits for early talkers, then greets. */
  override init(): void {
    this._setListeners(() => {
      this.#log({ event: 'connect' })
      const refusal = this._server.refusalOf(this) ?? this.#tooOften()
      if (refusal === undefined) this.#welcome()
      else this.reply(refusal)
    })
  }

  /** Sends a reply; 421 closes the connection. `line` is the command that it answers, for the log. */
  reply(reply: SmtpReply, line?: string): void {
    if (reply.code >= 400) this.#log({ event: 'refused', reply, ...(line !== undefined && { text: line }) })
    this.send(reply.code, replyLines(reply), false)
  }

  /** The listener stops: a message under way is finished first, everything else gets 421 now. */
  stop(): void {
    if (this.#collector === undefined && !this._handlerPending) this.reply(replies.shuttingDown)
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#topSocket.destroy()
  }

  /** In the middle of a TLS handshake nothing can be said, and sockets must not be destroyed from below. */
  override close(): void {
    if (this._upgrading) this.destroy()
    else super.close()
  }

  /** Below TLS the socket stays what this connection counts as. */
  override upgrade(callback: () => void, secureCallback?: () => void): void {
    const socket = this._socket
    super.upgrade(callback, secureCallback)
    this._server.watchAgain(socket)
  }

  /** The socket that the idle time runs on is the topmost one: during a handshake no other member leads to it. */
  override _armTimeout(socket: Socket = this._socket): void {
    this.#topSocket = socket
    super._armTimeout(socket)
  }

  override send(code: number, text?: string | string[] | null, context?: string | false): void {
    if (code >= 400) this.#errors++
    const data = this.#isAnnouncing && Array.isArray(text) ? [...text, ...this.#extensions()] : text
    if (this.#isHeldBack && this._socket.writableCorked === 0) this._socket.cork()
    super.send(code, data, context)
    if (!this.#isHeldBack && this._socket.writableCorked > 0) this._socket.uncork()
  }

  override _createParser(): InputStream {
    const input = new InputStream(this._server.settings.limits.maxCommandBytes, {
      mayTalk: () => this._ready || this._upgrading,
      earlyInput: () => this.#replyAndClose(replies.earlyTalker),
      command: (line, done) => this._onCommand(line, done),
      lineFault: (fault, done) => this.#refuseLine(fault, done),
      message: collector => void this.#finishMessage(collector),
    })
    input.on('error', error => this._onError(error))
    return input
  }

  override _sendGreeting(): void {
    super._sendGreeting()
    this.#awaitCommand()
  }

  override _onCommand(octets: Buffer, done: () => void = () => undefined): void {
    clearTimeout(this.#timer)
    const farewell = this.#farewell()
    if (farewell !== undefined) {
      this.reply(farewell)
      return
    }
    const goOn = () => {
      if (this.#collector === undefined) this.#awaitCommand()
      done()
    }
    if (commandText(octets) === undefined && !this._upgrading) {
      this.reply(replies.unreadableCommand)
      goOn()
      return
    }
    // Ours is the count that holds.
    this._unrecognizedCommands = 0
    super._onCommand(octets, goOn)
  }

  /** The code smtp-server gives to its own 421 replies would say that the network failed. */
  override _getEnhancedStatusCode(code: number, context?: string | false): string {
    return code === 421 && typeof context === 'string' ? '4.7.0' : super._getEnhancedStatusCode(code, context)
  }

  /** smtp-server announces what is supported, and would do so without TLS: `#extensions` knows better. */
  override _isSupported(command: string): boolean {
    const isOurs = command === 'AUTH' || command === 'CLIENTID'
    return isOurs ? this.#auth !== undefined && !this.#isAnnouncing : super._isSupported(command)
  }

  override handler_AUTH(octets: Buffer, done: () => void): void {
    this.#authenticate(auth => auth.begin(octets.toString()), done)
  }

  handler_CLIENTID(octets: Buffer, done: () => void): void {
    this.reply(this.#auth?.nameClient(octets.toString()) ?? replies.notImplemented)
    done()
  }

  override handler_RSET(octets: Buffer, done: () => void): void {
    this.#auth?.reset()
    super.handler_RSET(octets, done)
  }

  override handler_EHLO(octets: Buffer, done: () => void): void {
    this.#greet(octets, true, () => this.#announce(octets, done), done)
  }

  override handler_HELO(octets: Buffer, done: () => void): void {
    this.#greet(octets, false, () => super.handler_HELO(octets, done), done)
  }

  override handler_MAIL(octets: Buffer, done: () => void): void {
    this.#answer(octets.toString(), line => this.#session.mail(line), done)
  }

  override handler_RCPT(octets: Buffer, done: () => void): void {
    this.#answer(octets.toString(), line => this.#session.recipient(line), done)
  }

  override handler_DATA(octets: Buffer, done: () => void): void {
    const refusal = this.#session.refusalOfData(octets.toString())
    if (refusal === undefined && this._parser instanceof InputStream) {
      const { limits } = this._server.settings
      this.#collector = new MessageCollector(limits, this._server.memory)
      this._parser.expectMessage(this.#collector)
      this.#after(limits.dataTimeoutMilliseconds, () => this.reply(replies.messageTooSlow))
    }
    this.reply(refusal ?? replies.startMessage)
    done()
  }

  override handler_VRFY(_octets: Buffer, done: () => void): void {
    this.reply(replies.cannotVerify)
    done()
  }

  handler_EXPN(_octets: Buffer, done: () => void): void {
    this.reply(replies.notImplemented)
    done()
  }

  override _resetSession(): void {
    super._resetSession()
    this.#session.reset()
  }

  override _onError(error: Error): void {
    this.#log({ event: 'lost', text: error.message })
    this.close()
  }

  override _onClose(): void {
    this.#gone.abort(hasGone)
    clearTimeout(this.#timer)
    if (this.#collector !== undefined)
      this.#log({ event: 'lost', text: 'the connection ended within a message' })
    this.#collector?.release()
    this.#collector = undefined
    if (!this._closed) this.#log({ event: 'close' })
    this._server.forget(this)
    super._onClose()
  }

  /** Why no further command is worked on. What follows STARTTLS in plain text gets no reply: smtp-server drops it. */
  #farewell(): SmtpReply | undefined {
    if (this._upgrading) return undefined
    if (this._server.isStopping) return replies.shuttingDown
    return this.#errors >= this._server.settings.limits.maxErrors ? replies.tooManyErrors : undefined
  }

  #tooOften(): SmtpReply | undefined {
    return this.#client && this._server.hooks.connection?.(this.#client)
  }

  #welcome(): void {
    void this.#session.lookUpHostname()
    const delay = this._server.greetingDelayMilliseconds(this.remoteAddress)
    if (delay === 0) this.connectionReady()
    else this.#after(delay, () => this.connectionReady())
  }

  /** HELO and EHLO: the name is checked before smtp-server takes it over. */
  #greet(octets: Buffer, isExtended: boolean, takeOver: () => void, done: () => void): void {
    if (this.#session.greet(octets.toString(), isExtended)) {
      this.#auth?.reset()
      takeOver()
      return
    }
    this.reply(replies.badHeloName)
    done()
  }

  /** smtp-server lists its extensions in one reply; ours go below them. */
  #announce(octets: Buffer, done: () => void): void {
    this.#isAnnouncing = true
    super.handler_EHLO(octets, () => {
      this.#isAnnouncing = false
      done()
    })
  }

  #extensions(): string[] {
    const { maxRecipients, maxTransactions } = this._server.settings.limits
    // RFC 9422.
    return [...(this.#auth?.extensions() ?? []), `LIMITS RCPTMAX=${maxRecipients} MAILMAX=${maxTransactions}`]
  }

  #authSession(): AuthSession | undefined {
    const { settings, hooks } = this._server
    if (settings.kind !== 'submission' || hooks.submission === undefined) return undefined
    const isTls = () => this.#tls() !== undefined
    return new AuthSession({
      hooks: hooks.submission,
      address: this.remoteAddress,
      gone: this.#gone.signal,
      isTls,
    })
  }

  /** One step of AUTH; what the client says in it is never logged. */
  #authenticate(step: (auth: AuthSession) => Promise<AuthStep>, done: () => void): void {
    if (this.#auth === undefined) return
    void step(this.#auth)
      .catch((error: unknown): AuthStep => ({ kind: 'reply', reply: this.#fault(error) }))
      .then(next => {
        if (next.kind === 'reply') this.reply(next.reply)
        else {
          this._nextHandler = (line, goOn) => this.#authenticate(auth => auth.respond(line.toString()), goOn)
          this.send(334, next.text)
        }
        done()
      })
  }

  /** A message is complete, or will never be. */
  async #finishMessage(collector: MessageCollector): Promise<void> {
    clearTimeout(this.#timer)
    this.#collector = undefined
    // Keeps the idle time from running while the message is judged and stored.
    this._handlerPending = true
    const reply = await this.#session
      .message(collector, this.#gone.signal)
      .catch((error: unknown) => this.#fault(error))
    collector.release()
    if (this._closed)
      this.#log({ event: 'lost', reply, text: 'the client left before the reply to its message' })
    this._handlerPending = false
    if (reply.code < 400) this.#errors = 0
    this._resetSession()
    this.reply(reply)
    if (collector.state === 'exhausted') this.close()
    else this.#readOn()
  }

  #readOn(): void {
    if (this._server.isStopping) this.reply(replies.shuttingDown)
    this.#awaitCommand()
    if (this._parser) this._parser.continue()
  }

  /** Runs the work of a command and sends its reply; a hook that fails is our fault and never the client's. */
  #answer(line: string, work: (line: string) => Promise<SmtpReply>, done: () => void): void {
    void work(line)
      .catch((error: unknown) => this.#fault(error))
      .then(reply => {
        // Replies to commands that came together leave together (RFC 2920 section 3.2).
        this.#isHeldBack = this._parser instanceof InputStream && this._parser.hasLine
        this.reply(reply, line)
        this.#isHeldBack = false
        done()
      })
  }

  #fault(error: unknown): SmtpReply {
    this.#log({ event: 'fault', error })
    return replies.localError
  }

  #refuseLine(fault: LineFault, done: () => void): void {
    if (fault === 'bare-line-feed') {
      this.#replyAndClose(replies.bareLineFeed)
      return
    }
    this.reply(this.#farewell() ?? replies.commandTooLong)
    done()
  }

  #replyAndClose(reply: SmtpReply): void {
    this.reply(reply)
    this.close()
  }

  #awaitCommand(): void {
    this.#after(this._server.settings.limits.commandTimeoutMilliseconds, () =>
      this.reply(replies.commandTooSlow),
    )
  }

  #after(milliseconds: number, action: () => void): void {
    clearTimeout(this.#timer)
    if (this._closing || this._closed) return
    this.#timer = setTimeout(action, milliseconds)
    this.#timer.unref()
  }

  #tls(): TlsState | undefined {
    const socket = this._socket
    if (!(socket instanceof TLSSocket)) return undefined
    return { version: socket.getProtocol() ?? 'TLS', cipher: socket.getCipher().name }
  }

  #log(event: Omit<ReceiveEvent, 'listener' | 'peer'>): void {
    this._server.hooks.log({
      listener: this._server.settings.name,
      peer: `${this.remoteAddress}:${this.remotePort}`,
      ...event,
    })
  }
}
