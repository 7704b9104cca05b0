/** The DKIM2-Signature field of this profile. docs/design/message-instance.md, "DKIM2-Signature". */

import { trimWhiteSpace } from '../../../message/header-field.ts'
import { isDomain } from '../../../message/mailbox.ts'
import type { HeaderField } from '../../../message/message.ts'
import type { TagList } from '../../../message/tag-list.ts'
import type { FieldBounds } from '../../bounds.ts'
import { signingForm } from '../../canonicalize.ts'
import { base64Pieces, base64Tag, type FoldableTag, foldedField, listTag, plainTag } from '../../folding.ts'
import { isKeyName } from '../../key-record.ts'
import type { Hop, Signature } from '../../model.ts'
import type { HopDraft } from '../../profile.ts'
import { type Failure, signatureFailure, unknownSequence } from '../../verdict.ts'
import {
  isTextString,
  joinGroups,
  readableNumber,
  readNumber,
  readOctets,
  readTags,
  readTriples,
} from './fields.ts'
import type { RuleSet } from './rules.ts'

export const signatureFieldName = 'DKIM2-Signature'

/** Each costs a key look-up and a verification. */
export const maxSignatures = 8

const required = ['i', 'm', 't', 'd', 's']
/** The last second that a date of the language can hold, beyond the year 275,000. */
const maxTimestampSeconds = 8_640_000_000_000
const nonceText = /^[\x21-\x7e]{0,64}$/

/** Where a hop sent the message: in an envelope, or to another domain without one. */
type Destination = Pick<Hop, 'reversePath' | 'forwardPaths' | 'nextDomain'>

/**
 * Reads a DKIM2-Signature field.
 *
 * @param lenient addresses may lack their angle brackets
 */
export function readSignature(
  field: HeaderField,
  bounds: FieldBounds,
  rules: RuleSet,
  lenient: boolean,
): Hop | Failure {
  const list = readTags(field, rules)
  const readable = Number(readableNumber(field, 'i')) || unknownSequence
  if (!list) return signatureFailure.syntax(readable)
  const missing = required.find(tag => list.get(tag) === undefined)
  if (missing !== undefined) return signatureFailure.tagMissing(readable, missing)
  const sequence = readNumber(list.get('i'), bounds.maxHops)
  if (sequence === 0) return signatureFailure.syntax(readable)
  const clash = destinationClash(list, sequence)
  if (clash) return clash
  const destination = readDestination(list, lenient)
  const signatures = readSignatures(list.get('s') ?? '', rules)
  if (!destination || !signatures) return signatureFailure.syntax(sequence)
  const excess = excessOf(signatures, sequence, rules)
  return excess ?? readHop(field, list, sequence, { destination, signatures }, bounds)
}

/** There is either nd, or both mf and rt. */
function destinationClash(list: TagList, sequence: number): Failure | undefined {
  const has = (tag: string) => list.get(tag) !== undefined
  if (has('nd')) return has('mf') || has('rt') ? signatureFailure.tagUnexpected(sequence, 'nd') : undefined
  const missing = ['mf', 'rt'].find(tag => !has(tag))
  return missing === undefined ? undefined : signatureFailure.tagMissing(sequence, missing)
}

