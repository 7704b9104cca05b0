/** What single domains take less of than the relay, judged at the end of data: only then all recipients and the size are known. */
import type { RelayConfig } from '../config/schema.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import type { Received } from '../receive/received.ts'
import { messageTooBig } from '../smtp/replies.ts'
import type { SmtpReply } from '../smtp/reply.ts'

/** The reply to a message that is larger than one of its domains takes; undefined: all take it. */
export function refusalOfSize(
  { envelope, octets, trusted }: Received,
  { domains }: Pick<RelayConfig, 'domains'>,
): SmtpReply | undefined {
  const paths = trusted ? [...envelope.forwardPaths, envelope.reversePath] : envelope.forwardPaths
  const isTooBig = paths.some(path => {
    const domain = asciiDomainOf(path)
    const most = Object.hasOwn(domains, domain) ? domains[domain]?.limits.maxMessageBytes : undefined
    return most !== undefined && octets.length > most
  })
  return isTooBig ? messageTooBig : undefined
}

/** How long the hop log of messages of single domains is kept, in milliseconds, by domain; those that say nothing are not there. */
export function retentionByDomain({ domains }: Pick<RelayConfig, 'domains'>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(domains).flatMap(([domain, { retentionSeconds }]) =>
      retentionSeconds === undefined ? [] : [[domain, retentionSeconds * 1000]],
    ),
  )
}
