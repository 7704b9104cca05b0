/**
 * Whom an account may send as, in MAIL FROM and in header fields: single addresses, and whole domains, written `@alias.example`. An
 * address that may be used may be used with a tag too (RFC 5233): its mail comes back to the same person.
 */
import { asciiDomain, foldedAddress, localPartWithoutTag, parseMailbox } from '../message/mailbox.ts'

/** The form in which an entry is kept and compared; undefined: neither an address nor a domain. */
export function senderEntry(text: string): string | undefined {
  if (!text.startsWith('@')) return parseMailbox(text) === undefined ? undefined : foldedAddress(text)
  const mailbox = parseMailbox(`x${text}`)
  return mailbox === undefined ? undefined : `@${asciiDomain(mailbox.domain)}`
}

/** The domain that an entry (of `senderEntry`) is in. */
export function senderDomain(entry: string): string {
  return entry.slice(entry.lastIndexOf('@') + 1)
}

/** Whether one of the entries (of `senderEntry`) allows an address. */
export function maySendAs(entries: readonly string[], address: string): boolean {
  const mailbox = parseMailbox(address)
  if (mailbox === undefined) return false
  const folded = foldedAddress(address)
  const domain = `@${senderDomain(folded)}`
  const base = localPartWithoutTag(mailbox.localPart)
  const untagged = base === undefined ? folded : foldedAddress(base + domain)
  return entries.some(entry => entry === folded || entry === domain || entry === untagged)
}
