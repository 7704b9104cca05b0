/**
 * Whether a message was meant for a list, or was sent there by whoever had got hold of it. What DKIM has signed can be sent to
 * anybody (RFC 6376 section 8.15), so its signature speaks for a request or a post only where it covers who it was for.
 */

import { listedMailboxes } from '../message/address-list.ts'
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'
import type { AdmissionRecord, DkimPass } from '../record/admission-record.ts'
import { addressKey } from './list-address.ts'

/** Addressees that are looked at in one field; no reader sees so many. */
const maxAddressees = 1_000

/** A field whose every instance must be signed, since a reader takes the message by it. */
const telling = ['from', 'to', 'cc', 'subject', 'reply-to'] as const

/** True if To or Cc name one of the addresses as an addressee. */
export function isAddressedTo({ fields }: Message, addresses: readonly string[]): boolean {
  const wanted = new Set(addresses.map(addressKey))
  return fields
    .filter(field => ['to', 'cc'].includes(lowerAscii(field.name)))
    .flatMap(field => listedMailboxes(fieldValue(field), maxAddressees))
    .some(({ address }) => wanted.has(addressKey(Buffer.from(address, 'latin1').toString('utf8'))))
}

/** Domains of the DKIM signatures that speak for this message as one to these addresses. */
export function dkimSpeakers(
  message: Message,
  { sender }: Pick<AdmissionRecord, 'sender'>,
  addresses: readonly string[],
): readonly string[] {
  if (!isAddressedTo(message, addresses)) return []
  return (sender?.dkim ?? []).filter(signature => coversAll(message, signature)).map(({ domain }) => domain)
}

/** Each of those fields is signed as often as it occurs (RFC 6376 section 5.4.2), and so is all of the body (section 8.2). */
function coversAll({ fields }: Message, { covers, isWhole }: DkimPass): boolean {
  const count = (name: string) => fields.filter(field => lowerAscii(field.name) === name).length
  return isWhole && telling.every(name => (covers[name] ?? 0) >= count(name))
}
