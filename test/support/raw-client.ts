/** A scripted SMTP client over plain sockets: it sends exactly the octets it is told to, however rude. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket, type ConnectionOptions as TlsOptions } from 'node:tls'

export interface RawClientSettings {
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** TLS from the first octet. */
  readonly tls?: TlsOptions
  /** Local address to connect from; any address of 127.0.0.0/8 can play another client. */
  readonly localAddress?: string
  /** The own side stays open when the other side is closed. */
  readonly allowHalfOpen?: boolean
}

/** The other side closed the connection while a line was awaited. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed'
}

export class RawClient {
  /** Resolves when the other side has closed the connection, in whatever way. */
  readonly closed: Promise<void>
  #socket: Socket | TLSSocket
  #text = ''
  #isClosed = false
  #wake: () => void = () => undefined

  private constructor(socket: Socket | TLSSocket) {
    this.#socket = socket
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    this.#listen(socket, resolve)
  }

  static async connect(settings: RawClientSettings): Promise<RawClient> {
    const { port, host = '127.0.0.1', tls, localAddress, allowHalfOpen = false } = settings
    const target = { port, host, allowHalfOpen, ...(localAddress !== undefined && { localAddress }) }
    const socket = tls === undefined ? connect(target) : connectTls({ ...tls, ...target })
    socket.setNoDelay(true)
    const client = new RawClient(socket)
    await once(socket, tls === undefined ? 'connect' : 'secureConnect')
    return client
  }

  /** Everything received and not read yet. */
  get unread(): string {
    return this.#text
  }

  get socket(): Socket | TLSSocket {
    return this.#socket
  }

  /** Sends octets; text is sent as UTF-8, nothing is added. Resolves when the system has taken them. */
  write(octets: string | Buffer): Promise<void> {
    return new Promise(resolve => this.#socket.write(octets, () => resolve()))
  }

  /** The next line without its CRLF; rejects with ConnectionClosed when there will be none. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        return line
      }
      if (this.#isClosed) throw new ConnectionClosed(`closed, unread: ${JSON.stringify(this.#text)}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** The next reply; its lines are joined by line feeds. */
  async reply(): Promise<string> {
    const lines = [await this.line()]
    while (/^\d{3}-/.test(lines.at(-1) ?? '')) lines.push(await this.line())
    return lines.join('\n')
  }

  /** Sends a line with CRLF and gives the reply. */
  async command(line: string): Promise<string> {
    await this.write(`${line}\r\n`)
    return await this.reply()
  }

  /** Sends lines one after the other, each when the one before was answered; gives the replies. */
  async commands(...lines: readonly string[]): Promise<string[]> {
    const replies: string[] = []
    for (const line of lines) replies.push(await this.command(line))
    return replies
  }

  /** TLS over the open connection, after the reply to STARTTLS. */
  async startTls(options: TlsOptions): Promise<void> {
    this.#socket.removeAllListeners('data')
    const secure = connectTls({ ...options, socket: this.#socket })
    this.#socket = secure
    this.#listen(secure, () => undefined)
    await once(secure, 'secureConnect')
  }

  /** Closes the own side. */
  end(): void {
    this.#socket.end()
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Closes with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  #listen(socket: Socket | TLSSocket, onClose: () => void): void {
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString()
      this.#wake()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
      onClose()
    })
  }
}
