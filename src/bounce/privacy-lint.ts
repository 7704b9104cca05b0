/**
 * The last look at a report before it leaves: does anything in its octets name something beyond this hop? It looks at what was
 * built, not at what it was built from, so that a mistake anywhere before is caught here.
 */

import { unfold } from '../message/header-field.ts'
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { LeafPart } from '../message/mime-parts.ts'
import { decodedContent, leafParts } from '../message/mime-parts.ts'
import type { FoundName } from './names.ts'
import { namesIn } from './names.ts'
import type { Privacy } from './told-names.ts'

export interface Leak {
  /** In what this hop wrote, or in the message that it returns. */
  readonly where: 'report' | 'returned'
  /** `hidden`: a name that was to be kept back; otherwise a name that nobody has said may be told. */
  readonly what: 'hidden' | FoundName['kind'] | 'unreadable'
  /** Secret: for the log only. */
  readonly text: string
}

export interface LintInput {
  /** The report as it is to be sent. */
  readonly report: Buffer
  readonly privacy: Privacy
  /** The message as the previous hop had sent it, where it is stored: what stands in there is no news to that hop. */
  readonly original: Message | undefined
}

/** Enough to say what is wrong; a report that leaks once is not sent. */
const maxLeaks = 20

/** What a report tells that it must not; empty: it may go. Never throws. */
export async function findLeaks({ report, privacy, original }: LintInput): Promise<readonly Leak[]> {
  const message = readMessage(report)
  const parts = await leafParts(message)
  if (!parts) return [{ where: 'report', what: 'unreadable', text: 'its parts cannot be told apart' }]
  const returned = parts.slice(2).at(-1)
  const written = parts.filter(part => part !== returned)
  const outside = [withoutPart(report, returned), ...written.map(part => decodedContent(part))]
  const known = new Set([...knownNames(original), ...tellableNames(privacy)])
  const leaks = [
    ...outside.flatMap(octets => leaksOutside(textOf(octets), privacy, known)),
    ...(returned ? await leaksInside(returned, privacy, original) : []),
  ]
  return leaks.slice(0, maxLeaks)
}

/** The report with its returned message cut out: all that this hop wrote, MIME headers and boundaries too. */
function withoutPart(report: Buffer, part: LeafPart | undefined): Buffer {
  if (!part) return report
  const start = part.octets.byteOffset - report.byteOffset
  return Buffer.concat([report.subarray(0, start), report.subarray(start + part.octets.length)])
}

function leaksOutside(text: string, privacy: Privacy, known: ReadonlySet<string>): Leak[] {
  const leaks = hiddenIn(text, [...privacy.hidden, ...privacy.hiddenDomains], 'report')
  for (const name of namesIn(text)) {
    if (leaks.length > maxLeaks) break
    if (!mayBeTold(name, privacy, known)) leaks.push({ where: 'report', what: name.kind, text: name.text })
  }
  return leaks
}

/** Octets that the previous hop had sent can tell it nothing. Others are looked at as they stand and decoded. */
async function leaksInside(part: LeafPart, privacy: Privacy, original: Message | undefined): Promise<Leak[]> {
  if (original && isBeginning(part.octets, original)) return []
  const content = decodedContent(part)
  const inner = await leafParts(readMessage(content))
  const views = [content, ...(inner ?? []).map(leaf => decodedContent(leaf))]
  return views.flatMap(octets => hiddenIn(textOf(octets), privacy.hidden, 'returned'))
}

function isBeginning(octets: Buffer, { fields, separator, body }: Message): boolean {
  const header = Buffer.concat([...fields.map(field => field.octets), separator])
  const inHeader = Math.min(octets.length, header.length)
  const inBody = octets.length - inHeader
  return (
    header.subarray(0, inHeader).equals(octets.subarray(0, inHeader)) &&
    inBody <= body.length &&
    body.subarray(0, inBody).equals(octets.subarray(inHeader))
  )
}

/** A hidden name in any case, also where a fold or a soft line break runs through it. */
function hiddenIn(text: string, terms: readonly string[], where: Leak['where']): Leak[] {
  const views = [text, text.replace(/\r\n(?=[ \t])/g, ''), text.replace(/=\r\n|\r\n[ \t]/g, '')]
  const found = new Set(views.flatMap(view => wholeWord(view, terms) ?? []))
  return [...found].map(term => ({ where, what: 'hidden', text: term }))
}

/** The first of the terms that stands in the text and is not a piece of a longer name. */
function wholeWord(text: string, terms: readonly string[]): string | undefined {
  // Hardly any report holds one: looking for plain text first costs a small part of looking for words.
  const present = terms.filter(term => text.includes(term))
  if (present.length === 0) return undefined
  const alternatives = present.map(term => term.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')
  return new RegExp(`(?<![\\p{L}\\p{N}-])(?:${alternatives})(?![\\p{L}\\p{N}-])`, 'u').exec(text)?.[0]
}

function mayBeTold({ kind, text }: FoundName, privacy: Privacy, known: ReadonlySet<string>): boolean {
  const name = text.toLowerCase()
  if (privacy.nameable.includes(name) || known.has(name)) return true
  if (kind !== 'address') return false
  return privacy.ownDomains.includes(name.slice(name.lastIndexOf('@') + 1))
}

/** What may be told, taken apart as the text is: `list+user=member.example@origin.example` is found in pieces. */
function tellableNames({ nameable }: Privacy): string[] {
  return [...namesIn(nameable.join('\n'))].map(name => name.text.toLowerCase())
}

/** The names in the header section of the message as it came in. */
function knownNames(original: Message | undefined): ReadonlySet<string> {
  const text = (original?.fields ?? []).map(field => unfold(textOf(field.octets))).join('\n')
  return new Set([...namesIn(text)].map(name => name.text.toLowerCase()))
}

function textOf(octets: Buffer): string {
  return octets.toString('utf8').toLowerCase()
}
