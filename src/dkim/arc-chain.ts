/** The ARC sets of a message, as a sealer needs them. RFC 8617 sections 4.1 and 4.2. Nothing is verified. */

import { fieldValue } from '../message/header-field.ts'
import { type HeaderField, lowerAscii } from '../message/message.ts'
import { parseTagList } from '../message/tag-list.ts'

export interface ArcSet {
  readonly results: HeaderField
  readonly messageSignature: HeaderField
  readonly seal: HeaderField
}

export interface ArcChain {
  /** The highest instance that any ARC field names; 0 where there are none. */
  readonly highest: number
  /** In ascending order from i=1; undefined where fields are missing, doubled or cannot be read. */
  readonly sets: readonly ArcSet[] | undefined
  /** The newest seal says that the chain had failed: nobody adds to it any more (section 5.1 step 2). */
  readonly hasEnded: boolean
  /** Algorithms of the seals. */
  readonly algorithms: ReadonlySet<string>
}

const parts = {
  'arc-authentication-results': 'results',
  'arc-message-signature': 'messageSignature',
  'arc-seal': 'seal',
} as const

type Part = (typeof parts)[keyof typeof parts]

/** RFC 8617 section 4.2.1: a chain has at most fifty sets. */
export const maxArcInstances = 50

/** Reads all ARC fields; in whatever order they stand. */
export function readArcChain(fields: readonly HeaderField[]): ArcChain {
  const found = new Map<number, Partial<Record<Part, HeaderField>>>()
  const algorithms = new Set<string>()
  let isRegular = true
  let ended = 0
  for (const field of fields) {
    const part = partOf(field)
    if (part === undefined) continue
    const { instance, algorithm, status } = readPart(part, field)
    const set = found.get(instance) ?? {}
    if (instance === 0 || set[part] !== undefined) isRegular = false
    if (status === 'fail') ended = Math.max(ended, instance)
    if (algorithm !== undefined) algorithms.add(algorithm)
    found.set(instance, { ...set, [part]: field })
  }
  const highest = Math.max(0, ...found.keys())
  const sets = isRegular ? completeSets(found, highest) : undefined
  return { highest, sets, hasEnded: ended > 0 && ended === highest, algorithms }
}

function partOf({ name }: HeaderField): Part | undefined {
  const key = lowerAscii(name)
  return key in parts ? parts[key as keyof typeof parts] : undefined
}

interface ReadPart {
  /** 0: it cannot be read. */
  readonly instance: number
  readonly algorithm?: string | undefined
  readonly status?: string | undefined
}

function readPart(part: Part, field: HeaderField): ReadPart {
  const value = fieldValue(field)
  if (part === 'results') return { instance: instanceOf(resultsInstance.exec(value)?.[1]) }
  const tags = parseTagList(value)
  if (tags.kind === 'malformed') return { instance: 0 }
  const instance = instanceOf(tags.get('i'))
  if (part === 'messageSignature') return { instance }
  return { instance, algorithm: tags.get('a')?.toLowerCase(), status: tags.get('cv')?.toLowerCase() }
}

/** The instance stands first in ARC-Authentication-Results (section 4.1.1). */
const resultsInstance = /^i[ \t]*=[ \t]*([0-9]{1,2})[ \t]*;/i

function instanceOf(text: string | undefined): number {
  return /^[1-9][0-9]?$/.test(text ?? '') ? Number(text) : 0
}

function completeSets(
  found: ReadonlyMap<number, Partial<Record<Part, HeaderField>>>,
  highest: number,
): ArcSet[] | undefined {
  const sets: ArcSet[] = []
  for (let instance = 1; instance <= highest; instance++) {
    const { results, messageSignature, seal } = found.get(instance) ?? {}
    if (!results || !messageSignature || !seal) return undefined
    sets.push({ results, messageSignature, seal })
  }
  return sets
}
