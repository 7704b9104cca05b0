/**
 * An SMTP peer that plays the next hop in tests. It is written on plain sockets, so that it can misbehave in every phase: answer any
 * code, say nothing, drop the connection, hold an answer back until the test lets it go.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { SinkSession } from './sink-session.ts'

/** Where a session stands. `content` is the first octet of a message, `body` its end. */
export type SinkPhase =
  | 'connect'
  | 'ehlo'
  | 'helo'
  | 'starttls'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'content'
  | 'body'
  | 'rset'
  | 'noop'
  | 'quit'

/**
 * What the sink does in a phase: a reply without CRLF (line feeds separate lines), nothing at all, or the end of the connection. A function is asked
 * each time and may take its time; undefined means the ordinary answer.
 */
export type SinkAction = string | { readonly do: 'drop' | 'reset' | 'nothing' } | SinkDecision
export type SinkDecision = (asked: SinkQuestion) => SinkAction | undefined | Promise<SinkAction | undefined>

export interface SinkQuestion {
  readonly phase: SinkPhase
  /** The command line; '' where there is none. */
  readonly line: string
  readonly message: Readonly<SinkMessage>
}

export interface SinkMessage {
  helo: string
  /** Without angle brackets. */
  reversePath: string
  /** What followed the path in MAIL. */
  mailParameters: string
  /** Recipients that were accepted. */
  forwardPaths: string[]
  /** The message, dots unstuffed. */
  octets: Buffer
  isTls: boolean
  /** Address that the connection came from. */
  clientAddress: string
  /** Number of the connection, from 1. */
  connection: number
}

export interface SinkSettings {
  /** Default 'none'. */
  readonly tls?: 'none' | 'starttls' | 'implicit'
  /** Default: that of `testCertificate()`. */
  readonly certificate?: { readonly key: string; readonly cert: string }
  /** EHLO keywords besides STARTTLS. */
  readonly extensions?: readonly string[]
  /** Name in the greeting. Default 'sink.example'. */
  readonly hostname?: string
  /** Default: a free one. */
  readonly port?: number
}

export class Sink {
  readonly settings: SinkSettings
  /** Messages that were answered with 250, in order. */
  readonly messages: SinkMessage[] = []
  /** Every command line, in order of arrival over all connections. */
  readonly commands: string[] = []
  /** Connections accepted so far. */
  connections = 0
  readonly sockets = new Set<Socket>()
  readonly #server: Server
  readonly #always = new Map<SinkPhase, SinkAction>()
  readonly #next = new Map<SinkPhase, SinkAction[]>()
  #waiting: (() => void)[] = []

  private constructor(settings: SinkSettings) {
    this.settings = settings
    this.#server = createServer(socket => this.#accept(socket))
  }

  static async start(settings: SinkSettings = {}): Promise<Sink> {
    const sink = new Sink(settings)
    sink.#server.listen(settings.port ?? 0, '127.0.0.1')
    await once(sink.#server, 'listening')
    return sink
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on does this in that phase; undefined goes back to the ordinary answer. */
  always(phase: SinkPhase, action: SinkAction | undefined): this {
    if (action === undefined) this.#always.delete(phase)
    else this.#always.set(phase, action)
    return this
  }

  /** Does these things the next times that phase comes, one each time. */
  next(phase: SinkPhase, ...actions: readonly SinkAction[]): this {
    this.#next.set(phase, [...(this.#next.get(phase) ?? []), ...actions])
    return this
  }

  /** Resolves with all messages as soon as there are `count` of them. */
  async received(count: number): Promise<readonly SinkMessage[]> {
    await this.until(() => this.messages.length >= count)
    return this.messages
  }

  /** Resolves as soon as the condition holds; it is asked again at every connection, command, message and end of a connection. */
  async until(condition: (sink: Sink) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Stops listening and drops every connection. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  /** @internal for SinkSession */
  async actionFor(asked: SinkQuestion): Promise<SinkAction | undefined> {
    const planned = this.#next.get(asked.phase)?.shift() ?? this.#always.get(asked.phase)
    return typeof planned === 'function' ? await planned(asked) : planned
  }

  /** @internal for SinkSession */
  note(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  #accept(socket: Socket): void {
    this.connections++
    this.sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.sockets.delete(socket)
      this.note()
    })
    const session = new SinkSession(this, socket, this.connections)
    if (this.settings.tls === 'implicit') session.secure()
    void session.run().catch(() => socket.destroy())
    this.note()
  }
}
