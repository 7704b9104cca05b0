/**
 * Which header fields a DKIM-Signature or an ARC-Message-Signature covers. RFC 6376 sections 5.4 and 8.15, RFC 8058 section 4.
 *
 * Fields that a reader sees or acts on are named once more than they are there, so that nobody can put another one on top and
 * the signature still holds. Instances of a name are covered from the bottom of the header section upwards (section 5.4.2).
 */
import { relaxedField } from '../dkim2/canonicalize.ts'
import { type HeaderField, lowerAscii } from '../message/message.ts'
import { remembered } from '../message/remembered.ts'

/** What h= names, and the canonical form of what it selects. */
export interface CoveredFields {
  /** For h=, in lower case; a name as often as instances are covered, and once more where none may be added. */
  readonly names: readonly string[]
  /** The covered fields in relaxed form, each with its CRLF. Latin1. */
  readonly form: string
}

/** Named in every signature, once more than they are there. */
const oversigned = ['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to'] as const

/** Covered as often as they are there. */
const alsoCovered: ReadonlySet<string> = new Set([
  'sender',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-language',
  'auto-submitted',
  'tls-required',
])

/** All fields of lists, List-Unsubscribe-Post among them (RFC 2369, RFC 2919, RFC 8058), and of TLS reports (RFC 8460 section 5.3). */
const coveredFamilies = ['list-', 'tls-report-'] as const

/** A message with more of these was made to make signatures large: h= of each names them all. */
const maxCoveredFields = 200

/**
 * @param alsoNamed further names to cover, in lower case
 * @returns undefined where the message has more such fields than a signature may name
 */
export function coveredFields(
  fields: readonly HeaderField[],
  alsoNamed: readonly string[] = [],
): CoveredFields | undefined {
  const instances = new Map<string, HeaderField[]>(oversigned.map(name => [name, []]))
  let count = 0
  for (let index = fields.length - 1; index >= 0; index--) {
    const field = fields[index] as HeaderField
    const name = lowerAscii(field.name)
    if (!instances.has(name) && !isCovered(name) && !alsoNamed.includes(name)) continue
    if (++count > maxCoveredFields) return undefined
    const same = instances.get(name)
    if (same === undefined) instances.set(name, [field])
    else same.push(field)
  }
  const all = [...instances]
  return {
    names: [...all.flatMap(([name, same]) => same.map(() => name)), ...oversigned],
    form: all.flatMap(([name, same]) => same.map(field => rememberedForm(name, field))).join(''),
  }
}

function isCovered(name: string): boolean {
  return alsoCovered.has(name) || coveredFamilies.some(family => name.startsWith(family))
}

/** The copies of a post share most of their fields. */
const forms = new WeakMap<HeaderField, string>()

function rememberedForm(name: string, field: HeaderField): string {
  return remembered(forms, field, () => relaxedField(name, field))
}
