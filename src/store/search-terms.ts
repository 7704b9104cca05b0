/**
 * What a message can be found by. Each thing is a number of 48 bits, made of a hash of its comparable form: small enough for an index that
 * every message pays for, and large enough that among millions of messages no two things are taken for one another.
 */
import { hash } from 'node:crypto'
import { listedMailboxes } from '../message/address-list.ts'
import { lowerAscii, unfold } from '../message/header-field.ts'
import { asciiDomain, asciiDomainOf, foldedAddress } from '../message/mailbox.ts'
import { fieldValue, type HeaderField, readMessage } from '../message/message.ts'

/** In which respect: `from` is MAIL FROM or an author, `to` a recipient as received or sent on to, `peer` the client's IP address. */
export type TermKind = 'from' | 'from-domain' | 'to' | 'to-domain' | 'peer' | 'message-id' | 'subject'

/** Header fields beyond these octets are not searched: real ones have some tens of kilobytes. */
const maxHeaderOctets = 65_536
/** RFC 5322 section 2.1.1 has lines of 998 octets; what is longer is no Message-ID that anybody looks for. */
const maxMessageIdLength = 998
/** From has one author, seldom several. */
const maxAuthors = 10

const termOctets = 6

/** @param value an address, IP address, Message-ID without angle brackets, or hash of a subject */
export function searchTerm(kind: TermKind, value: string): number {
  return hash('sha256', `${kind}:${comparableValue(kind, value)}`, 'buffer').readUIntBE(0, termOctets)
}

function comparableValue(kind: TermKind, value: string): string {
  if (kind === 'from' || kind === 'to') return foldedAddress(value)
  if (kind === 'from-domain' || kind === 'to-domain')
    return value.includes('@') ? asciiDomainOf(value) : asciiDomain(value.toLowerCase())
  return value
}

/** What of a header section is kept to find the message by. */
export interface HeaderIdentity {
  /** Without angle brackets; null where there is none. */
  readonly messageId: string | null
  /** See `subjectHash`; null where there is no Subject. */
  readonly subjectHash: string | null
  /** Addresses in From. */
  readonly authors: readonly string[]
}

/** @param octets of the whole message */
export function headerIdentity(octets: Buffer): HeaderIdentity {
  const { fields } = readMessage(octets.subarray(0, maxHeaderOctets))
  const messageId = textOf(fields, 'message-id')?.replace(/^<(.*)>$/, '$1')
  const subject = textOf(fields, 'subject')
  const authors = listedMailboxes(unfold(textOf(fields, 'from') ?? ''), maxAuthors)
  return {
    messageId: messageId && messageId.length <= maxMessageIdLength ? messageId : null,
    subjectHash: subject === undefined ? null : subjectHash(subject),
    authors: authors.map(({ address }) => Buffer.from(address, 'latin1').toString()),
  }
}

/**
 * A subject can be looked for without being kept: this is the beginning of the hash of its octets, with each run of white space as one
 * space. Encoded words are not decoded.
 *
 * @param subject latin1, unfolded
 * @returns 16 hexadecimal digits
 */
export function subjectHash(subject: string): string {
  const octets = Buffer.from(subject.replace(/\s+/g, ' ').trim(), 'latin1')
  return hash('sha256', octets, 'hex').slice(0, 16)
}

function textOf(fields: readonly HeaderField[], name: string): string | undefined {
  const field = fields.find(one => lowerAscii(one.name) === name)
  return field && fieldValue(field)
}
