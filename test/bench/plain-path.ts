/**
 * What the relay is compared with, a process of its own: the same packages and nothing else. A message comes in through
 * smtp-server, is on disk before its 250, goes out through nodemailer's pool and leaves the queue. Nothing is verified,
 * parsed, signed or logged.
 */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createTransport } from 'nodemailer'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import { takeOrders } from './orders.ts'
import { PlainStore } from './plain-store.ts'

/** Copies whose rows one commit has. */
const plannedAtOnce = 500

export interface PlainOrder {
  readonly database: string
  readonly commitDelayMilliseconds: number
  readonly sinkPort: number
  /** Connections to the sink, and messages over each: as the relay has it. */
  readonly maxConnections: number
  readonly maxMessagesPerConnection: number
}

export interface PlainPorts {
  /** Greets at once. */
  readonly prompt: number
  /** Greets after the 100 ms of smtp-server. */
  readonly waiting: number
}

/** smtp-server's connection without its wait for early talkers. */
class PromptConnection extends SMTPConnection {
  override init(): void {
    this._setListeners(() => this.connectionReady())
  }
}

class PromptServer extends SMTPServer {
  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new PromptConnection(this, socket, options)
    this.connections.add(connection)
    connection.on('error', error => this.emit('error', error))
    connection.init()
  }
}

async function start(order: PlainOrder): Promise<PlainPorts> {
  const store = new PlainStore(order.database, order.commitDelayMilliseconds)
  const transport = createTransport({
    pool: true,
    host: '127.0.0.1',
    port: order.sinkPort,
    ignoreTLS: true,
    maxConnections: order.maxConnections,
    maxMessages: order.maxMessagesPerConnection,
  })

  const sent: Promise<void>[] = []

  async function forward(id: number, from: string, to: readonly string[], octets: Buffer): Promise<void> {
    await transport.sendMail({ envelope: { from, to: [...to] }, raw: octets })
    store.remove(id)
  }

  /** As many copies as a list has subscribers: a row for each, so that none would be lost, and the message once. */
  async function fanOut(id: number, from: string, copies: number, octets: Buffer): Promise<void> {
    const paths = Array.from({ length: copies }, (_, at) => `subscriber${at}@destination.example`)
    for (let at = 0; at < copies; at += plannedAtOnce) {
      const page = paths.slice(at, at + plannedAtOnce)
      const rows = await Promise.all(
        page.map(path => store.insert(JSON.stringify({ from, to: [path], of: id }), Buffer.alloc(0))),
      )
      for (const [index, path] of page.entries()) sent.push(forward(rows[index] ?? 0, from, [path], octets))
    }
    await Promise.all(sent.splice(0))
    store.remove(id)
  }

  const options: SMTPServerOptions = {
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const octets = Buffer.concat(chunks)
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        const to = rcptTo.map(recipient => recipient.address)
        const id = await store.insert(JSON.stringify({ from, to }), octets)
        done(null, `queued as ${id}`)
        const copies = copiesAsked(to)
        await (copies === undefined ? forward(id, from, to, octets) : fanOut(id, from, copies, octets))
      })
    },
  }
  return { prompt: await listen(new PromptServer(options)), waiting: await listen(new SMTPServer(options)) }
}

/** `list+N@...` asks for N copies. */
function copiesAsked(to: readonly string[]): number | undefined {
  const copies = /^list\+(\d+)@/.exec(to[0] ?? '')?.[1]
  return copies === undefined ? undefined : Number(copies)
}

async function listen(server: SMTPServer): Promise<number> {
  // A client that goes away is no reason to end.
  server.on('error', () => undefined)
  const { server: socket } = server
  server.listen(0, '127.0.0.1')
  await once(socket, 'listening')
  return (socket.address() as AddressInfo).port
}

takeOrders({ start })
