/**
 * The address in a From header field: RFC 5322 sections 3.4 and 3.6.2, with the UTF-8 of RFC 6532. Strict, as what two
 * readers take for different addresses must not count as authentic for either.
 */

import { isDomain } from './mailbox.ts'

/** Deeper comments are no one's idea of an address. */
const maxCommentDepth = 10

/** What stands in a field apart from comments: text outside and inside of angle brackets, quoted strings as `"`. */
interface Pieces {
  readonly outside: string
  readonly angles: readonly string[]
}

/**
 * The domain of the one mailbox in a field.
 *
 * @param value of the field, unfolded, latin1
 * @returns undefined for a group, for none, several or malformed mailboxes, and for a domain literal
 */
export function singleMailboxDomain(value: string): string | undefined {
  return partsOfAddress(singleAddress(value))?.domain
}

/** As `singleMailboxDomain`, the whole address in Unicode; undefined also for a quoted local part. */
export function singleMailbox(value: string): string | undefined {
  const parts = partsOfAddress(singleAddress(value))
  const localPart = parts && decodeUtf8(parts.localPart)
  return localPart === undefined || localPart.includes('"') ? undefined : `${localPart}@${parts?.domain}`
}

/** What stands in the angle brackets, or all of a value without any; quoted strings are `"`. */
function singleAddress(value: string): string | undefined {
  const pieces = takeApart(value)
  if (!pieces || pieces.angles.length > 1) return undefined
  const [angle] = pieces.angles
  const isNamed = angle !== undefined
  // A name is words only; `<`, `@` and separators outside of the brackets would make it another address, or a second one.
  if (/[,;:<>\x00-\x08\x0a-\x1f\x7f]/.test(pieces.outside) || (isNamed && pieces.outside.includes('@'))) {
    return undefined
  }
  return (angle ?? pieces.outside).replace(/[ \t]+/g, ' ').trim()
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
  return angle === undefined ? { outside, angles } : undefined
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
