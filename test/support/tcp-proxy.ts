/** A line between a client and a server that can be slow, hang, or be cut at a chosen moment. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What becomes of a piece that a client sends. `lost`: the line is cut before it; `unanswered`: after it, and no answer comes back. */
export type Fate = 'forwarded' | 'lost' | 'unanswered'

interface Line {
  readonly client: Socket
  readonly server: Socket
  isAnswered: boolean
}

export class TcpProxy {
  /** Milliseconds that each piece takes, in each direction. */
  delayMilliseconds = 0
  /** Nothing passes, and nothing is cut. */
  isStalled = false
  /** Connections are refused. */
  isDown = false
  /** Decides on each piece from a client. */
  decide: (piece: Buffer) => Fate = () => 'forwarded'
  readonly #server: Server
  readonly #lines = new Set<Line>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(targetPort: number, delayMilliseconds = 0): Promise<TcpProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new TcpProxy(server)
    proxy.delayMilliseconds = delayMilliseconds
    server.on('connection', client => proxy.#join(client, targetPort))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every line. */
  cut(): void {
    for (const line of this.#lines) this.#cut(line)
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket, targetPort: number): void {
    if (this.isDown) return void client.destroy()
    const line: Line = {
      client,
      server: connect({ port: targetPort, host: '127.0.0.1', noDelay: true }),
      isAnswered: true,
    }
    this.#lines.add(line)
    for (const socket of [client, line.server]) {
      socket.on('error', () => this.#cut(line))
      socket.on('close', () => this.#cut(line))
    }
    client.on('data', piece => this.#toServer(line, piece))
    line.server.on('data', piece => {
      if (line.isAnswered) this.#later(() => line.client.write(piece))
    })
  }

  #toServer(line: Line, piece: Buffer): void {
    const fate = this.decide(piece)
    if (fate === 'lost') return this.#cut(line)
    if (fate === 'unanswered') line.isAnswered = false
    this.#later(() => line.server.write(piece, () => fate === 'unanswered' && this.#cutSoon(line)))
  }

  /** When the server has had the time to do what it was told; it may still be busy with it. */
  #cutSoon(line: Line): void {
    setTimeout(() => this.#cut(line), 20)
  }

  #later(act: () => void): void {
    if (this.isStalled) setTimeout(() => this.#later(act), 5)
    else if (this.delayMilliseconds > 0) setTimeout(act, this.delayMilliseconds)
    else act()
  }

  #cut(line: Line): void {
    this.#lines.delete(line)
    line.client.destroy()
    line.server.destroy()
  }
}
