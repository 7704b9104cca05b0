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
import type { HeldContent, NoContent } from './outcome.ts'

export interface BodyEvents {
  /** DATA was answered and the message is wanted. */
  begins(): void
  /** Its last octet has left. */
  ends(): void
  /** It cannot be read: nothing of it was sent, and the session is of no use any more. */
  failed(reason: string): void
}

export class MessageBody extends Readable {
  readonly #hold: () => Promise<HeldContent | NoContent>
  readonly #socket: () => Socket
  readonly #events: BodyEvents
  #held: HeldContent | undefined
  #isOver = false
  #finalDotGiven = false
  #hasLeft = false

  /**
   * @param hold reads the message
   * @param socket the socket that the session uses by then: STARTTLS replaces it
   */
  constructor(hold: () => Promise<HeldContent | NoContent>, socket: () => Socket, events: BodyEvents) {
    super()
    this.#hold = hold
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
    this.#hold().then(
      held => this.#got(held),
      (error: unknown) => this.#events.failed(error instanceof Error ? error.message : String(error)),
    )
    return destination
  }

  /** Nothing more is sent: the octets are given back, also those that are still being read. */
  release(): void {
    this.#isOver = true
    this.#held?.release()
    this.#held = undefined
  }

  #got(held: HeldContent | NoContent): void {
    if ('unavailable' in held) {
      this.#events.failed(held.unavailable)
      return
    }
    this.#held = held
    if (this.#isOver) this.release()
    else this.#write(dataBlocks(held.chunks))
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
    this.release()
    this.#events.ends()
  }
}
