/** Encoded-words in header fields: RFC 2047. Text of fields is latin1, one character an octet; decoded text is Unicode. */

/** RFC 2047 section 2. */
const maxWordLength = 75
const wordPattern = /=\?([\x21-\x3e\x40-\x7e]{1,60})\?([bq])\?([\x21-\x3e\x40-\x7e]*)\?=/gi
const prefix = '=?utf-8?'

/** True if `text` (latin1) begins with an encoded-word. */
export function startsWithEncodedWord(text: string): boolean {
  return text.startsWith('=?') && text.search(wordPattern) === 0
}

/** True if `text` (latin1) is made of encoded-words and white space. */
export function isEncodedWords(text: string): boolean {
  return startsWithEncodedWord(text) && /^[ \t]*$/.test(text.replace(wordPattern, ''))
}

/**
 * What a reader sees. Neighbouring words are read as one text: encoders cut characters in two, which RFC 2047 section 5 forbids and
 * mail programs join again. Made for looking at a value, not for giving it back: what is not valid in its charset comes out as U+FFFD,
 * words in a charset that nobody knows stay as they are.
 *
 * @param text latin1, unfolded
 */
export function decodeWords(text: string): string {
  const joined = text.replace(/\?=[ \t\r\n]+(?==\?)/g, '?=')
  let decoded = ''
  let run: WordRun | undefined
  let at = 0
  for (const match of joined.matchAll(wordPattern)) {
    // RFC 2231 section 5: a language may follow the charset.
    const charset = (match[1] ?? '').replace(/\*.*/, '').toLowerCase()
    if (run === undefined || match.index > at || run.charset !== charset) {
      decoded += decodeRun(run) + plainText(joined.slice(at, match.index))
      run = { charset, spelled: [], octets: [] }
    }
    run.spelled.push(match[0])
    run.octets.push(contentOf(match))
    at = match.index + match[0].length
  }
  return decoded + decodeRun(run) + plainText(joined.slice(at))
}

/** Encoded-words of one charset with nothing between them that is shown. */
interface WordRun {
  readonly charset: string
  readonly spelled: string[]
  readonly octets: Buffer[]
}

function contentOf([, , encoding = '', content = '']: RegExpMatchArray): Buffer {
  return encoding.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : readQ(content)
}

function decodeRun(run: WordRun | undefined): string {
  if (run === undefined) return ''
  try {
    return new TextDecoder(run.charset).decode(Buffer.concat(run.octets))
  } catch {
    return run.spelled.join('')
  }
}

function readQ(content: string): Buffer {
  const text = content
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(text, 'latin1')
}

/** Octets outside of encoded-words are UTF-8 (RFC 6532), or else nobody knows. */
function plainText(text: string): string {
  return /[\x80-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text
}

/**
 * Text as encoded-words of UTF-8, separated by spaces that no reader shows. ASCII.
 *
 * @param text Unicode; characters are never cut
 */
export function encodeWords(text: string): readonly string[] {
  const letters = [...text]
  const ascii = letters.filter(letter => letter <= '\x7f').length
  const [encoding, encode] = 3 * ascii < letters.length ? (['b', writeB] as const) : (['q', writeQ] as const)
  const room = maxWordLength - prefix.length - `${encoding}??=`.length
  const words: string[] = []
  let word = ''
  for (const letter of letters) {
    if (word !== '' && encode(word + letter).length > room) {
      words.push(word)
      word = ''
    }
    word += letter
  }
  if (word !== '') words.push(word)
  return words.map(content => `${prefix}${encoding}?${encode(content)}?=`)
}

function writeB(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

/** RFC 2047 section 5 rule 3: what stands in a phrase as well. */
function writeQ(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/[^A-Za-z0-9!*+\-/ ]/g, octet => `=${hex(octet)}`)
    .replaceAll(' ', '_')
}

function hex(octet: string): string {
  return octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}
