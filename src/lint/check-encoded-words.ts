/** Encoded-words: RFC 2047, where they may stand and what they look like. */
import { type AddressToken, addressTokens } from './address-items.ts'
import { betterCharset, isRegisteredCharset, isTextOf } from './charsets.ts'
import { addressFields } from './check-addresses.ts'
import type { Note } from './findings.ts'
import type { LocatedField } from './located-field.ts'

/** RFC 2047 section 2. */
const maxWordLength = 75
const maxLineLength = 76

/** Where no encoded-word may stand at all; in parameters, `check-parameters.ts` looks. */
const structuredFields = new Set([
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'received',
  'return-path',
  'mime-version',
  'content-transfer-encoding',
  'content-id',
  'dkim-signature',
  'list-unsubscribe',
  'list-unsubscribe-post',
])
const parameterFields = new Set(['content-type', 'content-disposition'])

/** Anything that somebody meant to be one. */
const candidate = /=\?([^\s?]{1,60})\?([^\s?]{1,60})\?([^?\r\n]*)(\?=)?/g

interface Word {
  readonly text: string
  /** Where it stands in the value. */
  readonly start: number
  readonly charset: string
  readonly encoding: string
  readonly content: string
  readonly isClosed: boolean
}

export function checkEncodedWords(fields: readonly LocatedField[], note: Note): void {
  for (const field of fields) {
    if (!field.value.includes('=?') || parameterFields.has(field.key)) continue
    const words = [...wordsOf(field.value)]
    for (const word of words) checkWord(word, field, note)
    if (words.length > 0) checkLineLengths(field, note)
    checkPlaces(words, field, note)
  }
}

function* wordsOf(value: string): Generator<Word> {
  for (const match of value.matchAll(candidate)) {
    const [text, charset = '', encoding = '', content = '', end] = match
    yield { text, start: match.index, charset, encoding, content, isClosed: end !== undefined }
  }
}

function checkWord(word: Word, { valueStart }: LocatedField, note: Note): void {
  const place = valueStart + word.start
  const found = { found: word.text }
  if (!word.isClosed || !/^[bq]$/i.test(word.encoding) || !isContentSound(word)) {
    return note('word-malformed', place, found)
  }
  if (word.text.length > maxWordLength)
    note('word-over-75', place, { found: `${word.text.length} characters` })
  // RFC 2231 section 5: a language may follow the charset.
  const charset = word.charset.replace(/\*.*/, '')
  if (!isRegisteredCharset(charset)) {
    const instead = betterCharset(charset)
    note('charset-name', place, { found: charset, ...(instead === undefined ? {} : { instead }) })
  }
  if (!isTextOf(octetsOf(word), charset)) note('word-splits-character', place, found)
}

function isContentSound({ encoding, content }: Word): boolean {
  if (/^b$/i.test(encoding)) return content.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(content)
  return /^(?:[\x21-\x3c\x3e\x40-\x7e]|=[0-9A-Fa-f]{2})*$/.test(content)
}

function octetsOf({ encoding, content }: Word): Buffer {
  if (/^b$/i.test(encoding)) return Buffer.from(content, 'base64')
  const text = content
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(text, 'latin1')
}

/** A line that is long for the sake of one long word is told as that. */
function checkLineLengths({ text, start }: LocatedField, note: Note): void {
  let at = start
  for (const line of text.split('\r\n')) {
    if (line.length > maxLineLength && /=\?[^\s?]+\?[^\s?]+\?/.test(line) && !hasLongWord(line)) {
      note('word-line-over-76', at + maxLineLength, { found: `${line.length} characters` })
    }
    at += line.length + 2
  }
}

function hasLongWord(line: string): boolean {
  return [...wordsOf(line)].some(({ text }) => text.length > maxWordLength)
}

function checkPlaces(words: readonly Word[], field: LocatedField, note: Note): void {
  if (structuredFields.has(field.key)) {
    for (const word of words) note('word-in-address', field.valueStart + word.start, { found: word.text })
  } else if (addressFields.has(field.key)) {
    for (const token of addressTokens(field.value)) checkToken(token, field, note)
  } else {
    for (const word of words) checkNeighbours(word, field.value, field.valueStart, '', note)
  }
}

/** In the fields with addresses it counts what a word stands in. */
function checkToken({ text, start, kind }: AddressToken, { valueStart }: LocatedField, note: Note): void {
  const place = valueStart + start
  for (const word of wordsOf(text)) {
    const found = { found: word.text }
    if (kind === 'quoted') note('word-in-quotes', place + word.start, found)
    else if (kind === 'angle') note('word-in-address', place + word.start, found)
    else checkNeighbours(word, text, place, '()', note)
  }
}

/**
 * @param text in which it stands, from its first octet at `place`
 * @param marks that may touch it
 */
function checkNeighbours(
  { start, text: word }: Word,
  text: string,
  place: number,
  marks: string,
  note: Note,
): void {
  const before = text[start - 1]
  const after = text[start + word.length]
  const isFree = (octet: string | undefined) =>
    octet === undefined || /\s/.test(octet) || (marks !== '' && marks.includes(octet))
  if (!isFree(before) || !isFree(after)) note('word-not-separate', place + start, { found: word })
}
