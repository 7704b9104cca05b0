/** The part of a report that returns the message, octet for octet (RFC 6522 section 3, RFC 6533 section 5). */
import { isAscii, isUtf8 } from 'node:buffer'
import type { Message } from '../message/message.ts'
import type { DsnInput } from './dsn-input.ts'

/** A body goes back with a failure only (RFC 3461 section 4.3), where it was not declined and is not too large. */
export function returnsBody(
  input: Pick<DsnInput, 'recipients' | 'returned' | 'headerOnly' | 'returnBodyMaxBytes'>,
): boolean {
  if (!input.returned || input.headerOnly === true) return false
  return (
    input.recipients.some(({ action }) => action === 'failed') &&
    input.returned.body.length <= input.returnBodyMaxBytes
  )
}

/** The octets of the part with its MIME header. */
export function returnedPart(
  message: Message,
  withBody: boolean,
): { readonly octets: Buffer; readonly hasEightBit: boolean } {
  const header = Buffer.concat(message.fields.map(field => field.octets))
  const content = withBody ? Buffer.concat([header, message.separator, message.body]) : header
  const hasEightBit = !isAscii(content)
  const encoding = hasEightBit ? 'Content-Transfer-Encoding: 8bit\r\n' : ''
  const start = Buffer.from(`Content-Type: ${mediaType(header, withBody)}\r\n${encoding}\r\n`)
  return { octets: Buffer.concat([start, content]), hasEightBit }
}

/** Header fields in UTF-8 have types of their own. */
function mediaType(header: Buffer, withBody: boolean): string {
  const isInternational = !isAscii(header) && isUtf8(header)
  if (withBody) return isInternational ? 'message/global' : 'message/rfc822'
  return isInternational ? 'message/global-headers' : 'text/rfc822-headers'
}
