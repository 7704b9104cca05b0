/**
 * From rewriting: a list that changes a message breaks the author's own authentication, and where the author's domain asks for
 * it (DMARC), receivers then refuse the message. So the list becomes the From, in the author's name, and the author goes to
 * the Reply-To. RFC 7960 section 4.1.3. The recipe gives the author's From back.
 *
 * Comes after the list fields: a Reply-To to the list then gets the author beside it.
 */

import type { DmarcPolicy } from '../dmarc/policy-record.ts'
import { type ListedMailbox, listedMailboxes } from '../message/address-list.ts'
import { trimWhiteSpace } from '../message/header-field.ts'
import { asciiDomainOf, comparable, foldedAddress, parseMailbox } from '../message/mailbox.ts'
import { fieldValue, type HeaderField, lowerAscii, type Message } from '../message/message.ts'
import { decodeWords, isEncodedWords } from './encoded-word.ts'
import { foldedField, foldedValue, putField, topField } from './fields.ts'
import { checkedAddress, checkedText, phrase, quoted } from './header-text.ts'
import { type RevisionRule, unrevised, withFields } from './revision.ts'

export interface FromRewriteSettings {
  /**
   * never: From is left as it is. when-policy: it is rewritten where the author's domain has the policy quarantine or reject,
   * and is not the list's own. always: it is rewritten unless it is the list's address.
   */
  readonly mode: 'never' | 'when-policy' | 'always'
  /** The new From, without angle brackets. It must be in the domain that signs for the list. */
  readonly listAddress: string
  /** What people call the list: `Jane Doe via Team`. */
  readonly listName: string
}

/** Authors of one message of whom the Reply-To is told. */
const maxAuthors = 20
/** Addresses of an existing Reply-To that are looked at. */
const maxReplyTo = 1_000
/** Octets of a display name; longer ones are no names. */
const maxNameLength = 300

/**
 * @param policy the strictest of the domains in From other than the list's own; undefined where they have none
 * @throws RangeError for a list address or name that no field can hold
 */
export function fromRewrite(settings: FromRewriteSettings, policy: DmarcPolicy | undefined): RevisionRule {
  const listAddress = checkedAddress('From', settings.listAddress)
  const listName = checkedText('From', settings.listName)
  return message => {
    const authors = authorsOf(message)
    const author = authors[0]
    if (!author || !isToBeRewritten(settings, policy, authors.map(inUnicode))) return unrevised(message)
    const from = foldedField('From', [...newName(author, listName), `<${listAddress}>`])
    return withFields(message, withReplyTo(putField(message.fields, from), authors))
  }
}

/**
 * The addresses of all authors in Unicode (RFC 6532), whose domains are asked for their policies. Undefined where From cannot be
 * read: it names nobody, or somebody in octets that are no address.
 */
export function authorAddresses(message: Message): readonly string[] | undefined {
  const addresses = authorsOf(message).map(inUnicode)
  return addresses.length > 0 && addresses.every(address => parseMailbox(address) !== undefined)
    ? addresses
    : undefined
}

/** What is not UTF-8 comes out with U+FFFD, which is in no address. */
function inUnicode({ address }: ListedMailbox): string {
  return Buffer.from(address, 'latin1').toString()
}

/** All mailboxes of From; a message with several From fields shows a reader any of them. */
function authorsOf(message: Message): readonly ListedMailbox[] {
  const value = message.fields
    .filter(field => lowerAscii(field.name) === 'from')
    .map(readable)
    .join(', ')
  return listedMailboxes(value, maxAuthors)
}

function isToBeRewritten(
  { mode, listAddress }: FromRewriteSettings,
  policy: DmarcPolicy | undefined,
  authors: readonly string[],
): boolean {
  const list = foldedAddress(listAddress)
  if (mode === 'never' || authors.every(author => foldedAddress(author) === list)) return false
  if (mode === 'always') return true
  const isOfOthers = authors.some(author => asciiDomainOf(author) !== asciiDomainOf(listAddress))
  return (policy === 'quarantine' || policy === 'reject') && isOfOthers
}

