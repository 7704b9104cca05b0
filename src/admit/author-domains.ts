/** The domains of the authors of a message, whose DMARC policies count (RFC 9989 section 5.3.1). */
import { listedMailboxes } from '../message/address-list.ts'
import { domainsInFrom, fromFieldsOf } from '../message/claimed-domains.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import { fieldValue, type HeaderField, type Message } from '../message/message.ts'

/**
 * Where From has one address in angle brackets, and nothing else that any reader takes for a second one, that address is the author,
 * whatever the name in front of it says. Otherwise every domain counts that any reader might see.
 *
 * @returns lower case, A-labels, each once
 */
export function authorDomains({ fields }: Message): readonly string[] {
  const froms = fromFieldsOf(fields)
  return [...new Set(froms.flatMap(from => namedAuthor(from) ?? domainsInFrom([from])))]
}

function namedAuthor(from: HeaderField): readonly string[] | undefined {
  const value = fieldValue(from)
  const outside = value.replace(/"(?:[^"\\]|\\.)*"|\([^()"]*\)/g, '')
  if (/[,;:()"\\]/.test(outside) || !/^[^<>]*<[^<>]*>\s*$/.test(outside)) return undefined
  const [author, ...others] = listedMailboxes(value, 2)
  if (author === undefined || others.length > 0) return undefined
  return [asciiDomainOf(Buffer.from(author.address, 'latin1').toString())]
}
