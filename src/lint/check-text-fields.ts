/** Octets in header fields that are not ASCII, where addresses and parameters have no rule of their own. RFC 5322 section 2.2. */
import { isAsciiText } from '../message/header-field.ts'
import { addressFields } from './check-addresses.ts'
import { asEncodedWords, isUtf8 } from './encoded-text.ts'
import type { Note } from './findings.ts'
import type { LocatedField } from './located-field.ts'

export function checkTextFields(fields: readonly LocatedField[], note: Note): void {
  for (const field of fields) {
    if (field.name === '' || isAsciiText(field.value)) continue
    const first = field.value.search(/[^\x00-\x7f]/)
    const place = field.valueStart + first
    if (!isUtf8(field.value)) note('field-not-utf8', place, { found: field.name })
    if (field.key === 'subject') {
      note('subject-not-encoded', place, { found: field.value, ...asEncodedWords(field.value) })
    } else if (!addressFields.has(field.key) && !/^content-(?:type|disposition)$/.test(field.key)) {
      note('field-not-ascii', place, { found: field.text })
    }
  }
}
