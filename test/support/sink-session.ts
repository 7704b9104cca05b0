/** One connection of the sink: an obedient SMTP server, except where the test has planned something else. */
import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { testCertificate } from './certificates.ts'
import type { Sink, SinkMessage, SinkPhase } from './sink.ts'

const usualExtensions = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'SIZE 52428800']

/** Octets that were received and not taken yet; grows by doubling, so that long messages cost no more than short ones. */
class InputBuffer {
  #store = Buffer.alloc(4_096)
  #from = 0
  #to = 0

  get unread(): Buffer {
    return this.#store.subarray(this.#from, this.#to)
  }

  add(chunk: Buffer): void {
    if (this.#to + chunk.length > this.#store.length) {
      const store = Buffer.alloc(2 * (this.#to - this.#from + chunk.length))
      this.#to = this.unread.copy(store)
      this.#from = 0
      this.#store = store
    }
    this.#to += chunk.copy(this.#store, this.#to)
  }

  take(count: number): Buffer {
    const taken = Buffer.from(this.#store.subarray(this.#from, this.#from + count))
    this.#from += count
    return taken
  }
}

/** Thrown to leave a session whose connection is gone. */
class SessionOver extends Error {}

export class SinkSession {
  readonly #sink: Sink
  readonly #connection: number
  readonly #clientAddress: string
  #socket: Socket | TLSSocket
  #input = new InputBuffer()
  #isClosed = false
  #wake: () => void = () => undefined
  #message: SinkMessage

  constructor(sink: Sink, socket: Socket, connection: number) {
    this.#sink = sink
    this.#socket = socket
    this.#connection = connection
    this.#clientAddress = socket.remoteAddress ?? ''
    this.#message = this.#fresh('')
    this.#listen()
  }

  /** TLS from here on. */
  secure(): void {
    const { key, cert } = this.#sink.settings.certificate ?? testCertificate()
    this.#socket.removeAllListeners('data')
    const options = { isServer: true, secureContext: createSecureContext({ key, cert }) }
    this.#socket = new TLSSocket(this.#socket, options)
    this.#input = new InputBuffer()
    this.#message = this.#fresh('')
    this.#listen()
  }

  async run(): Promise<void> {
    const hostname = this.#sink.settings.hostname ?? 'sink.example'
    await this.#do('connect', '', `220 ${hostname} ESMTP`)
    for (;;) await this.#command(await this.#until('\r\n').then(octets => octets.toString().slice(0, -2)))
  }

  async #command(line: string): Promise<void> {
    this.#sink.commands.push(line)
    this.#sink.note()
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO') await this.#greet('ehlo', line, ['sink.example', ...this.#extensions()])
    else if (verb === 'HELO') await this.#greet('helo', line, ['sink.example'])
    else if (verb === 'STAR') await this.#startTls(line)
    else if (verb === 'MAIL') await this.#mail(line)
    else if (verb === 'RCPT') await this.#recipient(line)
    else if (verb === 'DATA') await this.#data(line)
    else if (verb === 'RSET') await this.#reset(line)
    else if (verb === 'NOOP') await this.#do('noop', line, '250 2.0.0 OK')
    else if (verb === 'QUIT') await this.#quit(line)
    else this.#reply('500 5.5.2 unknown command')
  }

  #extensions(): string[] {
    const { tls, extensions = usualExtensions } = this.#sink.settings
    return tls === 'starttls' && !this.#isTls() ? [...extensions, 'STARTTLS'] : [...extensions]
  }

  async #greet(phase: 'ehlo' | 'helo', line: string, lines: readonly string[]): Promise<void> {
    const reply = lines.map((text, at) => `250${at < lines.length - 1 ? '-' : ' '}${text}`).join('\n')
    this.#message = this.#fresh(line.slice(5))
    await this.#do(phase, line, reply)
  }

