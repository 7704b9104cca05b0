/** What the answer to an object says of each of its messages. Pure. */
import { parseReply } from '../../smtp/reply.ts'
import { ReplyReader } from '../../smtp/reply-reader.ts'
import type { Outcome } from '../outcome.ts'
import { repliesOfMessage } from './batch-object.ts'

/** Octets of one reply; an SMTP server has no more for a command. */
const maxReplyOctets = 16_384

/** Characters of a reply that are kept for the hop log and the report. */
const maxReplyCharacters = 1_000

type Said = Pick<Outcome, 'kind' | 'phase' | 'reply' | 'reason' | 'reportsTaken'>

/**
 * The outcomes of the messages of an object, in their order.
 *
 * @param body the replies of an SMTP server to every command of the object; '' from a processor that takes the object as a whole and
 *   reports what it cannot deliver (RFC 2442)
 * @param gateway its name, for people
 */
export function outcomesIn(body: Buffer, messages: number, gateway: string): Said[] {
  if (body.length === 0) return Array.from({ length: messages }, () => ({ kind: 'delivered', phase: 'body' }))
  const { replies } = new ReplyReader(maxReplyOctets).read(body)
  const [greeting = '', ...rest] = replies
  return Array.from({ length: messages }, (_, at) => {
    const own = rest.slice(at * repliesOfMessage.length, (at + 1) * repliesOfMessage.length)
    return isRefusal(greeting) ? refused(greeting, 'ehlo', gateway) : outcomeOf(own, gateway)
  })
}

function outcomeOf(replies: readonly string[], gateway: string): Said {
  const at = replies.findIndex(isRefusal)
  const refusal = replies[at]
  if (refusal !== undefined) return refused(refusal, repliesOfMessage[at] ?? 'body', gateway)
  const last = replies[repliesOfMessage.length - 1]
  const reply = last === undefined ? undefined : parseReply(last.slice(0, maxReplyCharacters))
  if (reply !== undefined && reply.code < 300)
    return { kind: 'delivered', phase: 'body', reply, reportsTaken: true }
  return {
    kind: 'deferred',
    phase: 'body',
    reason: `${gateway}: the answer to the object says nothing of this message`,
  }
}

function isRefusal(reply: string): boolean {
  return /^[45]/.test(reply)
}

function refused(text: string, phase: Outcome['phase'], gateway: string): Said {
  const kept = text.slice(0, maxReplyCharacters)
  const reply = parseReply(kept)
  const isFinal = reply !== undefined && reply.code >= 500 && phase !== 'ehlo'
  return {
    kind: isFinal ? 'failed' : 'deferred',
    phase,
    reason: `${gateway} said: ${kept.replaceAll('\n', ' / ')}`,
    ...(reply !== undefined && { reply }),
  }
}
