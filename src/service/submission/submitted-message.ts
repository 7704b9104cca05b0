/**
 * A submitted message becomes one that may leave (RFC 6409 section 8): this relay is its Originator. What is missing is added before
 * anything is signed, Bcc goes, and whoever is named as author or sender must be somebody that the account may send as.
 */
import { maySendAs, senderDomain } from '../../accounts/senders.ts'
import { listedMailboxes } from '../../message/address-list.ts'
import { domainsInFrom, fromFieldsOf } from '../../message/claimed-domains.ts'
import { asciiDomainOf, foldedAddress } from '../../message/mailbox.ts'
import type { HeaderField, Message } from '../../message/message.ts'
import {
  beginsWithFold,
  fieldValue,
  lowerAscii,
  messageChunks,
  newField,
  prependFields,
  readMessage,
  removeFields,
} from '../../message/message.ts'
import type { Received } from '../../receive/received.ts'
import { dateTime } from '../../receive/received-field.ts'
import type { Submitter } from '../../receive/submitter.ts'
import type { SmtpReply } from '../../smtp/reply.ts'

/** As it is taken on, or why not. */
export type Submitted =
  | { readonly kind: 'taken'; readonly received: Received }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }

/** More authors than any message has; each is held against what the account may. */
const maxAuthors = 100

/** Octets of chance in a Message-ID. */
const messageIdOctets = 12

const blindCopies: ReadonlySet<string> = new Set(['bcc', 'resent-bcc'])

/**
 * Judges and completes a submitted message; its octets stay as they are where nothing is missing. Signatures of DKIM (RFC 6376) belong
 * here too, over what this returns: whatever is signed later, DKIM2 at i=1 included, then covers them.
 *
 * @param random gives that many random octets
 */
export function submittedMessage(
  received: Received,
  submitter: Submitter,
  random: (octets: number) => Buffer,
): Submitted {
  const message = readMessage(received.octets)
  const problem = beginsWithFold(message) ? undefined : problemOf(message, submitter)
  if (problem !== undefined) return { kind: 'refused', reply: problem }
  const added = missingFields(message, received, random)
  const isBlind = ({ name }: HeaderField) => blindCopies.has(lowerAscii(name))
  if (added.length === 0 && !message.fields.some(isBlind)) return { kind: 'taken', received }
  const completed = prependFields(removeFields(message, isBlind), added)
  return { kind: 'taken', received: { ...received, octets: joined(messageChunks(completed)) } }
}

/** Who is named in From and Sender must be somebody that the account may send as. */
function problemOf(message: Message, submitter: Submitter): SmtpReply | undefined {
  const from = fromFieldsOf(message.fields)
  const [author, another] = from
  if (author === undefined || another !== undefined) {
    return noFrom(from.length === 0 ? 'has no From' : 'has more than one From')
  }
  const senders = fieldsNamed(message, 'sender')
  if (senders.length > 1) return noFrom('has more than one Sender')
  const authors = mailboxesIn(author)
  if (authors.length === 0 || authors.length >= maxAuthors) return noFrom('has no address in From')
  const foreign = [...authors, ...senders.flatMap(mailboxesIn)].find(
    address => !maySendAs(submitter.senders, address),
  )
  if (foreign !== undefined) return notYours(submitter, foreign)
  // Readers who understand the field otherwise must find nobody else in it.
  const domains = new Set(authors.map(address => asciiDomainOf(address)))
  const hidden = domainsInFrom(message.fields).find(domain => !domains.has(domain))
  return hidden === undefined ? undefined : notYours(submitter, `@${hidden}`)
}

function missingFields(
  message: Message,
  { receivedAtMilliseconds, queueId, envelope }: Received,
  random: (octets: number) => Buffer,
): HeaderField[] {
  const { reversePath } = envelope
  const isMissing = (name: string) => fieldsNamed(message, name).length === 0
  const unique = `${queueId}.${random(messageIdOctets).toString('hex')}`
  return [
    ...(isMissing('date') ? [newField('Date', dateTime(receivedAtMilliseconds))] : []),
    ...(isMissing('message-id')
      ? [newField('Message-ID', `<${unique}@${senderDomain(foldedAddress(reversePath))}>`)]
      : []),
    ...(isMissing('sender') && needsSender(message, reversePath)
      ? [newField('Sender', `<${Buffer.from(reversePath).toString('latin1')}>`)]
      : []),
  ]
}

/** RFC 5322 section 3.6.2: where there are several authors, or somebody else sends for the author. */
function needsSender(message: Message, reversePath: string): boolean {
  const [only, ...others] = fromFieldsOf(message.fields).flatMap(mailboxesIn)
  return only === undefined || others.length > 0 || foldedAddress(only) !== foldedAddress(reversePath)
}

function fieldsNamed({ fields }: Message, name: string): HeaderField[] {
  return fields.filter(field => lowerAscii(field.name) === name)
}

/** Addresses in their UTF-8 (RFC 6532). */
function mailboxesIn(field: HeaderField): string[] {
  return listedMailboxes(fieldValue(field), maxAuthors).map(({ address }) =>
    Buffer.from(address, 'latin1').toString(),
  )
}

/** One buffer of its own: it goes to the thread of the store as a whole. */
function joined(chunks: readonly Buffer[]): Buffer {
  const octets = Buffer.allocUnsafeSlow(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) at += chunk.copy(octets, at)
  return octets
}

function noFrom(what: string): SmtpReply {
  return { code: 550, enhanced: '5.6.0', text: `the message ${what}: expected one, with an address` }
}

function notYours({ name }: Submitter, address: string): SmtpReply {
  return { code: 550, enhanced: '5.7.1', text: `${name} may not send as ${address}` }
}