  async #startTls(line: string): Promise<void> {
    if ((await this.#do('starttls', line, '220 2.0.0 go ahead')) < 300) this.secure()
  }

  async #mail(line: string): Promise<void> {
    const [, path = '', parameters = ''] = /<(.*)>\s*(.*)$/.exec(line) ?? []
    Object.assign(this.#message, { reversePath: path, mailParameters: parameters, forwardPaths: [] })
    await this.#do('mail', line, '250 2.1.0 OK')
  }

  async #recipient(line: string): Promise<void> {
    const code = await this.#do('rcpt', line, '250 2.1.5 OK')
    if (code < 300) this.#message.forwardPaths.push(/<(.*)>/.exec(line)?.[1] ?? '')
  }

  async #data(line: string): Promise<void> {
    const usual = this.#message.forwardPaths.length > 0 ? '354 go ahead' : '554 5.5.1 no valid recipients'
    if ((await this.#do('data', line, usual)) !== 354) return
    await this.#octets(1)
    await this.#do('content', '', '')
    this.#message.octets = await this.#content()
    const code = await this.#do('body', '', `250 2.0.0 taken as ${this.#sink.messages.length + 1}`)
    if (code < 300) this.#sink.messages.push(this.#message)
    this.#message = this.#fresh(this.#message.helo)
    this.#sink.note()
  }

  async #reset(line: string): Promise<void> {
    this.#message = this.#fresh(this.#message.helo)
    await this.#do('rset', line, '250 2.0.0 OK')
  }

  async #quit(line: string): Promise<void> {
    await this.#do('quit', line, '221 2.0.0 bye')
    this.#socket.end()
    throw new SessionOver()
  }

  /** Acts in a phase; gives the reply code, 0 for none. */
  async #do(phase: SinkPhase, line: string, usual: string): Promise<number> {
    const action = (await this.#sink.actionFor({ phase, line, message: this.#message })) ?? usual
    if (typeof action === 'string') return this.#reply(action)
    if (typeof action === 'function') throw new TypeError('a decision must not be another decision')
    if (action.do === 'nothing') return 999
    if (action.do === 'reset' && !this.#isTls()) this.#socket.resetAndDestroy()
    this.#socket.destroy()
    throw new SessionOver()
  }

  #reply(text: string): number {
    if (text !== '') this.#socket.write(`${text.replaceAll('\n', '\r\n')}\r\n`)
    return Number(text.slice(0, 3))
  }

  async #content(): Promise<Buffer> {
    if ((await this.#octets(3)).toString('latin1') === '.\r\n') {
      await this.#until('.\r\n')
      return Buffer.alloc(0)
    }
    const stuffed = (await this.#until('\r\n.\r\n')).subarray(0, -3)
    return Buffer.from(stuffed.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1')
  }

  /** Takes the octets up to and with a mark. */
  async #until(mark: string): Promise<Buffer> {
    let searched = 0
    for (;;) {
      const at = this.#input.unread.indexOf(mark, searched, 'latin1')
      if (at >= 0) return this.#input.take(at + mark.length)
      searched = Math.max(0, this.#input.unread.length - mark.length)
      await this.#more()
    }
  }

  /** Looks at the next octets without taking them. */
  async #octets(count: number): Promise<Buffer> {
    while (this.#input.unread.length < count) await this.#more()
    return this.#input.unread.subarray(0, count)
  }

  async #more(): Promise<void> {
    if (this.#isClosed) throw new SessionOver()
    await new Promise<void>(resolve => {
      this.#wake = resolve
    })
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#input.add(chunk)
      this.#wake()
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
  }

  #isTls(): boolean {
    return this.#socket instanceof TLSSocket
  }

  #fresh(helo: string): SinkMessage {
    return {
      helo,
      clientAddress: this.#clientAddress,
      reversePath: '',
      mailParameters: '',
      forwardPaths: [],
      octets: Buffer.alloc(0),
      isTls: this.#isTls(),
      connection: this.#connection,
    }
  }
}
