/**
 * The message in the form in which nodemailer takes it, a stream, but one that writes to the socket itself.
 *
 * nodemailer pipes a message through its own stream, which looks at every octet, rewrites lone CR and LF, and lets the
 * final dot leave in a segment of its own. Here the octets are prepared beforehand (message-data.ts): a message of up
 * to 64 KiB leaves with its final dot in one write, a larger one in blocks as fast as the peer takes them.
 */
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { type DataBlock, dataBlocks } from './message-data.ts'

export class MessageBody extends Readable {
  readonly #chunks: readonly Buffer[]
  readonly #socket: () => Socket
  readonly #events: { begins(): void; ends(): void }
  #finalDotGiven = false
  #hasLeft = false

  /**
   * @param chunks the message
   * @param socket the socket that the session uses by then: STARTTLS replaces it
   * @param events begins: DATA was answered and the message is on its way; ends: its last octet has left
   */
  constructor(chunks: readonly Buffer[], socket: () => Socket, events: { begins(): void; ends(): void }) {
    super()
    this.#chunks = chunks
    this.#socket = socket
    this.#events = events
  }

  /** The end of the message was given to the connection: from now on the peer may have taken it. */
  get finalDotGiven(): boolean {
    return this.#finalDotGiven
  }

  /** Its last octet has left this program: only from then on a reply can be one to the whole message. */
  get hasLeft(): boolean {
    return this.#hasLeft
  }

  /** Called by nodemailer after the reply to DATA with the stream that it has joined to the socket. */
  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    if (destination instanceof Readable) destination.unpipe()
    this.#events.begins()
    this.#write(dataBlocks(this.#chunks))
    return destination
  }

  override _read(): void {
    // Nothing reads this stream: pipe() writes to the socket.
  }

  #write(blocks: Iterator<DataBlock, void>): void {
    const socket = this.#socket()
    if (this.destroyed || socket.destroyed) return
    for (let block = blocks.next(); block.done !== true; block = blocks.next()) {
      const { octets, isLast } = block.value
      if (isLast) this.#finalDotGiven = true
      const taken = socket.write(octets, isLast ? this.#ended : undefined)
      if (isLast || taken) continue
      socket.once('drain', () => this.#write(blocks))
      return
    }
  }

  readonly #ended = (error?: Error | null) => {
    if (error !== undefined && error !== null) return
    this.#hasLeft = true
    this.#events.ends()
  }
}
