/**
 * The address in a From header field: RFC 5322 sections 3.4 and 3.6.2, with the UTF-8 of RFC 6532. Strict, as what two
 * readers take for different addresses must not count as authentic for either.
 */

import { isDomain, parseMailbox, quotedContent, spelledLocalPart } from './mailbox.ts'

/** Deeper comments are no one's idea of an address. */
const maxCommentDepth = 10

/** What stands in a field apart from comments, quoted strings as `"`. */
interface Pieces {
  readonly outside: string
  /** What stands in angle brackets. */
  readonly angles: readonly string[]
  /** The quoted strings with their quotes, outside of angle brackets and within. */
  readonly quoted: { readonly outside: readonly string[]; readonly angles: readonly string[] }
}

/** An address with a `"` for each quoted string in it, and these. */
interface RawAddress {
  readonly text: string
  readonly quoted: readonly string[]
}

/**
 * The domain of the one mailbox in a field.
 *
 * @param value of the field, unfolded, latin1
 * @returns undefined for a group, for none, several or malformed mailboxes, and for a domain literal
 */
export function singleMailboxDomain(value: string): string | undefined {
  return partsOfAddress(singleAddress(value)?.text)?.domain
}

/**
 * As `singleMailboxDomain`, the whole address in Unicode. A local part that is a quoted string keeps that spelling; one of words of
 * both kinds (obs-local-part, RFC 5322 section 4.4) gets the spelling that RFC 5321 has for it.
 */
export function singleMailbox(value: string): string | undefined {
  const address = singleAddress(value)
  const parts = partsOfAddress(address?.text)
  const localPart = address && parts && decodeUtf8(withQuotedStrings(parts.localPart, address.quoted))
  const mailbox = `${localPart}@${parts?.domain}`
  return localPart !== undefined && parseMailbox(mailbox) !== undefined ? mailbox : undefined
}

/** @param localPart latin1, with a `"` for each quoted string */
function withQuotedStrings(localPart: string, quoted: readonly string[]): string {
  if (!localPart.includes('"')) return localPart
  if (localPart === '"') return quoted[0] ?? ''
  let index = 0
  const content = localPart.replace(/"/g, () => quotedContent(quoted[index++] ?? '""'))
  return spelledLocalPart(content)
}

/** What stands in the angle brackets, or all of a value without any; quoted strings are `"`. */
function singleAddress(value: string): RawAddress | undefined {
  const pieces = takeApart(value)
  if (!pieces || pieces.angles.length > 1) return undefined
  const [angle] = pieces.angles
  const isNamed = angle !== undefined
  // A name is words only; `<`, `@` and separators outside of the brackets would make it another address, or a second one.
  if (/[,;:<>\x00-\x08\x0a-\x1f\x7f]/.test(pieces.outside) || (isNamed && pieces.outside.includes('@'))) {
    return undefined
  }
  const text = (angle ?? pieces.outside).replace(/[ \t]+/g, ' ').trim()
  return { text, quoted: isNamed ? pieces.quoted.angles : pieces.quoted.outside }
}

/** The local part in latin1 as it is spelled, the domain in lower case. */
function partsOfAddress(address: string | undefined): { localPart: string; domain: string } | undefined {
  const parts = (address ?? '').split('@')
  const [localPart, domain] = parts
  if (parts.length !== 2 || !localPart || !domain || /[ ,;:<>]/.test(address ?? '')) return undefined
  const name = decodeUtf8(domain)?.toLowerCase()
  return name !== undefined && isDomain(name) ? { localPart, domain: name } : undefined
}

/** Undefined where a comment, quoted string or angle bracket is not closed, or closed twice. */
function takeApart(value: string): Pieces | undefined {
  const angles: string[] = []
  const quoted = { outside: [] as string[], angles: [] as string[] }
  let outside = ''
  let angle: string | undefined
  for (let at = 0; at < value.length; ) {
    const character = value[at] as string
    let text = character
    let next: number | undefined = at + 1
    if (character === '(') {
      next = commentEnd(value, at)
      text = ' '
    } else if (character === '"') {
      next = quotedEnd(value, at)
      text = '"'
      quoted[angle === undefined ? 'outside' : 'angles'].push(value.slice(at, next))
    } else if (character === '<' || character === '>') {
      if ((character === '<') === (angle !== undefined)) return undefined
      if (angle !== undefined) angles.push(angle)
      angle = character === '<' ? '' : undefined
      text = ''
    } else if (character === ')' || character === '\\') {
      return undefined
    }
    if (next === undefined) return undefined
    if (angle === undefined) outside += text
    else angle += text
    at = next
  }
  return angle === undefined ? { outside, angles, quoted } : undefined
}

function commentEnd(value: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < value.length; at++) {
    const character = value[at]
    if (character === '\\') at++
    else if (character === '(') depth++
    else if (character === ')') depth--
    if (depth > maxCommentDepth) return undefined
    if (depth === 0) return at + 1
  }
  return undefined
}

function quotedEnd(value: string, start: number): number | undefined {
  for (let at = start + 1; at < value.length; at++) {
    if (value[at] === '\\') at++
    else if (value[at] === '"') return at + 1
  }
  return undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(latin1: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return undefined
  }
}