function readDestination(list: TagList, lenient: boolean): Destination | undefined {
  const nextDomain = list.get('nd')?.toLowerCase()
  if (nextDomain !== undefined) {
    return isDomain(nextDomain) ? { reversePath: '', forwardPaths: [], nextDomain } : undefined
  }
  const reversePath = readPath(list.get('mf') ?? '', lenient)
  const forwardPaths = (list.get('rt') ?? '').split(',').map(text => readPath(text, lenient))
  const areThere = forwardPaths.every(path => path !== undefined && path !== '')
  if (reversePath === undefined || !areThere) return undefined
  return { reversePath, forwardPaths: forwardPaths.filter(path => path !== undefined) }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A path of RFC 5321 without its angle brackets; undefined where it is none. */
function readPath(text: string, lenient: boolean): string | undefined {
  const octets = text === '' && lenient ? Buffer.alloc(0) : readOctets(text)
  if (!octets) return undefined
  try {
    const path = utf8.decode(octets)
    const isBracketed = path.startsWith('<') && path.endsWith('>')
    const address = isBracketed ? path.slice(1, -1) : path
    return (isBracketed || lenient) && isCarriable(address) ? address : undefined
  } catch {
    return undefined
  }
}

/**
 * True if the fields of this profile can hold the address, given without angle brackets; '' is the null reverse-path.
 * Paths go in as base64, so only what no path can hold is kept out.
 */
export function isCarriable(address: string): boolean {
  return address.isWellFormed() && !/[\x00-\x1f\x7f]/.test(address) && !/^<.*>$/.test(address)
}

function readSignatures(text: string, rules: RuleSet): Signature[] | undefined {
  const signatures: Signature[] = []
  for (const { group, first, second, third } of readTriples(text, rules) ?? []) {
    const value = readOctets(third)
    if (!isTextString(second) || !isDomain(first) || !value) return undefined
    signatures.push({ selector: first, algorithm: second, group, value })
  }
  return signatures.length === 0 ? undefined : signatures
}

function excessOf(signatures: readonly Signature[], sequence: number, rules: RuleSet): Failure | undefined {
  const selectors = new Set(signatures.map(({ selector }) => selector.toLowerCase()))
  if (selectors.size < signatures.length) return signatureFailure.duplicateSelector(sequence)
  const ofOneAlgorithm = Map.groupBy(signatures, ({ algorithm }) => algorithm).values()
  const isOver = ofOneAlgorithm.some(same => same.length > rules.maxPerAlgorithm)
  return isOver || signatures.length > maxSignatures ? signatureFailure.tooManySelectors(sequence) : undefined
}

function readHop(
  field: HeaderField,
  list: TagList,
  sequence: number,
  read: { readonly destination: Destination; readonly signatures: readonly Signature[] },
  bounds: FieldBounds,
): Hop | Failure {
  const version = readNumber(list.get('m'), bounds.maxVersions)
  const timestampSeconds = readTimestamp(list.get('t') ?? '')
  const domain = (list.get('d') ?? '').toLowerCase()
  const nonce = list.get('n')
  const flags = list.get('f')?.split(',').map(trimWhiteSpace) ?? []
  const areNames = read.signatures.every(({ selector }) => isKeyName(selector, domain))
  const isWrong = version === 0 || timestampSeconds === undefined || !areNames || !flags.every(isTextString)
  if (isWrong || !nonceText.test(nonce ?? '')) return signatureFailure.syntax(sequence)
  return {
    sequence,
    version,
    timestampSeconds,
    ...read.destination,
    domain,
    signatures: read.signatures,
    flags,
    ...(nonce === undefined ? {} : { nonce }),
    addedFields: [],
    field,
    signingForm: signingForm(field),
  }
}

function readTimestamp(text: string): number | undefined {
  const seconds = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return seconds <= maxTimestampSeconds ? seconds : undefined
}

/** Writes a DKIM2-Signature field; signatures with an empty value give the field that is signed. */
export function writeSignature(draft: HopDraft, rules: RuleSet): HeaderField {
  const isFirst = draft.sequence === 1
  const flags = draft.flags.filter(
    flag => rules.flags.has(flag) && (flag !== 'exploded' || !isFirst || rules.explodedFirst),
  )
  return foldedField(signatureFieldName, [
    plainTag('i', String(draft.sequence)),
    plainTag('m', String(draft.state.number)),
    plainTag('t', String(draft.timestampSeconds)),
    plainTag('d', draft.domain),
    ...destinationTags(draft),
    ...(flags.length === 0 ? [] : [plainTag('f', flags.join(','))]),
    ...(draft.nonce === undefined ? [] : [plainTag('n', draft.nonce)]),
    { name: 's', pieces: joinGroups(draft.signatures.map(signatureSet)) },
  ])
}

function destinationTags(draft: HopDraft): FoldableTag[] {
  if (draft.nextDomain !== undefined) return [plainTag('nd', draft.nextDomain)]
  return [
    base64Tag('mf', pathOctets(draft.reversePath)),
    listTag(
      'rt',
      draft.forwardPaths.map(path => pathOctets(path).toString('base64')),
      ',',
    ),
  ]
}

function pathOctets(address: string): Buffer {
  return Buffer.from(`<${address}>`, 'utf8')
}

function signatureSet(signature: HopDraft['signatures'][number]): { group: number; pieces: string[] } {
  const { selector, algorithm, group = 0, value } = signature
  return { group, pieces: base64Pieces(`${selector}:${algorithm}:`, value) }
}
