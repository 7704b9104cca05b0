/** What the listener would not take of a message for its form alone: its size, its lines, its octets. */
import * as limits from '../../limits.ts'
import { MemoryBudget } from '../../receive/memory-budget.ts'
import { MessageCollector } from '../../receive/message-collector.ts'
import { replyToFault } from '../../receive/session.ts'
import type { SmtpReply } from '../../smtp/reply.ts'

/** Reads a message as it would be read behind DATA; undefined where nothing is wrong with it. */
export function shapeFault(octets: Buffer, maxMessageBytes: number): SmtpReply | undefined {
  const bounds = { ...limits.incomingSession, maxMessageBytes }
  const collector = new MessageCollector(bounds, new MemoryBudget(Number.MAX_SAFE_INTEGER))
  collector.feed(asSent(octets))
  return collector.fault && replyToFault[collector.fault]
}

/** Dot-stuffed, with the end of data (RFC 5321 section 4.5.2). */
function asSent(octets: Buffer): Buffer {
  const text = octets.toString('latin1')
  const ended = text.endsWith('\r\n') ? text : `${text}\r\n`
  return Buffer.from(`${ended.replace(/^\./gm, '..')}.\r\n`, 'latin1')
}
