/**
 * Holds the replies of a peer against the commands that were sent: one for each, and none before its command. Out of step a reply would
 * be taken for the one to another command, and a message for delivered that was not.
 */
import { ReplyReader } from '../smtp/reply-reader.ts'

/** What may be done with octets that came. */
export interface TakenReplies {
  /** Each is the reply to the next command that waits for one. */
  readonly replies: readonly string[]
  /** Why the session cannot go on, once those replies are dealt with. */
  readonly fault?: string
}

/** Where the session stands when octets come. */
export interface ReplyContext {
  /** Replies that the peer owes. */
  readonly owed: number
  /** Commands that were sent so far. */
  readonly sent: number
  /** The reply to a whole message is the only one that it owes. */
  readonly isFinal: boolean
}

export class PeerReplies {
  readonly #reader: ReplyReader
  #sent = 0

  /** @param maxReplyOctets see DeliverSettings */
  constructor(maxReplyOctets: number) {
    this.#reader = new ReplyReader(maxReplyOctets)
  }

  /** Reads the next octets of the peer. */
  take(octets: Uint8Array, { owed, sent, isFinal }: ReplyContext): TakenReplies {
    if (sent !== this.#sent) this.#reader.expectReply()
    this.#sent = sent
    const { replies, fault } = this.#reader.read(octets)
    const asked = replies.slice(0, owed)
    const unasked = replies.slice(owed)
    const isAhead = unasked.length > 0 || (replies.length >= owed && this.#reader.hasBegun)
    if (!isAhead) return { replies, ...(fault !== undefined && { fault: `it sent ${fault}` }) }
    const words = unasked.map(reply => reply.replaceAll('\n', ' / ')).join(' / ')
    const outOfStep = `it sent a reply that nobody asked for${words === '' ? '' : `: ${words.slice(0, maxWords)}`}`
    // Of a message that it has whole the first reply tells, if the others do not say the opposite.
    const isAgreed = isFinal && unasked.every(reply => reply.startsWith('421') || reply[0] === asked[0]?.[0])
    // Otherwise none can be relied on: which of them is one too many does not show.
    return { replies: isAgreed ? asked : [], fault: outOfStep }
  }
}

/** Characters of unasked replies that a fault quotes. */
const maxWords = 200
