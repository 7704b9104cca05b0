/** Finding what looks like the name of a machine or a person in text: addresses, host names, IP addresses. Linear. */
import { isIPv4, isIPv6 } from 'node:net'

export interface FoundName {
  readonly kind: 'address' | 'host' | 'ip'
  /** As it stands in the text. */
  readonly text: string
}

/** White space and what encloses or separates names. A colon does not: it is part of IPv6 addresses. */
const separators = /[\s<>()[\]{}"',;=|\\]+/
const maxNameLength = 320

/** Every name in the text, in its order. What is found twice is given twice. */
export function* namesIn(text: string): Generator<FoundName> {
  for (const token of text.split(separators)) {
    if (token.includes('@')) {
      const address = token.replace(/^[.:]+|[.:]+$/g, '').slice(0, maxNameLength)
      if (address.length > 1) yield { kind: 'address', text: address }
    } else yield* hostsIn(token)
  }
}

function* hostsIn(token: string): Generator<FoundName> {
  const bare = token.replace(/^ipv6:/i, '').replace(/[.]+$/, '')
  if (isIPv6(bare)) {
    yield { kind: 'ip', text: bare }
    return
  }
  if (bare.includes('::') && /^[0-9a-f:.]+$/i.test(bare)) yield { kind: 'ip', text: bare }
  for (const word of bare.split(/[^\p{L}\p{N}._-]+/u)) {
    const name = trimDots(word)
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

function trimDots(word: string): string {
  let start = 0
  let end = word.length
  while (start < end && isEdge(word[start])) start++
  while (end > start && isEdge(word[end - 1])) end--
  return word.slice(start, end)
}

function isEdge(character: string | undefined): boolean {
  return character === '.' || character === '-' || character === '_'
}
