/** What the two fields of this profile have in common: their tag lists, and lists in groups. */

import { decodeBase64, encodeBase64 } from '../../../message/base64.ts'
import { trimWhiteSpace } from '../../../message/header-field.ts'
import { fieldValue, type HeaderField } from '../../../message/message.ts'
import { parseTagList, type TagList } from '../../../message/tag-list.ts'
import { unknownSequence } from '../../verdict.ts'
import type { RuleSet } from './rules.ts'

/** The tags of a field; undefined where they are malformed. All that stands in them is printable ASCII. */
export function readTags(field: HeaderField, rules: RuleSet): TagList | undefined {
  const value = fieldValue(field)
  if (/[^\t\x20-\x7e]/.test(value)) return undefined
  const list = parseTagList(value, rules.tagLists)
  return list.kind === 'tags' ? list : undefined
}

/** The number in tag `i` or `m` of a field that may be malformed, for text. */
export function readableNumber(field: HeaderField, tag: 'i' | 'm'): string {
  return readable[tag].exec(fieldValue(field))?.[1] ?? unknownSequence
}

const readable = {
  i: /(?:^|;)[ \t]*i[ \t]*=[ \t]*(\d{1,9})[ \t]*(?:;|$)/i,
  m: /(?:^|;)[ \t]*m[ \t]*=[ \t]*(\d{1,9})[ \t]*(?:;|$)/i,
} as const

/** A number from 1 to `max`; 0 for anything else. */
export function readNumber(text: string | undefined, max: number): number {
  const number = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0
  return number <= max ? number : 0
}

export interface Triple {
  readonly group: number
  readonly first: string
  readonly second: string
  readonly third: string
}

/** Sets of three values with `:` between, `,` and, where there are alternatives, `|` between the sets. */
export function readTriples(text: string, rules: RuleSet): Triple[] | undefined {
  const triples: Triple[] = []
  const groups = rules.groups.alternatives ? text.split('|') : [text]
  for (const [group, sets] of groups.entries()) {
    for (const set of sets.split(',')) {
      const [first, second, third, ...others] = set.split(':').map(trimWhiteSpace)
      if (first === undefined || second === undefined || third === undefined || others.length > 0)
        return undefined
      triples.push({ group, first, second, third })
    }
  }
  return triples
}

/** Sets in groups as text, in pieces between which it may be folded. */
export function joinGroups(
  sets: readonly { readonly group: number; readonly pieces: readonly string[] }[],
): string[] {
  const order = [...Map.groupBy(sets, set => set.group).values()].flat()
  return order.flatMap(({ group, pieces }, index) => {
    const next = order[index + 1]
    const separator = next === undefined ? '' : next.group === group ? ',' : '|'
    return [...pieces.slice(0, -1), `${pieces.at(-1) ?? ''}${separator}`]
  })
}

/**
 * Octets of base64 with something in it. It is padded, and bits that are over are zero (section 2.14), so that no other text
 * stands for the same octets; white space may stand anywhere.
 */
export function readOctets(text: string): Buffer | undefined {
  const octets = decodeBase64(text)
  if (!octets || octets.length === 0) return undefined
  return encodeBase64(octets) === text.replace(/[ \t]+/g, '') ? octets : undefined
}

/** A name of an algorithm or flag. */
export function isTextString(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text)
}
