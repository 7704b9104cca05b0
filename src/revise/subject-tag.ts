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

/**
 * What programs put in front of a subject, whatever their language. Each is taken off, and what is left begins with the tag or with
 * another of them; a tag behind words of the author's own stands too far inside.
 *
 * A reply or forward, or the mark of a filter: up to three short words and a colon, with a count (`Re[2]:`, `Re*2:`).
 */
const wordsAndColon =
  /^[\p{L}\p{M}][\p{L}\p{M}\p{N}.'\u2019?!_-]{0,19}(?: [\p{L}\p{M}\p{N}.'\u2019?!_-]{1,20}){0,2} ?(?:[*^]\d{1,4}|[[({]\d{1,4}[\])}])? ?:/u
/** The tag of another list, or the mark of a filter or a mail program: `[EXTERNAL]`, `(fwd)`, `{Spam?}`. */
const bracketed =
  /^(?:\[[^\]]{1,100}\]|\([^)]{1,100}\)|\{[^}]{1,100}\}|<[^>]{1,100}>|\u3010[^\u3011]{1,100}\u3011|\u300c[^\u300d]{1,100}\u300d)/u
/** Stars and the like, also around words: `*****SPAM*****`, `***Possible spam***`, `>>`. */
const starred = /^(?:([*#!~=_|+-]{2,})[^*#!~=|+[\]]{1,60}\1|[*#!~=_|+>:.-]+)/u
/** `SPAM`, `EXTERNAL`, `SPAM?`: a word in capitals. */
const capitals = /^\p{Lu}[\p{Lu}\p{N}?!_-]+(?= )/u
const marks: readonly RegExp[] = [wordsAndColon, bracketed, starred, capitals]
/** Marks in front of one subject that are looked at. */
const maxMarks = 200

/** Characters that nobody sees, such as those for the direction of writing that programs put around reply marks. */
const unseen = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu

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

/** True if the tag stands at the beginning of a subject, or behind nothing but marks. */
function hasTag(value: string, tag: string): boolean {
  let subject = asRead(decodeWords(value.slice(0, maxSearched)))
  const wanted = asRead(tag)
  for (let count = 0; count < maxMarks; count++) {
    if (beginsWithTag(subject, wanted)) return true
    const mark = marks.map(pattern => pattern.exec(subject)?.[0]).find(found => found !== undefined)
    if (mark === undefined) return false
    subject = subject.slice(mark.length).trimStart()
  }
  return false
}

/** Text in the form in which a reader takes it for the same: one spelling of each character, single spaces. */
function asRead(text: string): string {
  return text.normalize('NFKC').replace(unseen, '').replace(/\s+/gu, ' ').trim()
}

function beginsWithTag(subject: string, tag: string): boolean {
  const [found, wanted] = [subject.slice(0, tag.length + 20), tag].map(text => text.toLowerCase())
  if (found === undefined || wanted === undefined || !found.startsWith(wanted)) return false
  // A tag without brackets is no part of a longer word.
  return !/[\p{L}\p{N}]$/u.test(wanted) || !/^[\p{L}\p{N}]/u.test(found.slice(wanted.length))
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
