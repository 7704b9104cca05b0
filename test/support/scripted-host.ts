/**
 * A host that answers command lines with whatever octets a test gives, one to one or not: its replies may be too many, too few, or
 * no replies. It takes a message after 354 only.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Octets for one command line, CRLF included; undefined: the ordinary reply. `body` stands for the end of a message. */
export type Script = (line: string, host: ScriptedHost) => string | readonly string[] | undefined

const ordinary: readonly (readonly [RegExp, string])[] = [
  [/^(EHLO|HELO)/i, '250-host.example\r\n250 8BITMIME\r\n'],
  [/^DATA$/i, '354 go ahead\r\n'],
  [/^QUIT$/i, '221 bye\r\n'],
  [/^/, '250 ok\r\n'],
]

/** Parts of an answer leave a moment apart, and before anything of the next answer. */
async function writeInPieces(socket: Socket, parts: readonly string[]): Promise<void> {
  for (const [at, part] of parts.entries()) {
    if (at > 0) await pause(20)
    socket.write(part)
  }
}

export class ScriptedHost {
  /** Every command line of every connection; `body` where a message ended. */
  readonly lines: string[] = []
  /** Messages that came whole, taken or not. */
  readonly messages: string[] = []
  /** Octets of contents that came, also of messages without an end. */
  contentOctets = 0
  /** Pieces in which commands came. */
  readonly pieces: string[] = []
  readonly #server: Server
  readonly #script: Script
  readonly #sockets = new Set<Socket>()
  /** Drops what comes together with a command, as some filters do. */
  readonly #isOneByOne: boolean

  private constructor(script: Script, isOneByOne: boolean) {
    this.#script = script
    this.#isOneByOne = isOneByOne
    this.#server = createServer({ noDelay: true }, socket => this.#serve(socket))
  }

  static async start(
    script: Script,
    { oneByOne = false, address = '127.0.0.1' } = {},
  ): Promise<ScriptedHost> {
    const host = new ScriptedHost(script, oneByOne)
    host.#server.listen(0, address)
    await once(host.#server, 'listening')
    return host
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    let input = ''
    let isContent = false
    let answering = Promise.resolve()
    const answer = (line: string) => {
      this.lines.push(line)
      const usual = ordinary.find(([pattern]) => pattern.test(line))?.[1] ?? ''
      const scripted = this.#script(line, this) ?? usual
      const parts = typeof scripted === 'string' ? [scripted] : scripted
      answering = answering.then(() => writeInPieces(socket, parts))
      isContent = /^DATA$/i.test(line) && parts.some(part => /(^|\n)354/.test(part))
    }
    socket.write(this.#script('', this)?.toString() ?? '220 host.example\r\n')
    socket.on('data', (chunk: Buffer) => {
      if (!isContent) this.pieces.push(chunk.toString('latin1'))
      input += chunk.toString('latin1')
      for (;;) {
        const mark = isContent ? '\r\n.\r\n' : '\r\n'
        if (isContent) this.contentOctets += input.length
        const end = input.indexOf(mark)
        if (end < 0) return
        const taken = input.slice(0, end)
        input = this.#isOneByOne && !isContent ? '' : input.slice(end + mark.length)
        if (isContent) this.messages.push(taken)
        if (isContent) answer('body')
        else answer(taken)
      }
    })
  }
}
