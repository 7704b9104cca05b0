/** The options by which messages are looked for, and how their values are read. */
import { isIP, SocketAddress } from 'node:net'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { isDomainName } from '../../config/fields.ts'
import { asciiDomain, parseMailbox } from '../../message/mailbox.ts'
import type { MessageCriteria } from '../../store/queries.ts'
import { subjectHash } from '../../store/search-terms.ts'
import { addressArgument } from '../options.ts'

export type CriteriaOptions = MessageCriteria

export function withCriteria(command: Command): Command {
  return command
    .option('--from <address>', "MAIL FROM or an author: an address, '<>', or a domain", party)
    .option('--to <address>', 'a recipient, as received or as sent on to: an address or a domain', party)
    .option('--message-id <id>', 'Message-ID, with or without angle brackets', addressArgument)
    .option(
      '--subject-hash <hash>',
      'hash of the Subject as `hops show` tells it, or the Subject itself as it stands in the message',
      subject,
    )
    .option('--peer <address>', 'IP address of the client', peer)
}

export function criteriaOf({
  from,
  to,
  messageId,
  subjectHash: hash,
  peer: client,
}: CriteriaOptions): MessageCriteria {
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(messageId !== undefined && { messageId }),
    ...(hash !== undefined && { subjectHash: hash }),
    ...(client !== undefined && { peer: client }),
  }
}

function party(text: string): string {
  const address = addressArgument(text)
  const domain = asciiDomain(address.replace(/^@/, '').toLowerCase())
  if (address === '' || parseMailbox(address) !== undefined || isDomainName(domain)) return address
  throw new InvalidArgumentError('expected an address such as a@origin.example, or a domain.')
}

function subject(text: string): string {
  return /^[0-9a-f]{16}$/.test(text) ? text : subjectHash(Buffer.from(text).toString('latin1'))
}

/** In the form in which the operating system writes it. */
function peer(text: string): string {
  const family = isIP(text)
  if (family === 0) throw new InvalidArgumentError('expected an IP address such as 192.0.2.7.')
  return new SocketAddress({ address: text, family: family === 4 ? 'ipv4' : 'ipv6' }).address
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * A time: a date or a time of ISO 8601, in UTC where it names no zone; or how long ago.
 *
 * @param now Unix milliseconds
 * @returns Unix milliseconds
 */
export function momentArgument(now: () => number): (text: string) => number {
  return text => {
    const [, number, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
    if (number !== undefined) return now() - Number(number) * units[unit as keyof typeof units]
    const isTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)
    const zone = /T|\d /.test(text) && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? 'Z' : ''
    const milliseconds = isTime ? Date.parse(text.replace(' ', 'T') + zone) : Number.NaN
    if (!Number.isNaN(milliseconds)) return milliseconds
    throw new InvalidArgumentError(
      'expected a time such as 2026-02-28, 2026-02-28T14:30 (UTC), 90m, 12h or 7d.',
    )
  }
}
