/**
 * The subject tag: `[team] ` in front of the Subject, unless a reader sees it there already.
 *
 * What was there stays, octet for octet: encoded-words (RFC 2047) are looked into but never written anew.
 */

import { fieldValue, type HeaderField, newField } from '../message/message.ts'
import { decodeWords, encodeWords, startsWithEncodedWord } from './encoded-word.ts'
import { foldedField, foldedValue, putField, swapField, topField } from './fields.ts'
import { checkedText } from './header-text.ts'
import { type RevisionRule, unrevised, withFields } from './revision.ts'

const noSubject = '(no subject)'
/** Octets of a subject that are searched for the tag. */
const maxSearched = 2_000
const lineOctets = 78

/** What programs put in front of a subject for replies and forwards, in the languages in which they are seen most. */
const replyMark =
  /^(?:re|aw|sv|vs|antw|odp|ynt|r|rif|res|ref|bls|ats|vá|nsv|fwd?|wg|tr|vb|vl|doorst|pd|i|enc|rv|fs|továbbítás|回复|答复|转发|回覆|轉寄|返信|転送|отв|ответ|на|пересл)\s?(?:\[\d+\]|\(\d+\)|\^\d+)?\s*[:\uff1a]\s*/iu
/** The tag of another list, between reply marks. */
const otherTag = /^\[[^\]]{1,100}\]\s*/u

/**
 * @param tag with its brackets, as `[team]`; Unicode
 * @throws RangeError for a tag that is no line of text
 */
export function subjectTag(tag: string): RevisionRule {
  checkedText('subject tag', tag)
  return message => {
    const old = topField(message.fields, 'subject')
    if (!old) return withFields(message, putField(message.fields, tagged('Subject', tag, noSubject)))
    if (hasTag(fieldValue(old), tag)) return unrevised(message)
    const field = tagged(old.name, tag, foldedValue(old) || noSubject)
    return withFields(message, swapField(message.fields, old, field))
  }
}

/** True if the tag stands at the beginning of a subject, or after reply marks and tags of other lists. */
function hasTag(value: string, tag: string): boolean {
  let subject = decodeWords(value.slice(0, maxSearched)).replace(/\s+/gu, ' ').trimStart()
  const wanted = tag.toLowerCase().replace(/\s+/gu, ' ')
  for (;;) {
    if (subject.toLowerCase().startsWith(wanted)) return true
    const rest = subject.replace(replyMark, '')
    const next = rest === subject ? subject.replace(otherTag, '') : rest
    if (next === subject) return false
    subject = next
  }
}

/** @param value latin1 with its folds, not empty */
function tagged(name: string, tag: string, value: string): HeaderField {
  if (/[^\x20-\x7e]/.test(tag)) return foldedField(name, [...encodedTag(tag, value), value])
  const line = value.indexOf('\r\n')
  const column = name.length + tag.length + 3 + (line < 0 ? value.length : line)
  // A line that cannot be kept short by a fold here is as long as its author made it.
  return newField(name, column <= lineOctets ? `${tag} ${value}` : `${tag}\r\n ${value}`)
}

/** The space between two encoded-words is not shown (RFC 2047 section 6.2): there it has to be in the tag. */
function encodedTag(tag: string, value: string): readonly string[] {
  return encodeWords(startsWithEncodedWord(value) ? `${tag} ` : tag)
}
