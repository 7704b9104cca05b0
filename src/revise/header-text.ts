/**
 * Text that goes into header fields. Nothing does unless it went through here: a value that could end its field or its place
 * in it is refused. All of it comes from settings, so a refusal is a RangeError when the rule is made.
 */

import { parseMailbox } from '../message/mailbox.ts'
import { hasControls } from '../message/printable.ts'
import { encodeWords } from './encoded-word.ts'

/** Settings, not mail: longer ones are mistakes, and a line of a header section ends at 998 octets. */
const maxTextLength = 200
const maxUriLength = 900

const atoms = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/
const listId = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)+$/
/** RFC 3986 section 2 and the three schemes that list fields have in practice; `<` and `>` frame it, `,` and `(` are legal in it. */
const uri = /^(?:https?:\/\/|mailto:)[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/

/** One line of text, without white space at its ends. @throws RangeError */
export function checkedText(what: string, text: string): string {
  if (text === '' || text.trim() !== text || text.length > maxTextLength || hasControls(text)) {
    throw new RangeError(`${what}: not a line of 1 to ${maxTextLength} characters: ${JSON.stringify(text)}`)
  }
  return text
}

/** A URI for a list field: https, http or mailto. @throws RangeError */
export function checkedUri(what: string, text: string): string {
  if (text.length > maxUriLength || !uri.test(text)) {
    throw new RangeError(`${what}: not a URI of https, http or mailto: ${JSON.stringify(text)}`)
  }
  return text
}

/** A List-Id of RFC 2919 section 2 without its angle brackets, `team.list.example`. @throws RangeError */
export function checkedListId(what: string, text: string): string {
  if (text.length > 255 || !listId.test(text)) {
    throw new RangeError(`${what}: not a list identifier with dots: ${JSON.stringify(text)}`)
  }
  return text
}

/** A mailbox of RFC 5321 in ASCII, without angle brackets. @throws RangeError */
export function checkedAddress(what: string, text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text) || /[<>()",;:\\[\]]/.test(text) || !parseMailbox(text)) {
    throw new RangeError(`${what}: not a mail address in ASCII: ${JSON.stringify(text)}`)
  }
  return text
}

/** A display name (RFC 5322 section 3.2.5) as pieces between which a field may be folded. ASCII. */
export function phrase(text: string): readonly string[] {
  if (/[^\x20-\x7e]/.test(text)) return encodeWords(text)
  return [atoms.test(text) && !text.includes('=?') ? text : quoted(text)]
}

/** A quoted-string (RFC 5322 section 3.2.4). */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** The URI to write to an address, with a subject where one is given. RFC 6068. */
export function mailtoUri(address: string, subject?: string): string {
  const path = encodeURIComponent(address).replace('%40', '@')
  return subject === undefined ? `mailto:${path}` : `mailto:${path}?subject=${encodeURIComponent(subject)}`
}
