/** The DKIM2-Signature field of this profile. docs/design/mailversion.md, "DKIM2-Signature". */

import { decodeBase64 } from '../../../message/base64.ts'
import { isFieldName, trimWhiteSpace } from '../../../message/header-field.ts'
import { fieldValue, type HeaderField } from '../../../message/message.ts'
import { parseTagList, type TagList } from '../../../message/tag-list.ts'
import type { FieldBounds } from '../../bounds.ts'
import { signingForm } from '../../canonicalize.ts'
import { base64Tag, type FoldableTag, foldedField, listTag, plainTag } from '../../folding.ts'
import { isKeyName } from '../../key-record.ts'
import type { Hop, Signature } from '../../model.ts'
import type { HopDraft } from '../../profile.ts'
import { type Failure, type SequenceLabel, signatureFailure, unknownSequence } from '../../verdict.ts'
import { readTimestamp, writeTimestamp } from './timestamp.ts'

export const signatureFieldName = 'DKIM2-Signature'

const required = ['mv', 't', 'rt', 'd', 's1', 'a1', 'bh1', 'b1']
const secondSet = ['s2', 'a2', 'bh2', 'b2']
const decimal = /^\d{1,9}$/
const algorithmName = /^[A-Za-z0-9-]{1,64}$/
const nonceText = /^[A-Za-z0-9+/=]{0,64}$/

/** Reads a DKIM2-Signature field. */
export function readSignature(field: HeaderField, bounds: FieldBounds): Hop | Failure {
  const list = parseTagList(fieldValue(field))
  if (list.kind === 'malformed') return signatureFailure.syntax(readableSequence(field))
  const text = list.get('i')
  if (text === undefined) return signatureFailure.tagMissing(unknownSequence, 'i')
  const sequence = decimal.test(text) ? Number(text) : 0
  const label: SequenceLabel = sequence || unknownSequence
  if (sequence < 1 || sequence > bounds.maxHops) return signatureFailure.syntax(label)
  const missing = missingTag(list)
  if (missing !== undefined) return signatureFailure.tagMissing(label, missing)
  const signatures = readSignatures(list)
  const hop = signatures && readHop(field, list, sequence, signatures, bounds)
  if (!hop) return signatureFailure.syntax(label)
  const [first, second] = hop.signatures
  if (first?.selector.toLowerCase() === second?.selector.toLowerCase()) {
    return signatureFailure.duplicateSelector(sequence)
  }
  return hop
}

function readableSequence(field: HeaderField): SequenceLabel {
  const text = /(?:^|;)[ \t]*i[ \t]*=[ \t]*(\d{1,9})[ \t]*(?:;|$)/i.exec(fieldValue(field))?.[1]
  return text === undefined ? unknownSequence : Number(text)
}

function missingTag(list: TagList): string | undefined {
  const hasSecondSet = secondSet.some(tag => list.get(tag) !== undefined)
  return [...required, ...(hasSecondSet ? secondSet : [])].find(tag => list.get(tag) === undefined)
}

function readHop(
  field: HeaderField,
  list: TagList,
  sequence: number,
  signatures: readonly Signature[],
  bounds: FieldBounds,
): Hop | undefined {
  const version = decimal.test(list.get('mv') ?? '') ? Number(list.get('mv')) : undefined
  const timestampSeconds = readTimestamp(list.get('t') ?? '')
  const reversePath = readAddress(list.get('mf') ?? '')
  const forwardPaths = (list.get('rt') ?? '').split(',').map(text => readAddress(trimWhiteSpace(text)))
  const domain = (list.get('d') ?? '').toLowerCase()
  const nonce = list.get('n')?.replace(/[ \t]+/g, '')
  const addedFields = splitNames(list.get('h'), ':')
  if (version === undefined || version > bounds.maxVersions || timestampSeconds === undefined)
    return undefined
  if (reversePath === undefined || !forwardPaths.every(path => path !== undefined && path !== ''))
    return undefined
  if (!signatures.every(({ selector }) => isKeyName(selector, domain))) return undefined
  if ((nonce !== undefined && !nonceText.test(nonce)) || !addedFields.every(isFieldName)) return undefined
  return {
    sequence,
    version,
    timestampSeconds,
    reversePath,
    forwardPaths: forwardPaths.filter(path => path !== undefined),
    domain,
    signatures,
    flags: splitNames(list.get('f'), ','),
    ...(nonce === undefined ? {} : { nonce }),
    addedFields,
    field,
    signingForm: signingForm(field),
  }
}

