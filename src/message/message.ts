/**
 * A message as octets: header fields, the empty line, the body. RFC 5322 section 2.1.
 *
 * Reading never fails and loses nothing: the pieces put together again are the octets that were read. Lines end with
 * CRLF and only with CRLF; a bare CR or LF is an ordinary octet here (receiving refuses them before).
 */

import { type HeaderField, isFieldName, trimWhiteSpace } from './header-field.ts'

export { fieldValue, type HeaderField, lowerAscii, newField, valueOctets } from './header-field.ts'

/** Immutable: edits are made by prepending and removing fields, each giving a new message that shares the octets. */
export interface Message {
  /** From the top of the header section down. */
  readonly fields: readonly HeaderField[]
  /** The empty line between header section and body: CRLF, or nothing where the message ends with its header. */
  readonly separator: Buffer
  readonly body: Buffer
}

const crlf = Buffer.from('\r\n')
const nothing = Buffer.alloc(0)

/** Splits octets into a message. Never throws; `Buffer.concat(messageChunks(m))` gives the same octets again. */
export function readMessage(octets: Buffer): Message {
  const end = headerEnd(octets)
  const fields = readFields(octets, end)
  if (end === octets.length) return { fields, separator: nothing, body: nothing }
  return { fields, separator: octets.subarray(end, end + 2), body: octets.subarray(end + 2) }
}

/** True when the first line is a continuation: whatever is put above it would swallow it (RFC 5322 section 2.2.3). */
export function beginsWithFold({ fields }: Message): boolean {
  const first = fields[0]?.octets[0]
  return first === 0x20 || first === 0x09
}

/** The octets of a message in pieces: the header section, then (uncopied) the body. */
export function messageChunks(message: Message): Buffer[] {
  const header = Buffer.concat([...message.fields.map(field => field.octets), message.separator])
  return message.body.length === 0 ? [header] : [header, message.body]
}

/** A message with `fields` above its own; the first of them is on top. */
export function prependFields(message: Message, fields: readonly HeaderField[]): Message {
  return { ...withSeparator(message), fields: [...fields, ...message.fields] }
}

/** A message without the fields for which `drop` says true. `index` counts from the top, 0 first. */
export function removeFields(
  message: Message,
  drop: (field: HeaderField, index: number) => boolean,
): Message {
  return { ...message, fields: message.fields.filter((field, index) => !drop(field, index)) }
}

/** Every line end (CRLF, bare CR, bare LF) as CRLF: for files from an editor, never for mail from the network. */
export function withCrlf(octets: Buffer): Buffer {
  return Buffer.from(octets.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n'), 'latin1')
}

function headerEnd(octets: Buffer): number {
  if (octets.length >= 2 && octets[0] === 0x0d && octets[1] === 0x0a) return 0
  const blank = octets.indexOf('\r\n\r\n', 0, 'latin1')
  return blank < 0 ? octets.length : blank + 2
}

function readFields(octets: Buffer, headerLength: number): HeaderField[] {
  const text = octets.toString('latin1', 0, headerLength)
  const fields: HeaderField[] = []
  for (let start = 0; start < text.length; ) {
    const firstLineEnd = lineEnd(text, start)
    let end = firstLineEnd
    while (startsWithWhiteSpace(text, end)) end = lineEnd(text, end)
    fields.push({ name: nameOf(text.slice(start, firstLineEnd)), octets: octets.subarray(start, end) })
    start = end
  }
  return fields
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\r\n', from)
  return at < 0 ? text.length : at + 2
}

function startsWithWhiteSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 0x20 || code === 0x09
}

/** White space before the colon is obsolete syntax (RFC 5322 section 4.5) and not part of the name. */
function nameOf(line: string): string {
  const colon = line.indexOf(':')
  if (colon <= 0 || startsWithWhiteSpace(line, 0)) return ''
  const name = trimWhiteSpace(line.slice(0, colon))
  return isFieldName(name) ? name : ''
}

function withSeparator(message: Message): Message {
  return message.separator.length > 0 ? message : { ...message, separator: crlf }
}
