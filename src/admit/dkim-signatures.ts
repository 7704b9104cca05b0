/**
 * What of a message is shown to mailauth to verify its DKIM signatures. A verifier chooses which signatures it tries (RFC 6376
 * section 6.1); what one message costs must not depend on what its fields say. A few signatures, those of the sender's and
 * the author's domains first, with the fields that they cover and nothing else.
 */
import { relaxedDomainMatch } from '../dkim2/index.ts'
import { asciiDomain, asciiDomainOf } from '../message/mailbox.ts'
import type { HeaderField, Message } from '../message/message.ts'
import { fieldValue, lowerAscii } from '../message/message.ts'

export interface SignatureBounds {
  /** DKIM-Signature fields that are looked at. */
  readonly maxSignatures: number
  /** Octets of a line of a field that is looked at. */
  readonly maxLineBytes: number
  /** Octets of the fields that mailauth takes apart, From and Content-Type. */
  readonly maxParsedBytes: number
  /** Octets of all fields that are looked at, once for each signature; those that are least near are left out. */
  readonly maxHeaderBytes: number
  /** Their lines: mailauth's work grows with the square of their number. */
  readonly maxHeaderLines: number
  /** Field names in `h=`. */
  readonly maxSignedNames: number
}

/** A signature that is worth trying. */
export interface ShownSignature {
  readonly field: HeaderField
  /** `d=` as A-labels. */
  readonly domain: string
  readonly selector: string
  /** Names in `h=`, lower case, as often as they stand there. */
  readonly signedNames: readonly string[]
}

export interface ShownHeader {
  readonly signatures: readonly ShownSignature[]
  /** In the order of the message. */
  readonly fields: readonly HeaderField[]
}

/**
 * Chooses.
 *
 * @returns undefined where there is no signature that could be believed: none, those with `l=` (RFC 6376 section 8.2), those with
 * SHA-1 (RFC 8301 section 3.1), and those that cover more than the bounds allow
 */
export function shownHeader(
  message: Message,
  reversePath: string,
  bounds: SignatureBounds,
): ShownHeader | undefined {
  const tooLong = tooLongNames(message, bounds)
  const candidates = message.fields
    .filter(field => field.name.toLowerCase() === 'dkim-signature')
    .flatMap(field => readSignature(field, bounds) ?? [])
    .filter(({ signedNames }) => !signedNames.some(name => tooLong.has(name)))
  const near = [asciiDomainOf(reversePath), ...authorDomains(message)].filter(domain => domain !== '')
  const nearest = candidates.toSorted((a, b) => distance(a.domain, near) - distance(b.domain, near))
  for (let count = Math.min(nearest.length, bounds.maxSignatures); count > 0; count--) {
    const signatures = nearest.slice(0, count)
    const fields = coveredFields(message, signatures)
    if (fits(fields, count, bounds)) return { signatures, fields }
  }
  return undefined
}

/** Tags as mailauth reads them: leniently, the last of a name counts. */
function readSignature(field: HeaderField, bounds: SignatureBounds): ShownSignature | undefined {
  if (!hasShortLines(field, bounds)) return undefined
  const tags = new Map<string, string>()
  for (const part of fieldValue(field).split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0) tags.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1))
  }
  const tag = (name: string) => tags.get(name)?.replace(/[ \t]+/g, '') ?? ''
  const signedNames = lowerAscii(tag('h')).split(':')
  const isBelievable = !tags.has('l') && !tag('a').toLowerCase().endsWith('-sha1')
  if (!isBelievable || signedNames.length > bounds.maxSignedNames) return undefined
  return { field, domain: asciiDomain(tag('d').toLowerCase()), selector: tag('s'), signedNames }
}

/** 0: may answer for one of the domains; 1: is below one; 2: another. */
function distance(signer: string, near: readonly string[]): number {
  if (near.some(domain => relaxedDomainMatch(domain, signer))) return 0
  return near.some(domain => relaxedDomainMatch(signer, domain)) ? 1 : 2
}

/** Domains that From names, for the order only: what is believed is decided elsewhere. */
function authorDomains(message: Message): string[] {
  const from = message.fields.find(field => field.name.toLowerCase() === 'from')
  if (from === undefined) return []
  const text = from.octets.toString('utf8', 0, maxFromBytes)
  return [...text.matchAll(/@([^\s@<>",;:()]+)/g)]
    .slice(0, maxAuthors)
    .map(([, domain = '']) => asciiDomain(domain.toLowerCase()))
}

/** From is parsed whole: as much of it as of the other fields that are taken apart, and as many authors as a letter has at most. */
const maxFromBytes = 8_192
const maxAuthors = 10

/** A line that is no field is taken by mailauth as part of the one above it, and stays with that. */
function coveredFields(message: Message, signatures: readonly ShownSignature[]): HeaderField[] {
  const covered = new Set(['from', ...signatures.flatMap(({ signedNames }) => signedNames)])
  const chosen = new Set(signatures.map(({ field }) => field))
  const fields: HeaderField[] = []
  let isAboveCovered = false
  for (const field of message.fields) {
    if (field.name !== '') isAboveCovered = covered.has(lowerAscii(field.name)) || chosen.has(field)
    if (isAboveCovered) fields.push(field)
  }
  return fields
}

/** Of a name that stands there more often, the lowest ones are signed: without one of them, others would be. */
function tooLongNames({ fields }: Message, bounds: SignatureBounds): ReadonlySet<string> {
  let above = ''
  const names = new Set<string>()
  const parsedBytes = { from: 0, 'content-type': 0 }
  for (const field of fields) {
    if (field.name !== '') above = lowerAscii(field.name)
    if (!hasShortLines(field, bounds)) names.add(above)
    if (above !== 'from' && above !== 'content-type') continue
    parsedBytes[above] += field.octets.length
    if (parsedBytes[above] > bounds.maxParsedBytes) names.add(above)
  }
  return names
}

export function hasShortLines(
  { octets }: HeaderField,
  { maxLineBytes }: Pick<SignatureBounds, 'maxLineBytes'>,
): boolean {
  if (octets.length <= maxLineBytes) return true
  for (let start = 0; start < octets.length; ) {
    const end = octets.indexOf(10, start)
    const length = (end < 0 ? octets.length : end + 1) - start
    if (length > maxLineBytes) return false
    start += length
  }
  return true
}

function fits(fields: readonly HeaderField[], signatures: number, bounds: SignatureBounds): boolean {
  const { maxHeaderBytes, maxHeaderLines } = bounds
  const bytes = signatures * fields.reduce((sum, { octets }) => sum + octets.length, 0)
  return bytes <= maxHeaderBytes && fields.reduce((sum, field) => sum + linesOf(field), 0) <= maxHeaderLines
}

/** Folded ones included. */
function linesOf({ octets }: HeaderField): number {
  let lines = 0
  for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) lines++
  return lines
}
