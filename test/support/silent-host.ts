/** A host that answers no attempt to connect, as one behind a router that drops packets: the connection just never comes about. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Listens and never accepts; once its short queue is full, the system leaves further attempts unanswered. */
const program = `
  const server = require('node:net').createServer()
  server.listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port) + '\\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

/** More than fit into the queue of the system. */
const fillers = 8

export class SilentHost {
  readonly address: string
  readonly port: number
  readonly #child: ChildProcess
  readonly #sockets: readonly Socket[]

  private constructor(address: string, port: number, child: ChildProcess, sockets: readonly Socket[]) {
    this.address = address
    this.port = port
    this.#child = child
    this.#sockets = sockets
  }

  /** @param address one of 127.0.0.0/8, so that it can have the port of another host */
  static async start(address: string, port = 0): Promise<SilentHost> {
    const child = spawn(process.execPath, ['-e', program, address, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const taken = Number(line.toString())
    const sockets = Array.from({ length: fillers }, () => connect({ host: address, port: taken }))
    for (const socket of sockets) socket.on('error', () => undefined)
    // The first ones come about; from then on the queue is full.
    await Promise.all(sockets.slice(0, 2).map(socket => once(socket, 'connect')))
    return new SilentHost(address, taken, child, sockets)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}
