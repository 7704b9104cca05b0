/** A link between two hosts that takes its time and is not always up: octets leave as late as light would, and outages cut what is under way. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export class SpaceLink {
  /** Connections so far, those in vain included. */
  connections = 0
  /** Connections that an outage has cut or refused. */
  cut = 0
  readonly #lightMilliseconds: number
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #isUp = true
  #target = 0
  #timer: NodeJS.Timeout | undefined

  private constructor(lightMilliseconds: number) {
    this.#lightMilliseconds = lightMilliseconds
    this.#server = createServer(socket => this.#carry(socket))
  }

  static async start(lightMilliseconds = 0): Promise<SpaceLink> {
    const link = new SpaceLink(lightMilliseconds)
    link.#server.listen(0, '127.0.0.1')
    await once(link.#server, 'listening')
    return link
  }

  /** Where this end listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The port of the far end. */
  leadTo(port: number): void {
    this.#target = port
  }

  /** An outage cuts every connection in the middle of whatever it carries. */
  turn(isUp: boolean): void {
    this.#isUp = isUp
    if (isUp) return
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Up and down in turn, from now on. */
  alternate(upMilliseconds: number, downMilliseconds: number, isUp = false): void {
    clearTimeout(this.#timer)
    this.turn(isUp)
    const lasts = isUp ? upMilliseconds : downMilliseconds
    this.#timer = setTimeout(() => this.alternate(upMilliseconds, downMilliseconds, !isUp), lasts)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.turn(false)
    await closed
  }

  #carry(near: Socket): void {
    this.connections++
    if (!this.#isUp) {
      this.cut++
      near.on('error', () => undefined).destroy()
      return
    }
    const far = connect(this.#target, '127.0.0.1')
    this.#join(near, far)
    this.#join(far, near)
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('error', () => undefined)
    from.on('data', octets => this.#later(() => to.writable && to.write(octets)))
    from.on('end', () => this.#later(() => to.end()))
    from.on('close', () => {
      this.#sockets.delete(from)
      if (!this.#isUp && from.remotePort !== undefined) this.cut++
      this.#later(() => to.destroy())
    })
  }

  #later(work: () => unknown): void {
    if (this.#lightMilliseconds === 0) work()
    else setTimeout(work, this.#lightMilliseconds)
  }
}
