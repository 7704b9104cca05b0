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
 * A returned message. A body of no octets counts as none: header fields alone are returned under both types, and to a reader
 * the two are the same.
 */
export function returnedMessage(content: Buffer, mayHaveBody: boolean): ReturnedMessage | undefined {
  const read = readMessage(content)
  if (read.fields.length === 0) return undefined
  if (mayHaveBody && read.body.length > 0) return { message: read, hasBody: true }
  const header = Buffer.concat(read.fields.map(field => field.octets))
  const ended = header.subarray(-2).equals(crlf) ? header : Buffer.concat([header, crlf])
  return { message: readMessage(ended), hasBody: false }
}
