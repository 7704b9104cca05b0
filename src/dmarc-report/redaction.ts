/**
 * What a failure report shows of a message (RFC 9991, RFC 6590): enough to find out which system sent it, and nothing of what it says
 * or whom it was for. Pure.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import { fieldValue } from '../message/header-field.ts'
import { parseMailbox } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import { withoutControls } from '../message/printable.ts'

/** Fields that name no recipient and quote nothing. */
const shownFields: ReadonlySet<string> = new Set([
  'date',
  'message-id',
  'mime-version',
  'content-type',
  'dkim-signature',
  'from',
  'sender',
])

/** Characters of one field; a signature has a few hundred. */
const maxFieldCharacters = 2_000
const maxFields = 20

/**
 * An address whose local part is a hash: the same one for the same address as long as the key is the same (RFC 6590 section 2).
 *
 * @returns '' for what is no address
 */
export function redactedAddress(address: string, key: KeyObject): string {
  const mailbox = parseMailbox(address)
  if (mailbox === undefined) return ''
  const hash = createHmac('sha256', key).update(mailbox.localPart).digest('base64url').slice(0, 16)
  return `${hash}@${mailbox.domain}`
}

/** Header fields with CRLF line ends, ASCII. */
export function redactedHeader({ fields }: Pick<Message, 'fields'>, key: KeyObject): string {
  const shown = fields.filter(({ name }) => shownFields.has(name.toLowerCase())).slice(0, maxFields)
  return shown
    .map(field => `${field.name}: ${redactedValue(field.name, fieldValue(field), key)}\r\n`)
    .join('')
}

function redactedValue(name: string, value: string, key: KeyObject): string {
  const plain = oneLine(value).slice(0, maxFieldCharacters)
  switch (name.toLowerCase()) {
    case 'from':
    case 'sender':
      return addressesIn(plain)
        .map(address => `<${redactedAddress(address, key)}>`)
        .join(', ')
    case 'dkim-signature':
      // i= may name the author.
      return plain.replace(/([;\s]i\s*=\s*)[^@;]*@/gi, '$1redacted@')
    case 'content-type':
      // Parameters such as name= quote files.
      return plain.split(';')[0] ?? ''
    default:
      return plain
  }
}

/** At most a few: a field of thousands is no author's. */
function addressesIn(value: string): string[] {
  return (value.match(/[^\s<>,;:"()]{1,64}@[^\s<>,;:"()]{1,255}/g) ?? []).slice(0, 5)
}

function oneLine(value: string): string {
  return withoutControls(value.replace(/\r?\n[ \t]*/g, ' '))
    .replace(/[^\x20-\x7e]/g, '?')
    .trim()
}
