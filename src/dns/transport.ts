/**
 * Takes one question to one name server and brings back what it sent. Every question over UDP has a socket of its own, connected to the
 * server: the kernel chooses a new source port each time, and lets nothing in from anywhere else (RFC 5452 section 9).
 */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import type { NameServer } from './name-server.ts'
import type { Query } from './query.ts'
import { type Reply, readReply } from './reply.ts'

/** Answers to something else before somebody is taken to be guessing; TCP cannot be answered by guesses. */
const maxUnrelated = 16

const noAnswer: Reply = { kind: 'failure', cause: 'no answer in time' }
const malformed: Reply = { kind: 'failure', cause: 'malformed answer' }

/** How long, after an answer in other letters, one in the right letters is waited for: a guess may have come first. */
const respelledGraceMilliseconds = 200

/** What came and was passed over: unless the answer comes, it tells why there is none. */
class PassedOver {
  #count = 0
  #last: Reply | undefined

  /** Takes note of what is not the answer; true once there was too much of it. */
  add(reply: Reply): boolean {
    if (reply.kind !== 'unrelated') this.#last = reply
    this.#count += 1
    return this.#count >= maxUnrelated
  }

  /** When nothing more is waited for. */
  get reply(): Reply {
    return this.#last?.kind === 'malformed' ? malformed : (this.#last ?? noAnswer)
  }
}

function isPassedOver({ kind }: Reply): boolean {
  return kind === 'unrelated' || kind === 'malformed' || kind === 'respelled'
}

/** Waits for an answer over UDP; what does not belong to the question, or cannot be read, is passed over. */
export function askOverUdp(
  server: NameServer,
  query: Query,
  octets: Buffer,
  timeoutMilliseconds: number,
): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>()
  const socket = createSocket(server.family === 4 ? 'udp4' : 'udp6')
  const passedOver = new PassedOver()
  const giveUp = () => resolve(passedOver.reply)
  const timers = [setTimeout(giveUp, timeoutMilliseconds)]
  const failed = (error: Error) => resolve(socketFailure(error))
  socket.on('error', failed)
  socket.on('message', message => {
    const reply = readReply(message, query)
    if (!isPassedOver(reply)) resolve(reply)
    else if (passedOver.add(reply)) resolve({ kind: 'truncated' })
    else if (reply.kind === 'respelled') timers.push(setTimeout(giveUp, respelledGraceMilliseconds))
  })
  socket.connect(server.port, server.address, (error?: Error) => {
    // Where there is no way to the server, there is no connection to send on.
    if (error === undefined || error === null) socket.send(octets, failure => failure && failed(failure))
    else failed(error)
  })
  return promise.finally(() => {
    for (const timer of timers) clearTimeout(timer)
    socket.close()
  })
}

/**
 * Waits for an answer over TCP (RFC 7766), where nothing is truncated: at most 65,535 octets. The time is that for the whole answer,
 * however it is dealt out, and so many answers that are passed over end it too.
 */
export function askOverTcp(
  server: NameServer,
  query: Query,
  octets: Buffer,
  timeoutMilliseconds: number,
): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>()
  const socket = connect({ host: server.address, port: server.port, family: server.family, noDelay: true })
  const passedOver = new PassedOver()
  const timer = setTimeout(() => resolve(passedOver.reply), timeoutMilliseconds)
  const answers = new LengthPrefixed(answer => {
    const reply = readReply(answer, query)
    // Nobody else can answer here: a server that says it in other letters does not keep them.
    if (reply.kind === 'unrelated' || reply.kind === 'malformed') {
      if (passedOver.add(reply)) resolve(malformed)
    } else resolve(reply.kind === 'truncated' ? malformed : reply)
  })
  socket.on('error', error => resolve(socketFailure(error)))
  socket.on('close', () => resolve({ kind: 'failure', cause: 'the server closed the connection' }))
  socket.on('data', (piece: Buffer) => answers.take(piece))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(octets.length)
  socket.write(Buffer.concat([length, octets]))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}

/** Cuts a stream into the messages before each of which its length stands, in two octets (RFC 1035 section 4.2.2). */
class LengthPrefixed {
  readonly #onMessage: (message: Buffer) => void
  /** The length first, then the message: what is being filled. */
  #part = Buffer.alloc(2)
  #filled = 0
  #isLength = true

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage
  }

  take(piece: Buffer): void {
    for (let at = 0; at < piece.length; ) {
      const copied = piece.copy(this.#part, this.#filled, at)
      at += copied
      this.#filled += copied
      if (this.#filled === this.#part.length) this.#partIsWhole()
    }
  }

  #partIsWhole(): void {
    const part = this.#part
    const nextLength = this.#isLength ? part.readUInt16BE() : 0
    if (!this.#isLength) this.#onMessage(part)
    // A message without octets is passed over like any other.
    else if (nextLength === 0) this.#onMessage(Buffer.alloc(0))
    this.#isLength = !this.#isLength || nextLength === 0
    this.#part = Buffer.alloc(this.#isLength ? 2 : nextLength)
    this.#filled = 0
  }
}

function socketFailure(error: Error): Reply {
  const code = 'code' in error ? String(error.code) : ''
  const cause = code === 'ECONNREFUSED' ? 'no name server listens' : error.message
  return { kind: 'failure', cause }
}
