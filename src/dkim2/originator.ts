/**
 * Who a message says it comes from, before its fields are read as a chain or where they cannot be.
 * draft-gondwana-dkim2-authres-00 section 3.2.1.
 */

import { trimWhiteSpace, unfold } from '../message/header-field.ts'
import { isDomain } from '../message/mailbox.ts'
import { fieldValue, type HeaderField, lowerAscii, type Message } from '../message/message.ts'

/** d= of the one DKIM2-Signature with i=1, in lower case; undefined where there is none, or none that can be made out. */
export function readableOriginator(message: Message): string | undefined {
  const first = message.fields.filter(
    field => lowerAscii(field.name) === 'dkim2-signature' && /^0*1$/.test(readableTag(field, 'i') ?? ''),
  )
  const [field] = first
  const domain = first.length === 1 && field ? readableTag(field, 'd')?.toLowerCase() : undefined
  return domain !== undefined && isDomain(domain) && !/[^\x21-\x7e]/.test(domain) ? domain : undefined
}

/** d= of the DKIM2-Signature with the highest i=, in lower case, proved or not; undefined where none can be made out. */
export function lastSigner(message: Message): string | undefined {
  let highest = 0
  let domain: string | undefined
  for (const field of message.fields) {
    if (lowerAscii(field.name) !== 'dkim2-signature') continue
    const sequence = Number(/^\d{1,9}$/.exec(readableTag(field, 'i') ?? '')?.[0] ?? 0)
    if (sequence <= highest) continue
    highest = sequence
    domain = readableTag(field, 'd')?.toLowerCase()
  }
  return domain
}

/** The value of a tag of a field that may be malformed elsewhere; undefined where it is not there exactly once. */
function readableTag(field: HeaderField, tag: string): string | undefined {
  const values = unfold(fieldValue(field))
    .split(';')
    .flatMap(part => {
      const equals = part.indexOf('=')
      const isTag = equals > 0 && trimWhiteSpace(part.slice(0, equals)).toLowerCase() === tag
      return isTag ? [trimWhiteSpace(part.slice(equals + 1))] : []
    })
  return values.length === 1 ? values[0] : undefined
}