function readSignatures(list: TagList): Signature[] | undefined {
  const sets = list.get('s2') === undefined ? [1] : [1, 2]
  const signatures: Signature[] = []
  for (const set of sets) {
    const selector = list.get(`s${set}`) ?? ''
    const algorithm = (list.get(`a${set}`) ?? '').toLowerCase()
    const bodyHash = decodeBase64(list.get(`bh${set}`) ?? '')
    const value = decodeBase64(list.get(`b${set}`) ?? '')
    if (!bodyHash?.length || !value?.length) return undefined
    if (!algorithmName.test(algorithm)) return undefined
    signatures.push({ selector, algorithm, value, bodyHash })
  }
  return signatures
}

function splitNames(text: string | undefined, separator: string): string[] {
  return (text ?? '')
    .split(separator)
    .map(trimWhiteSpace)
    .filter(name => name !== '')
}

/** What cannot stand in a tag value, or be told from the list around it. */
const uncarriable = /[\x00-\x20;,\x7f-\x9f\u2028\u2029\ufeff]|[^\S ]|[\ud800-\udfff]/u

/**
 * True if the fields of this profile can hold the address, given without angle brackets; '' is the null reverse-path.
 * Addresses with `;`, `,`, white space or control characters cannot be carried.
 */
export function isCarriable(address: string): boolean {
  return !uncarriable.test(address) && !/^<.*>$/.test(address)
}

/** Tag values are octets; addresses may be UTF-8 (RFC 6531). Undefined for what is neither carriable nor UTF-8. */
function readAddress(latin1: string): string | undefined {
  const address = /[^\x00-\x7f]/.test(latin1) ? decodeUtf8(latin1) : latin1
  return address !== undefined && isCarriable(address) ? address : undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(latin1: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return undefined
  }
}

/** Octets of an address as header text. */
function encodeAddress(address: string): string {
  return Buffer.from(address, 'utf8').toString('latin1')
}

/** Writes a DKIM2-Signature field; signatures with an empty value give the field that is signed. */
export function writeSignature(draft: HopDraft): HeaderField {
  return foldedField(signatureFieldName, [
    plainTag('i', String(draft.sequence)),
    plainTag('mv', String(draft.state.number)),
    plainTag('t', writeTimestamp(draft.timestampSeconds)),
    ...(draft.reversePath === '' ? [] : [plainTag('mf', encodeAddress(draft.reversePath))]),
    listTag('rt', draft.forwardPaths.map(encodeAddress), ','),
    plainTag('d', draft.domain),
    ...(draft.flags.length === 0 ? [] : [plainTag('f', draft.flags.join(','))]),
    ...(draft.addedFields.length === 0 ? [] : [listTag('h', draft.addedFields, ':')]),
    ...(draft.nonce === undefined ? [] : [plainTag('n', draft.nonce)]),
    ...draft.signatures.flatMap((signature, index) => setTags(draft, signature, index + 1)),
  ])
}

function setTags(draft: HopDraft, signature: HopDraft['signatures'][number], set: number): FoldableTag[] {
  return [
    plainTag(`s${set}`, signature.selector),
    plainTag(`a${set}`, signature.algorithm),
    base64Tag(`bh${set}`, draft.state.bodyHash('relaxed', 'sha256')),
    base64Tag(`b${set}`, signature.value),
  ]
}
