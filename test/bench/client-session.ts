/** One SMTP session of the load client, straight on a socket: one command at a time, as smtp-source does it. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { reversePath } from './messages.ts'
import { benchIdField, nowMilliseconds } from './wire.ts'

export class ClientSession {
  readonly #socket: Socket
  #received = ''
  #answer: PromiseWithResolvers<string> | undefined
  #failure: Error | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', error => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the connection was closed')))
  }

  /** Connects and says EHLO. */
  static async open(port: number): Promise<ClientSession> {
    const session = new ClientSession(connect(port, '127.0.0.1'))
    await session.#reply('220')
    await session.#say('EHLO client.origin.example\r\n', '250')
    return session
  }

  /**
   * Sends a message.
   *
   * @param octets with its final dot
   * @returns when all of it was given to the socket, in milliseconds of the shared clock
   */
  async send(id: number, recipient: string, octets: Buffer): Promise<number> {
    await this.#say(`MAIL FROM:<${reversePath}>\r\n`, '250')
    await this.#say(`RCPT TO:<${recipient}>\r\n`, '250')
    await this.#say('DATA\r\n', '354')
    this.#socket.cork()
    this.#socket.write(benchIdField(id))
    this.#socket.write(octets)
    this.#socket.uncork()
    const sentAt = nowMilliseconds()
    await this.#reply('250')
    return sentAt
  }

  async quit(): Promise<void> {
    await this.#say('QUIT\r\n', '221')
    if (!this.#socket.closed) {
      const closed = once(this.#socket, 'close')
      this.#socket.end()
      await closed
    }
  }

  #say(line: string, expected: string): Promise<void> {
    this.#socket.write(line)
    return this.#reply(expected)
  }

  async #reply(expected: string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    this.#answer = Promise.withResolvers()
    const reply = await this.#answer.promise
    if (!reply.startsWith(expected)) throw new Error(`expected ${expected}, the server said: ${reply}`)
  }

  /** A reply is complete when its last line has a space after the code. */
  #read(text: string): void {
    this.#received += text
    if (!/^\d{3} [^\n]*\n$/m.test(this.#received)) return
    const reply = this.#received
    this.#received = ''
    const answer = this.#answer
    this.#answer = undefined
    answer?.resolve(reply)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#answer?.reject(this.#failure)
    this.#answer = undefined
  }
}
