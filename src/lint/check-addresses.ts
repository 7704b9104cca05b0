/** The fields that hold addresses. RFC 5322 sections 3.4, 3.6.2 and 3.6.3. */
import { listedMailboxes } from '../message/address-list.ts'
import { isAsciiText } from '../message/header-field.ts'
import { parseMailbox } from '../message/mailbox.ts'
import { type AddressItem, addressItems, addressTokens } from './address-items.ts'
import { asEncodedWords, isUtf8 } from './encoded-text.ts'
import type { Note } from './findings.ts'
import type { LocatedField } from './located-field.ts'

export const addressFields: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
  'resent-bcc',
])

export function checkAddresses(fields: readonly LocatedField[], note: Note): void {
  let authors = 0
  for (const field of fields) {
    if (!addressFields.has(field.key)) continue
    const count = checkField(field, note)
    if (field.key === 'from') authors += count
    if (field.key === 'sender' && count !== 1)
      note('sender-several', field.valueStart, { found: field.value })
    if (field.key === 'bcc' && count > 0) note('bcc-in-open', field.start, { found: field.value })
  }
  const from = fields.find(({ key }) => key === 'from')
  if (from === undefined) return
  if (authors === 0) note('from-no-mailbox', from.valueStart, { found: from.value })
  if (authors > 1 && !fields.some(({ key }) => key === 'sender')) note('no-sender', from.start)
}

/** @returns how many mailboxes it holds */
function checkField(field: LocatedField, note: Note): number {
  const items = addressItems(field.value)
  let mailboxes = 0
  for (const item of items) {
    const place = field.valueStart + item.start + leadingSpace(item.text)
    if (item.text.trim() !== '') mailboxes += checkItem(item, place, field, note)
    else if (!item.mayBeEmpty && !isEmptyBcc(field)) note('bad-address', place)
  }
  return mailboxes
}

/** RFC 5322 section 3.6.3: it may say no more than that somebody was there. */
function isEmptyBcc({ key, value }: LocatedField): boolean {
  return key === 'bcc' && value.trim() === ''
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length
}

/** @returns 1 for a mailbox, else 0 */
function checkItem(item: AddressItem, place: number, field: LocatedField, note: Note): number {
  const found = { found: item.text }
  checkName(item, field, note)
  const [mailbox] = listedMailboxes(item.text.replace(/\r\n/g, ''), 1)
  if (mailbox === undefined || !isMailbox(mailbox.address)) {
    note('bad-address', place, found)
    return 0
  }
  if (!isAsciiText(mailbox.address)) note('address-not-ascii', place, { found: mailbox.address })
  return 1
}

function isMailbox(latin1: string): boolean {
  if (!isUtf8(latin1)) return false
  return parseMailbox(Buffer.from(latin1, 'latin1').toString('utf8')) !== undefined
}

const encodedWord = /=\?[^\s?]*\?[^\s?]*\?[^?]*\?=/g
/** RFC 5322 section 3.2.3, less those that end a token. */
const specials = /[.@[\]\\)>]/

/** What stands outside of the angle brackets. */
function checkName({ text, start }: AddressItem, { valueStart }: LocatedField, note: Note): void {
  const tokens = [...addressTokens(text)]
  const isNamed = tokens.some(({ kind }) => kind === 'angle')
  for (const token of tokens) {
    const place = valueStart + start + token.start + leadingSpace(token.text)
    if (token.kind === 'angle' || (token.kind === 'words' && !isNamed)) continue
    if (!isAsciiText(token.text)) {
      note('name-not-encoded', place, { found: token.text, ...asEncodedWords(withoutMarks(token.text)) })
    } else if (token.kind === 'words' && specials.test(token.text.replace(encodedWord, ''))) {
      note('name-unquoted', place, { found: token.text, instead: `write "${token.text.trim()}"` })
    }
  }
}

function withoutMarks(token: string): string {
  return /^["(]/.test(token) ? token.slice(1, -1) : token
}
