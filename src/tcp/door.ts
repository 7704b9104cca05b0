/**
 * A bound TCP port. What stands behind it can change while the port stays open: a connection goes to the server that is behind it
 * when it comes, so that no client is refused while settings change.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'

/**
 * Of several processes with the same ports (node:cluster) each listens by itself: the system hands out the connections, by their addresses, and
 * resets those that a process had not taken yet when it ends. Elsewhere, and for a port that is still to be chosen, the first process takes the
 * connections and hands them on.
 */
const sharesPorts = cluster.isWorker && process.platform === 'linux'

export interface DoorSettings {
  readonly address: string
  /** 0 takes a free one. */
  readonly port: number
}

export class Door {
  readonly address: string
  readonly port: number
  readonly #server: Server
  #behind: Server | undefined

  private constructor(server: Server) {
    const { address, port } = server.address() as AddressInfo
    this.address = address
    this.port = port
    this.#server = server
    server.on('connection', (socket: Socket) => this.#pass(socket))
  }

  /** @throws Error of the system when the address cannot be bound */
  static async open({ address, port }: DoorSettings): Promise<Door> {
    const server = createServer()
    server.listen({ port, host: address, reusePort: sharesPorts && port > 0 })
    await once(server, 'listening')
    return new Door(server)
  }

  /**
   * Connections from now on go to this server, which does not listen itself; those before stay where they are.
   *
   * @param maxConnections open at the same time, older ones included; further ones are closed at once
   */
  leadTo(server: Server, maxConnections: number): void {
    this.#behind = server
    this.#server.maxConnections = maxConnections
  }

  /** Takes no connection any more; those that are open are left alone. */
  close(): void {
    this.#server.close()
  }

  #pass(socket: Socket): void {
    if (this.#behind === undefined) socket.destroy()
    else this.#behind.emit('connection', socket)
  }
}
