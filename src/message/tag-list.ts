/**
 * The `tag=value;` lists of RFC 6376 section 3.2 and of the DKIM2 header fields.
 *
 * Strict: a list that is malformed anywhere is malformed as a whole, as two readers that recover differently would
 * see two different signatures. Tag names are compared without regard to case; values keep theirs.
 */

import { trimWhiteSpace, unfold } from './header-field.ts'

export interface Tag {
  /** As spelled. */
  readonly name: string
  /** Unfolded, outer white space trimmed, inner white space as it was; latin1. */
  readonly value: string
}

export interface TagList {
  readonly kind: 'tags'
  /** In the order of the text. */
  readonly tags: readonly Tag[]
  /** The value of a tag, whatever the case of its name if names are folded; undefined where it is absent. */
  get(name: string): string | undefined
}

export interface MalformedTagList {
  readonly kind: 'malformed'
  readonly reason: string
}

/** What readers of tag lists disagree on. */
export interface TagListRules {
  /** Tag names are the same whatever their case; otherwise only in the same case. */
  readonly foldsNames: boolean
  /** Nothing between two semicolons is passed over; otherwise it makes the list malformed. */
  readonly skipsEmpty: boolean
  /** Words: a letter, then letters, digits and `_` (RFC 6376 section 3.2). Paths: the dots and hyphens of `h.List-Id` and `bin.2.1` too. */
  readonly names: 'words' | 'paths'
}

const defaultRules: TagListRules = { foldsNames: true, skipsEmpty: false, names: 'paths' }

const tagName = { words: /^[A-Za-z][A-Za-z0-9_]*$/, paths: /^[A-Za-z][\x21-\x3a\x3c\x3e-\x7e]*$/ } as const
/** Control characters are no part of any value. Octets above 0x7f are: addresses may be UTF-8 (RFC 6531). */
const forbidden = /[\x00-\x08\x0a-\x1f\x7f]/

/**
 * Reads a tag list.
 *
 * @param text the field's value or a key record, latin1, folded or not
 * @returns the tags, or what is wrong: an empty tag, no `=`, a bad name, a control character, a repeated name
 */
export function parseTagList(
  text: string,
  { foldsNames, skipsEmpty, names }: TagListRules = defaultRules,
): TagList | MalformedTagList {
  const line = unfold(text)
  if (forbidden.test(line)) return malformed('control character')
  const parts = line.split(';')
  if (trimWhiteSpace(parts[parts.length - 1] ?? '') === '') parts.pop()
  const tags: Tag[] = []
  const values = new Map<string, string>()
  for (const part of parts) {
    if (skipsEmpty && trimWhiteSpace(part) === '') continue
    const equals = part.indexOf('=')
    if (equals < 0) return malformed('tag without a value')
    const name = trimWhiteSpace(part.slice(0, equals))
    if (!tagName[names].test(name)) return malformed('bad tag name')
    const key = foldsNames ? name.toLowerCase() : name
    if (values.has(key)) return malformed(`duplicate tag ${key}`)
    const value = trimWhiteSpace(part.slice(equals + 1))
    values.set(key, value)
    tags.push({ name, value })
  }
  return { kind: 'tags', tags, get: name => values.get(foldsNames ? name.toLowerCase() : name) }
}

/**
 * The lower-cased names in a list that may be malformed, for telling profiles apart; nothing else may rely on it.
 * A repeated name is given once.
 */
export function tagNames(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const part of unfold(text).split(';')) {
    const equals = part.indexOf('=')
    const name = trimWhiteSpace(part.slice(0, Math.max(equals, 0)))
    if (name !== '') names.add(name.toLowerCase())
  }
  return names
}

function malformed(reason: string): MalformedTagList {
  return { kind: 'malformed', reason }
}
