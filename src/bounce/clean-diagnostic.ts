/**
 * Somebody else's words, for the previous hop to read. They are written by strangers, who may hide an address in any encoding;
 * so the rule is not what to take out but what to leave in: plain words, reply and status codes, names that may be told.
 */
import type { Privacy } from './told-names.ts'

/** Takes the place of what is left out. */
const omission = '[...]'
/** Longer texts are instructions for the peer's own users. */
const maxCharacters = 200
/** The words of a reply that are looked at. */
const maxWords = 200

/** A word, with the signs of a sentence around it. */
const plainWord = /^["'(]?([A-Za-z]+(?:['-][A-Za-z]+)?)["')]?[.,:;!?]?$/
const code = /^[(#]*(?:[245]\d\d|[245]\.\d{1,3}\.\d{1,3})[)]?[-.,:;]?$/
/** English has few longer words, and encoded names are seldom shorter. */
const maxWordLength = 16

/**
 * What may be passed on of a text, on one line of ASCII.
 *
 * @param namesBeyond names that the report itself speaks of, from further on than this hop knows
 * @returns undefined where nothing of substance is left
 */
export function cleanDiagnostic(
  text: string,
  privacy: Privacy,
  namesBeyond: readonly string[] = [],
): string | undefined {
  const secret = secretLabels([...privacy.hidden, ...privacy.hiddenDomains, ...namesBeyond])
  const kept: string[] = []
  for (const word of text.normalize('NFKC').trim().split(/\s+/, maxWords)) {
    const isOpen = code.test(word) || isTold(word, privacy) || isHarmless(word, secret)
    if (isOpen) kept.push(word)
    else if (kept.at(-1) !== omission) kept.push(omission)
  }
  const line = fitting(kept)
  return /[A-Za-z0-9]/.test(line) ? line : undefined
}

function fitting(words: readonly string[]): string {
  let line = ''
  for (const word of words) {
    if (line.length + 1 + word.length > maxCharacters) break
    line += line === '' ? word : ` ${word}`
  }
  return line
}

function isTold(word: string, privacy: Privacy): boolean {
  const bare = word.toLowerCase().replace(/^[<("']+|[>)"'.,:;!?]+$/g, '')
  return /^[\x21-\x7e]+$/.test(bare) && privacy.nameable.includes(bare)
}

function isHarmless(word: string, secret: SecretLabels): boolean {
  const letters = plainWord.exec(word)?.[1]?.toLowerCase()
  if (letters === undefined || letters.length > maxWordLength) return false
  const parts = letters.split(/['-]/)
  const joined = parts.join('')
  return (
    ![letters, joined, ...parts].some(part => secret.whole.has(part)) &&
    !secret.long.some(label => joined.includes(label))
  )
}

interface SecretLabels {
  /** Pieces of hidden names; no word may be one of them. */
  readonly whole: ReadonlySet<string>
  /** The longer of them; no word may contain one. */
  readonly long: readonly string[]
}

/** Labels that say nothing of whose they are, and that half of all replies contain as words. */
const commonLabels: ReadonlySet<string> = new Set([
  'mail',
  'mailbox',
  'smtp',
  'host',
  'relay',
  'server',
  'user',
  'inbound',
  'message',
  'com',
  'net',
  'org',
])

/** Local parts and labels are names too: `jdoe: mailbox unavailable at bigcorp`. */
function secretLabels(names: readonly string[]): SecretLabels {
  const pieces = names.flatMap(name => name.toLowerCase().split(/[^\p{L}\p{N}]+/u))
  // `jdoe42` is told as `jdoe` too, and `big-corp` as `bigcorp`.
  const letters = pieces.flatMap(piece => piece.match(/\p{L}{3,}/gu) ?? [])
  const labels = new Set([...pieces, ...letters].filter(label => label !== '' && !commonLabels.has(label)))
  return { whole: labels, long: [...labels].filter(label => label.length >= 4) }
}
