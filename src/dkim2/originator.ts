/** Who a message says it comes from, where its fields cannot be read as a chain. draft-gondwana-dkim2-authres-00 section 3.2.1. */

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
