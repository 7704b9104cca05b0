/** The message that a report returns, whole or its header section alone. */
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'

/** The message that a report is about. */
export interface ReturnedMessage {
  readonly message: Message
  /** False: only the header section came back, and `message.body` is empty. */
  readonly hasBody: boolean
}

const crlf = Buffer.from('\r\n')

/**
 * The receiving listener bounds the header section of a message, and a returned message was one: what is larger is nothing that
 * this hop had sent. Every line costs time and memory far beyond its octets.
 */
const maxHeaderLines = 6_000
const maxHeaderBytes = 2 * 1024 * 1024

/** True when the header section ends within the bounds; line ends of every kind are counted. */
export function hasBoundedHeader(content: Buffer): boolean {
  const reach = content.subarray(0, maxHeaderBytes)
  let lineStart = 0
  for (let lines = 0; lines <= maxHeaderLines; lines++) {
    const end = reach.indexOf(0x0a, lineStart)
    if (end < 0) return reach.length === content.length
    if (end === lineStart || (end === lineStart + 1 && reach[lineStart] === 0x0d)) return true
    lineStart = end + 1
  }
  return false
}

/**
 * A returned message. A body of no octets counts as none: header fields alone are returned under both types, and to a reader
 * the two are the same.
 */
export function returnedMessage(content: Buffer, mayHaveBody: boolean): ReturnedMessage | undefined {
  if (!hasBoundedHeader(content)) return undefined
  const read = readMessage(content)
  if (read.fields.length === 0) return undefined
  if (mayHaveBody && read.body.length > 0) return { message: read, hasBody: true }
  const header = Buffer.concat(read.fields.map(field => field.octets))
  const ended = header.subarray(-2).equals(crlf) ? header : Buffer.concat([header, crlf])
  return { message: readMessage(ended), hasBody: false }
}
