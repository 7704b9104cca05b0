/** Finding what looks like the name of a machine or a person in text: addresses, host names, IP addresses. Linear. */
import { isIPv4, isIPv6 } from 'node:net'

export interface FoundName {
  readonly kind: 'address' | 'host' | 'ip'
  /** As it stands in the text. */
  readonly text: string
}

/** White space and what encloses or separates names. A colon does not: it is part of IPv6 addresses. */
const separators = /[\s<>()[\]{}"',;=|\\]+/
/** A local part of 64 octets, the at sign and a domain of 255 (RFC 5321 section 4.5.3.1). */
const maxNameLength = 320

/** Every name in the text, in its order. What is found twice is given twice. */
export function* namesIn(text: string): Generator<FoundName> {
  for (const token of text.split(separators)) {
    if (token.includes('@')) {
      const address = trimmed(token, '.:').slice(0, maxNameLength)
      if (address.length > 1) yield { kind: 'address', text: address }
    } else yield* hostsIn(token)
  }
}

function* hostsIn(token: string): Generator<FoundName> {
  const bare = trimmedEnd(token.replace(/^ipv6:/i, ''), '.')
  if (isIPv6(bare)) {
    yield { kind: 'ip', text: bare }
    return
  }
  if (bare.includes('::') && /^[0-9a-f:.]+$/i.test(bare)) yield { kind: 'ip', text: bare }
  for (const word of bare.split(/[^\p{L}\p{N}._-]+/u)) {
    const name = trimmed(word, '.-_')
    if (!name.includes('.')) continue
    if (isIPv4(name)) yield { kind: 'ip', text: name }
    else if (isHostName(name)) yield { kind: 'host', text: name }
  }
}

/** The last label tells a name from a number (5.1.1), an abbreviation (e.g.) and the end of a sentence. */
function isHostName(name: string): boolean {
  const labels = name.split('.')
  const last = labels.at(-1) ?? ''
  return labels.every(label => label !== '') && last.length >= 2 && /\p{L}/u.test(last)
}

/** Loops, because a pattern that looks for the end begins anew at every character of a long run. */
function trimmed(word: string, edges: string): string {
  let start = 0
  while (start < word.length && edges.includes(word.charAt(start))) start++
  return trimmedEnd(word.slice(start), edges)
}

function trimmedEnd(word: string, edges: string): string {
  let end = word.length
  while (end > 0 && edges.includes(word.charAt(end - 1))) end--
  return word.slice(0, end)
}
