/**
 * Messages that wait to be sent, each of them once: a relay answers a signed message that it has had with 250 and forwards it to
 * nobody. One kind at a time, so that what waits stays within one budget.
 */
import { benchMessage, type MessageKind } from './messages.ts'

/** Octets of the messages that wait. */
const budgetBytes = 128 * 1024 * 1024

/** So many messages of this kind fit into the budget. */
export function mostMessages({ sizeBytes }: Pick<MessageKind, 'sizeBytes'>): number {
  return Math.floor(budgetBytes / sizeBytes)
}

export class MessagePool {
  #kind = ''
  #waiting: Buffer[] = []
  #lastNumber = 0

  /** Number of the messages that wait. */
  get size(): number {
    return this.#waiting.length
  }

  /**
   * Makes messages until so many of this kind wait; those of another kind are dropped.
   *
   * @returns the number of messages that were made
   */
  async fill(kind: MessageKind, messages: number): Promise<number> {
    if (messages > mostMessages(kind)) throw new RangeError(`${messages} messages do not fit into the pool`)
    const name = JSON.stringify(kind)
    if (name !== this.#kind) this.#waiting = []
    this.#kind = name
    const missing = Math.max(0, messages - this.#waiting.length)
    for (let made = 0; made < missing; made++)
      this.#waiting.push(await benchMessage(++this.#lastNumber, kind))
    return missing
  }

  /** Takes a message out. Throws where none is left. */
  take(): Buffer {
    const octets = this.#waiting.pop()
    if (octets === undefined) throw new Error('no message of the pool is left')
    return octets
  }
}