/** The value on one line, without the octets that no field can hold. */
function readable(field: HeaderField): string {
  return fieldValue(field).replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ' ')
}

/** The new display name: one quoted string where nothing in it is encoded. */
function newName(author: ListedMailbox, listName: string): readonly string[] {
  const localPart = author.address.slice(0, author.address.lastIndexOf('@'))
  const name = displayName(author) || (isName(localPart) ? localPart : '')
  if (name === '') return phrase(listName)
  if (!isEncoded(name) && /^[\x20-\x7e]*$/.test(listName)) return [quoted(`${name} via ${listName}`)]
  return [...nameWords(name), 'via', ...phrase(listName)]
}

/** The mailbox as pieces of an address list. */
function mailboxWords(author: ListedMailbox): readonly string[] {
  const name = displayName(author)
  return name === '' ? [`<${author.address}>`] : [...nameWords(name), `<${author.address}>`]
}

/** Latin1, without quotes and escapes; empty where there is none, or something that is no name. */
function displayName({ phrase: spelled, comment }: ListedMailbox): string {
  const name = unquoted(spelled) || comment
  return isName(name) ? name : ''
}

/**
 * False for an address, which is what forgers write as a name, in whatever characters a reader sees: encoded-words are decoded, and
 * U+FF20 and the like are an `@`. Words that cannot be decoded here may say anything to somebody else.
 */
function isName(name: string): boolean {
  if (name.length > maxNameLength) return false
  const shown = decodeWords(name).normalize('NFKC')
  return !shown.includes('@') && !/=\?[^?]*\?[bq]\?/i.test(shown)
}

/** Encoded-words stay as they are and must not be quoted; anything else is. */
function nameWords(name: string): readonly string[] {
  return isEncoded(name) ? name.split(' ') : [quoted(name)]
}

/** Encoded-words, alone or beside words that hold nothing special. */
function isEncoded(name: string): boolean {
  return isEncodedWords(name) || (name.includes('=?') && /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(name))
}

/** A phrase without the quotes and escapes of its quoted strings, and with single spaces. */
function unquoted(spelled: string): string {
  const text = spelled.replace(/"((?:[^"\\]|\\[\s\S])*)"|"/g, (_, content: string | undefined) =>
    (content ?? '').replace(/\\([\s\S])/g, '$1'),
  )
  return trimWhiteSpace(text.replace(/[ \t]+/g, ' '))
}

/** The authors after whatever Reply-To there is: answers go where they were to go, and no author is lost. */
function withReplyTo(
  fields: readonly HeaderField[],
  authors: readonly ListedMailbox[],
): readonly HeaderField[] {
  const old = topField(fields, 'reply-to')
  const present = old ? listedMailboxes(readable(old), maxReplyTo) : []
  const seen = new Set(present.map(mailbox => comparable(inUnicode(mailbox))))
  const missing = authors.filter(author => {
    const key = comparable(inUnicode(author))
    return !seen.has(key) && seen.add(key)
  })
  if (missing.length === 0) return fields
  const kept = old && isWhole(old) ? [[foldedValue(old)]] : present.map(mailboxWords)
  const mailboxes = [...kept, ...missing.map(mailboxWords)]
  return putField(fields, foldedField('Reply-To', separated(mailboxes)))
}

/** Mailboxes with commas between them. */
function separated(mailboxes: readonly (readonly string[])[]): readonly string[] {
  return mailboxes.flatMap((words, index) =>
    index === mailboxes.length - 1 ? words : [...words.slice(0, -1), `${words.at(-1)},`],
  )
}

/** False for a list with an open quote or the like, which would swallow what is added. */
function isWhole(field: HeaderField): boolean {
  const probe = 'probe@invalid'
  const mailboxes = listedMailboxes(`${readable(field)}, ${probe}`, maxReplyTo)
  return mailboxes.length > 1 && mailboxes.at(-1)?.address === probe
}
