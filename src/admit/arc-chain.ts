/**
 * What of a message is shown to mailauth to validate its ARC chain (RFC 8617 section 5.2): the sets, and the fields that the newest
 * ARC-Message-Signature covers. Every seal hashes all sets below it, so the work grows with the square of their number: what
 * goes beyond the bounds fails, which the section allows for chains that are too long.
 */
import { fieldValue, type HeaderField, lowerAscii, type Message } from '../message/message.ts'
import { hasShortLines } from './dkim-signatures.ts'

export interface ArcBounds {
  /** RFC 8617 section 4.2.1 has 50. */
  readonly maxInstances: number
  /** Octets that all seals together hash. */
  readonly maxSealedBytes: number
  /** Of the fields of the sets and those that the newest signature covers. */
  readonly maxHeaderBytes: number
  readonly maxHeaderLines: number
  readonly maxLineBytes: number
}

export type ShownChain =
  | { readonly kind: 'chain'; readonly fields: ReadonlySet<HeaderField> }
  /** The chain fails without a look at its signatures. */
  | { readonly kind: 'too-large'; readonly reason: string }

const arcNames: ReadonlySet<string> = new Set([
  'arc-seal',
  'arc-message-signature',
  'arc-authentication-results',
])

/** undefined: there is no chain. */
export function shownChain({ fields }: Message, bounds: ArcBounds): ShownChain | undefined {
  const arc = fields.filter(({ name }) => arcNames.has(lowerAscii(name)))
  if (arc.length === 0) return undefined
  const instances = Math.max(...arc.map(instanceOf))
  if (arc.length > 3 * bounds.maxInstances || instances > bounds.maxInstances)
    return { kind: 'too-large', reason: `more than ${bounds.maxInstances} sets` }
  const newest = arc.find(field => isNamed(field, 'arc-message-signature') && instanceOf(field) === instances)
  const covered = new Set(['from', 'content-type', ...(newest === undefined ? [] : signedNames(newest))])
  const shown = [...arc, ...fields.filter(({ name }) => covered.has(lowerAscii(name)))]
  const sealed = sumOf(arc, field => field.octets.length * (1 + instances - instanceOf(field)))
  const isTooLarge =
    sealed > bounds.maxSealedBytes ||
    sumOf(shown, ({ octets }) => octets.length) > bounds.maxHeaderBytes ||
    sumOf(shown, ({ octets }) => octets.toString('latin1').split('\n').length) > bounds.maxHeaderLines ||
    !shown.every(field => hasShortLines(field, bounds))
  if (isTooLarge) return { kind: 'too-large', reason: 'the sets are larger than is looked at' }
  return { kind: 'chain', fields: new Set(shown) }
}

function isNamed({ name }: HeaderField, lower: string): boolean {
  return lowerAscii(name) === lower
}

/** `i=` of any of the three fields; 0 where there is none. Leniently: mailauth judges the syntax. */
function instanceOf(field: HeaderField): number {
  return Number(/(?:^|;)\s*i\s*=\s*(\d{1,3})\s*(?:;|$)/.exec(fieldValue(field))?.[1] ?? 0)
}

function signedNames(signature: HeaderField): string[] {
  const names = /(?:^|;)\s*h\s*=([^;]*)/.exec(fieldValue(signature))?.[1] ?? ''
  return lowerAscii(names)
    .split(':')
    .map(name => name.trim())
}

function sumOf(fields: readonly HeaderField[], measure: (field: HeaderField) => number): number {
  return fields.reduce((sum, field) => sum + measure(field), 0)
}
