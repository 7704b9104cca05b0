/**
 * The next hop of the bench, a process of its own: takes every message, remembers when each one was complete, and does as
 * little as possible besides.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { takeOrders } from './orders.ts'
import { benchIdPattern, messageEnd, nowMilliseconds } from './wire.ts'

/** The header fields that a relay adds stay above the id of the bench; they are well below this. */
const searchedHeaderBytes = 16_384

const endAndQuit = Buffer.concat([messageEnd, Buffer.from('QUIT\r\n')])

/** When each message was complete, by its id. */
let arrivals = new Map<number, number>()
let count = 0
let firstArrivalAt = 0
let lastArrivalAt = 0
/** Different forward-paths, where they are counted. */
let paths: Set<string> | undefined
/** The beginning of the message that came last. */
let lastHeader = ''
let awaited: { readonly count: number; readonly resolve: (lastArrivalAt: number) => void } | undefined

class SinkSession {
  readonly #socket: Socket
  #commands = ''
  #inMessage = false
  /** The beginning of the message, until its id was found. */
  #head = ''
  #id: number | undefined
  /** The last octets of the message so far. */
  #tail: Buffer = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk => (this.#inMessage ? this.#content(chunk) : this.#command(chunk)))
    socket.write('220 sink.destination.example ESMTP\r\n')
  }

  #command(chunk: Buffer): void {
    this.#commands += chunk.toString('latin1')
    const lines = this.#commands.split('\r\n')
    this.#commands = lines.pop() ?? ''
    for (const line of lines) if (paths !== undefined && line.startsWith('RCPT')) paths.add(line)
    const replies = lines.map(line => this.#replyTo(line.slice(0, 4).toUpperCase()))
    if (replies.length > 0) this.#socket.write(replies.join(''))
  }

  #replyTo(verb: string): string {
    if (verb === 'DATA') {
      this.#inMessage = true
      return '354 go on\r\n'
    }
    if (verb === 'QUIT') setImmediate(() => this.#socket.end())
    if (verb === 'EHLO') {
      return '250-sink.destination.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n'
    }
    return verb === 'QUIT' ? '221 2.0.0 bye\r\n' : '250 2.0.0 ok\r\n'
  }

  /** The end stands at the end of a chunk: nobody sends anything behind it before it is answered but QUIT, which Postfix does. */
  #content(chunk: Buffer): void {
    if (this.#id === undefined && this.#head.length < searchedHeaderBytes) this.#searchId(chunk)
    this.#tail =
      chunk.length >= endAndQuit.length
        ? chunk.subarray(-endAndQuit.length)
        : Buffer.concat([this.#tail, chunk]).subarray(-endAndQuit.length)
    const isLast = this.#tail.equals(endAndQuit)
    if (!isLast && !this.#tail.subarray(-messageEnd.length).equals(messageEnd)) return
    arrived(this.#id)
    lastHeader = this.#head
    this.#inMessage = false
    this.#head = ''
    this.#id = undefined
    this.#tail = Buffer.alloc(0)
    this.#socket.write(isLast ? `250 2.0.0 taken\r\n${this.#replyTo('QUIT')}` : '250 2.0.0 taken\r\n')
  }

  #searchId(chunk: Buffer): void {
    this.#head += chunk.toString('latin1', 0, searchedHeaderBytes)
    const id = benchIdPattern.exec(this.#head)?.[1]
    if (id !== undefined) this.#id = Number(id)
  }
}

function arrived(id: number | undefined): void {
  lastArrivalAt = nowMilliseconds()
  if (count === 0) firstArrivalAt = lastArrivalAt
  if (id !== undefined) arrivals.set(id, lastArrivalAt)
  count++
  if (awaited !== undefined && count >= awaited.count) awaited.resolve(lastArrivalAt)
}

const server = createServer({ noDelay: true }, socket => new SinkSession(socket))

takeOrders({
  listen: async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  },
  /** Forgets the messages so far. */
  reset: (order: { readonly countsPaths?: boolean } | null) => {
    paths = order?.countsPaths ? new Set() : undefined
    arrivals = new Map()
    count = 0
    awaited = undefined
  },
  /** Answers with the time of the last arrival as soon as so many messages are there. */
  expect: (expected: number) => {
    if (count >= expected) return lastArrivalAt
    return new Promise<number>(resolve => {
      awaited = { count: expected, resolve }
    })
  },
  count: () => count,
  countPaths: () => paths?.size ?? 0,
  firstArrival: () => firstArrivalAt,
  lastHeader: () => lastHeader,
  arrivals: () => [...arrivals],
})
