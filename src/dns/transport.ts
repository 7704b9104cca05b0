/**
 * Takes one question to one name server and brings back what it sent. Every question over UDP has a socket of its own, connected to the
 * server: the kernel chooses a new source port each time, and lets nothing in from anywhere else (RFC 5452 section 9).
 */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import type { NameServer } from './name-server.ts'
import type { Query } from './query.ts'
import { type Reply, readReply } from './reply.ts'

/** Datagrams that answer something else before somebody is taken to be guessing; TCP cannot be answered by guesses. */
const maxUnrelated = 16

const noAnswer: Reply = { kind: 'failure', cause: 'no answer in time' }

/** Waits for an answer over UDP; what does not belong to the question is passed over. */
export function askOverUdp(
  server: NameServer,
  query: Query,
  octets: Buffer,
  timeoutMilliseconds: number,
): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>()
  const socket = createSocket(server.family === 4 ? 'udp4' : 'udp6')
  const timer = setTimeout(resolve, timeoutMilliseconds, noAnswer)
  const failed = (error: Error) => resolve(socketFailure(error))
  let unrelated = 0
  socket.on('error', failed)
  socket.on('message', message => {
    const reply = readReply(message, query)
    if (reply.kind !== 'unrelated') resolve(reply)
    else if (++unrelated >= maxUnrelated) resolve({ kind: 'truncated' })
  })
  socket.connect(server.port, server.address, (error?: Error) => {
    // Where there is no way to the server, there is no connection to send on.
    if (error === undefined || error === null) socket.send(octets, failure => failure && failed(failure))
    else failed(error)
  })
  return promise.finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

/** Waits for an answer over TCP (RFC 7766), where nothing is truncated: at most 65,535 octets. */
export function askOverTcp(
  server: NameServer,
  query: Query,
  octets: Buffer,
  timeoutMilliseconds: number,
): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>()
  const socket = connect({ host: server.address, port: server.port, family: server.family, noDelay: true })
  const timer = setTimeout(resolve, timeoutMilliseconds, noAnswer)
  const pieces: Buffer[] = []
  let received = 0
  socket.on('error', error => resolve(socketFailure(error)))
  socket.on('close', () => resolve({ kind: 'failure', cause: 'the server closed the connection' }))
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece)
    received += piece.length
    const wanted = received < 2 ? 2 : 2 + firstTwo(pieces).readUInt16BE()
    if (received < wanted || received < 2) return
    resolve(lastWord(readReply(Buffer.concat(pieces).subarray(2, wanted), query)))
  })
  const length = Buffer.alloc(2)
  length.writeUInt16BE(octets.length)
  socket.write(Buffer.concat([length, octets]))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}

/** The length that stands before the answer, which may have come in two pieces. */
function firstTwo(pieces: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0)] = pieces
  return first.length >= 2 ? first : Buffer.concat(pieces)
}

/** Over TCP there is nobody else whose answer it could be, and no larger one to be had. */
function lastWord(reply: Reply): Reply {
  const isUseless = reply.kind === 'unrelated' || reply.kind === 'truncated'
  return isUseless ? { kind: 'failure', cause: 'malformed answer' } : reply
}

function socketFailure(error: Error): Reply {
  const code = 'code' in error ? String(error.code) : ''
  const cause = code === 'ECONNREFUSED' ? 'no name server listens' : error.message
  return { kind: 'failure', cause }
}
