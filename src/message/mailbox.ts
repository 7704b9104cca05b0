/**
 * Mailboxes of an SMTP envelope: RFC 5321 section 4.1.2 with the UTF-8 of RFC 6531 section 3.3.
 *
 * Addresses are strings without angle brackets; the null reverse-path is the empty string.
 */

import { isAsciiText } from './header-field.ts'

export interface Mailbox {
  /** As spelled, quoted string included: case matters (RFC 5321 section 2.4). */
  readonly localPart: string
  /** Lower case; an address literal keeps its brackets. */
  readonly domain: string
}

const atoms =
  /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+)*$/u
const quotedString = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*"$/u
const domainLabel =
  /^[A-Za-z0-9_\u0080-\u{10ffff}](?:[A-Za-z0-9_\-\u0080-\u{10ffff}]*[A-Za-z0-9_\u0080-\u{10ffff}])?$/u
const addressLiteral = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|[A-Za-z][A-Za-z0-9-]*:[\x21-\x5a\x5e-\x7e]+)\]$/
/** C1 controls and the invisible characters that RFC 5892 disallows in names and that no address may hide. */
const invisible =
  /[\u0080-\u009f\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\uffff]|[\ud800-\udfff]/u

/** RFC 5321 section 4.5.3.1.2. */
const maxDomainOctets = 255
/**
 * RFC 5321 section 4.5.3.1.3, less the angle brackets. Local parts have no limit of their own here: section 4.5.3.1.1 asks
 * that 64 octets are taken, and the addresses that SRS and VERP make are longer.
 */
const maxMailboxOctets = 254
/** RFC 1035 section 2.3.4. */
const maxLabelOctets = 63

/** Reads `local-part@domain`. Undefined where RFC 5321 or RFC 6531 does not allow it, or a length is above its limit. */
export function parseMailbox(address: string): Mailbox | undefined {
  const at = address.lastIndexOf('@')
  if (at < 1 || Buffer.byteLength(address) > maxMailboxOctets || invisible.test(address)) return undefined
  const localPart = address.slice(0, at)
  const domain = address.slice(at + 1)
  if (!atoms.test(localPart) && !quotedString.test(localPart)) return undefined
  if (!isDomain(domain) && !addressLiteral.test(domain)) return undefined
  return { localPart, domain: domain.toLowerCase() }
}

/** What follows the last `@`, lower-cased; empty where there is none. Makes no judgement on the syntax. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? '' : address.slice(at + 1).toLowerCase()
}

/**
 * The local part in the one spelling that stands for all equivalent ones: a quoted string only where the dot-string of RFC
 * 5321 section 4.1.2 cannot say the same ("all quoted forms MUST be treated as equivalent"), Unicode in NFC (RFC 6532
 * section 3.1). The case stays, as it may count in other people's domains.
 *
 * Only for comparing: what is passed on keeps its spelling.
 */
export function comparableLocalPart(localPart: string): string {
  const isQuoted = quotedString.test(localPart)
  if (!isQuoted && isAsciiText(localPart)) return localPart
  const content = isQuoted ? quotedContent(localPart) : localPart
  return spelledLocalPart(content.normalize('NFC'))
}

/** What a quoted string says (RFC 5321 section 4.1.2). */
export function quotedContent(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\([\s\S])/g, '$1')
}

/** A local part with this content, as a dot-string where that is possible, else as a quoted string. */
export function spelledLocalPart(content: string): string {
  return atoms.test(content) ? content : `"${content.replace(/["\\]/g, '\\$&')}"`
}

/** As `comparableLocalPart`, without regard to case: the form in which local parts of own domains are compared. */
export function foldedLocalPart(localPart: string): string {
  // Lower case takes some letters apart again, as the dotted capital I.
  return comparableLocalPart(localPart).toLowerCase().normalize('NFC')
}

/**
 * The form in which addresses are compared where case does not count: those of own domains, and those of people. RFC 5321
 * section 2.4 lets hosts tell `A` from `a`, but none does, and a person who writes the own address in two ways is one.
 */
export function foldedAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address.toLowerCase() : `${foldedLocalPart(address.slice(0, at))}@${asciiDomainOf(address)}`
}

/**
 * What stands before the first `+` of a local part that has a tag behind it (subaddress: RFC 5233 section 4), in the
 * comparable spelling; undefined where there is no tag, or nothing before it.
 */
export function localPartWithoutTag(localPart: string): string | undefined {
  const spelled = comparableLocalPart(localPart)
  const plus = spelled.indexOf('+')
  return plus < 1 || spelled.startsWith('"') ? undefined : spelled.slice(0, plus)
}

/** The form in which two envelope addresses are compared: see `comparableLocalPart`; the domain in lower case. */
export function comparable(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address : `${comparableLocalPart(address.slice(0, at))}@${domainOf(address)}`
}

/** As `domainOf`, with A-labels in place of U-labels (RFC 5890): in this form two domains are compared. */
export function asciiDomainOf(address: string): string {
  return asciiDomain(domainOf(address))
}

/** As `comparable`, with A-labels in place of U-labels. */
export function comparableAscii(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address : `${comparableLocalPart(address.slice(0, at))}@${asciiDomainOf(address)}`
}

/**
 * The form in which an address is written on an envelope: where its local part is ASCII its domain has A-labels, so that every host can
 * take it (RFC 5890 section 2.3.2.1). Any other address needs SMTPUTF8 and stays as it is, as does one without U-labels.
 */
export function envelopeForm(address: string): string {
  return /^[\x00-\x7f]*@[^@]*[^\x00-\x7f][^@]*$/.test(address) ? comparableAscii(address) : address
}

/** A domain with A-labels in place of U-labels, lower case; as it is where it has none, or ones that are not allowed. */
export function asciiDomain(domain: string): string {
  if (!/[^\x00-\x7f]/.test(domain)) return domain
  // The mapping of UTS 46, which Node offers as part of URLs only; what is not a lone host name is left as it is.
  return isDomain(domain) ? (URL.parse(`http://${domain}`)?.hostname ?? domain) : domain
}

/** True for a domain name of RFC 5321 section 4.1.2, underscores and UTF-8 labels included, without a final dot. */
export function isDomain(domain: string): boolean {
  if (domain === '' || Buffer.byteLength(domain) > maxDomainOctets) return false
  return domain
    .split('.')
    .every(label => domainLabel.test(label) && Buffer.byteLength(label) <= maxLabelOctets)
}
