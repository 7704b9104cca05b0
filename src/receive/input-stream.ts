/**
 * What a client sends, cut into command lines and messages. It takes the place of smtp-server's own parser, which ends commands at a
 * bare LF and passes on messages with bare CR and LF: here a command ends with CRLF and nothing else, and messages are read by
 * MessageCollector.
 */
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import type { MessageCollector } from './message-collector.ts'

/** Why a command line was not taken. */
export type LineFault = 'too-long' | 'bare-line-feed'

/** The connection that the input belongs to. */
export interface InputDependencies {
  /** False until the greeting was sent. */
  mayTalk(): boolean
  /** Octets came before the greeting; the owner closes the connection. */
  earlyInput(): void
  /** One command line without its CRLF. Nothing further is read until `done` is called. */
  command(line: Buffer, done: () => void): void
  /** A line that is not a command. Nothing further is read until `done` is called. */
  lineFault(fault: LineFault, done: () => void): void
  /** The message is no longer 'open'. Nothing further is read until `continue` is called. */
  message(collector: MessageCollector): void
}

const lf = 0x0a
const cr = 0x0d
const nothing = Buffer.alloc(0)

/** Commands of one write that are worked on before others get their turn. */
const commandsPerTurn = 100

export class InputStream extends SMTPStream {
  readonly #owner: InputDependencies
  readonly #maxCommandBytes: number
  #unread: Buffer = nothing
  /** How much of `#unread` is known to hold no line end. */
  #searched = 0
  #skippingLine = false
  #collector: MessageCollector | undefined
  /** The owner works on something. */
  #busy = false
  #reading = false
  #chunkDone: (() => void) | undefined

  constructor(maxCommandBytes: number, owner: InputDependencies) {
    super()
    this.#maxCommandBytes = maxCommandBytes
    this.#owner = owner
  }

  /** True when the next command is there already. */
  get hasLine(): boolean {
    return this.#unread.includes(lf)
  }

  /** From the next octet on this is a message. To be called while a command is worked on. */
  expectMessage(collector: MessageCollector): void {
    this.#collector = collector
    this._dataMode = true
  }

  /** Goes on after a message. */
  override continue(): void {
    this.#busy = false
    this.#read()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding | 'buffer', done: () => void): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    this.#chunkDone = done
    this.#read()
  }

  /** Works through the input until it is used up or the owner is busy. Owners may answer at once: hence a loop, no recursion. */
  #read(): void {
    if (this.#reading) return
    this.#reading = true
    let steps = 0
    while (!this.#busy && this.#step()) {
      if (++steps === commandsPerTurn) {
        this.#busy = true
        setImmediate(() => this.continue())
      }
    }
    this.#reading = false
    if (this.#busy) return
    const done = this.#chunkDone
    this.#chunkDone = undefined
    done?.()
  }

  /** One command or one piece of a message; false when there is nothing more to do with what is there. */
  #step(): boolean {
    if (this.isClosed) this.#unread = nothing
    if (this.#unread.length === 0) return false
    if (!this.#owner.mayTalk()) {
      this.#owner.earlyInput()
      return false
    }
    return this.#collector === undefined ? this.#readLine() : this.#readMessage(this.#collector)
  }

  #readMessage(collector: MessageCollector): boolean {
    this.#drop(collector.feed(this.#unread))
    if (collector.state === 'open') return false
    this.#collector = undefined
    this._dataMode = false
    this.#busy = true
    this.#owner.message(collector)
    return true
  }

  #readLine(): boolean {
    const end = this.#unread.indexOf(lf, this.#searched)
    if (end < 0) return this.#awaitLineEnd()
    const line = this.#unread.subarray(0, end - 1)
    const isBare = end === 0 || this.#unread[end - 1] !== cr
    const isTooLong = this.#skippingLine || line.length > this.#maxCommandBytes
    this.#skippingLine = false
    this.#drop(end + 1)
    const done = this.#nextStep()
    if (isBare) this.#owner.lineFault('bare-line-feed', done)
    else if (isTooLong) this.#owner.lineFault('too-long', done)
    else this.#owner.command(line, done)
    return true
  }

  /** Of a line that is too long already, only the last octet is kept: it may be the CR of the line end. */
  #awaitLineEnd(): boolean {
    if (this.#unread.length > this.#maxCommandBytes + 1) {
      this.#skippingLine = true
      this.#unread = Buffer.from(this.#unread.subarray(-1))
    }
    this.#searched = this.#unread.length
    return false
  }

  #drop(octets: number): void {
    this.#unread = octets === this.#unread.length ? nothing : this.#unread.subarray(octets)
    this.#searched = 0
  }

  #nextStep(): () => void {
    this.#busy = true
    let called = false
    return () => {
      if (called) return
      called = true
      this.continue()
    }
  }
}
