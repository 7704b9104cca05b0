/**
 * Takes a Batch SMTP object (RFC 2442): the commands of an SMTP client that waited for no reply. A session answers them as it answers
 * those that come over SMTP, one reply to each command and to the end of each message, refused ones included, so that whoever made
 * the object can tell what every reply belongs to.
 */
import { commandText } from '../../smtp/command.ts'
import * as replies from '../../smtp/replies.ts'
import { formatReply, type SmtpReply } from '../../smtp/reply.ts'
import { MessageCollector } from '../message-collector.ts'
import type { Client, SessionDependencies } from '../session.ts'
import { Session } from '../session.ts'

export interface BatchBounds {
  /** Octets of the object. */
  readonly maxObjectBytes: number
  /** Commands and messages; each has a reply. */
  readonly maxReplies: number
}

/** Why an object is not read to its end. What it held up to there was taken. */
export type BatchFault = 'too large' | 'too many commands' | 'not Batch SMTP' | 'cut off'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const nothing = Buffer.alloc(0)

/** Nobody waits in this session: what was received whole is dealt with, whoever has gone. */
const neverGone = new AbortController().signal

export class BatchProcessor {
  readonly #surroundings: SessionDependencies
  readonly #bounds: BatchBounds
  readonly #session: Session
  readonly #replies: SmtpReply[] = []
  /** The message that is coming in, and the reply that has refused it already. */
  #message: { readonly collector: MessageCollector; readonly refusal: SmtpReply | undefined } | undefined
  #line: Buffer = nothing
  #octets = 0
  #hasQuit = false
  #fault: BatchFault | undefined

  constructor(surroundings: SessionDependencies, client: Client, bounds: BatchBounds) {
    this.#surroundings = surroundings
    this.#session = new Session(surroundings, client)
    this.#bounds = bounds
  }

  /** What the object has come to so far, in the words of an SMTP server. */
  get transcript(): string {
    return this.#replies.map(formatReply).join('')
  }

  /** Every message so far was taken for all its recipients. */
  get isAllTaken(): boolean {
    return this.#replies.every(({ code }) => code < 400)
  }

  get fault(): BatchFault | undefined {
    return this.#fault
  }

  /** Reads on; resolves when everything in these octets is answered. Rejects when a hook does. */
  async feed(octets: Buffer): Promise<void> {
    const room = Math.max(0, this.#bounds.maxObjectBytes - this.#octets)
    this.#octets += octets.length
    const within = octets.subarray(0, room)
    for (let at = 0; at < within.length && !this.#isOver; ) {
      const rest = within.subarray(at)
      at += this.#message === undefined ? await this.#command(rest) : await this.#content(rest)
    }
    if (octets.length > room && !this.#isOver) this.#fail('too large')
  }

  get #isOver(): boolean {
    return this.#fault !== undefined || this.#hasQuit
  }

  /** The object is over. */
  end(): void {
    if (!this.#hasQuit && (this.#message !== undefined || this.#line.length > 0)) this.#fail('cut off')
    this.#message?.collector.release()
  }

  /** Reads a piece of a command line; answers how many octets. */
  async #command(octets: Buffer): Promise<number> {
    const found = octets.indexOf(lineFeed)
    const end = found < 0 ? octets.length : found + 1
    this.#line = Buffer.concat([this.#line, octets.subarray(0, end)])
    if (this.#line.length > this.#surroundings.settings.limits.maxCommandBytes) this.#fail('not Batch SMTP')
    if (found < 0) return end
    const line = this.#line
    this.#line = nothing
    if (line.at(-2) !== carriageReturn) this.#fail('not Batch SMTP')
    if (this.#fault === undefined) await this.#answer(line.subarray(0, -2))
    return end
  }

  async #answer(line: Buffer): Promise<void> {
    const text = commandText(line)
    if (text === undefined) return this.#reply(replies.unreadableCommand)
    const verb = text.slice(0, 4).toUpperCase()
    if (verb === 'DATA') return this.#begin(text)
    // What follows is a message: read as commands, it could say anything in the name of the peer (RFC 3030).
    if (verb === 'BDAT') return this.#fail('not Batch SMTP')
    this.#reply(await this.#replyTo(verb, text))
  }

  async #replyTo(verb: string, line: string): Promise<SmtpReply> {
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        this.#session.reset()
        return this.#session.greet(line, verb === 'EHLO') ? welcome : replies.badHeloName
      case 'MAIL':
        return this.#session.mail(line)
      case 'RCPT':
        return this.#session.recipient(line)
      case 'RSET':
        this.#session.reset()
        return done
      case 'NOOP':
        return done
      case 'QUIT':
        this.#hasQuit = true
        return farewell
      default:
        return replies.notImplemented
    }
  }

  /** The message follows in any case: nobody waited for the reply to DATA. */
  #begin(line: string): void {
    const { settings, memory } = this.#surroundings
    const refusal = this.#session.refusalOfData(line)
    // Other messages stand behind one that is too large.
    const bounds = { ...settings.limits, maxSeenBytes: this.#bounds.maxObjectBytes }
    this.#message = { collector: new MessageCollector(bounds, memory), refusal }
    this.#reply(refusal ?? replies.startMessage)
  }

  async #content(octets: Buffer): Promise<number> {
    const message = this.#message
    if (message === undefined) return 0
    const { collector, refusal } = message
    const read = collector.feed(octets)
    if (collector.state === 'exhausted') this.#fail('too large')
    if (collector.state !== 'complete') return read
    this.#message = undefined
    try {
      this.#reply(refusal ?? (await this.#session.message(collector, neverGone)))
    } finally {
      collector.release()
      this.#session.reset()
    }
    return read
  }

  #reply(reply: SmtpReply): void {
    if (this.#replies.length >= this.#bounds.maxReplies) this.#fail('too many commands')
    else this.#replies.push(reply)
  }

  #fail(fault: BatchFault): void {
    this.#fault ??= fault
  }
}

const welcome: SmtpReply = { code: 250, enhanced: '', text: 'hello' }
const done: SmtpReply = { code: 250, enhanced: '2.0.0', text: 'OK' }
const farewell: SmtpReply = { code: 221, enhanced: '2.0.0', text: 'bye' }
