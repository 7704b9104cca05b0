/**
 * Bcc (RFC 5322 section 3.6.3): a field that should not have left its author, and that mail software on the way drops. Under a
 * signature of this relay it would tell who got a blind copy, and break the chain as soon as somebody drops it.
 */
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'
import { parseTagList } from '../message/tag-list.ts'

/** In lower case; the second is that of whoever sent the message again (RFC 5322 section 3.6.6). */
const blindCopyFields: ReadonlySet<string> = new Set(['bcc', 'resent-bcc'])

/** Indices of the fields in the message. */
export function blindCopyIndices({ fields }: Message): readonly number[] {
  return fields.flatMap((field, index) => (blindCopyFields.has(lowerAscii(field.name)) ? [index] : []))
}

/** The same, without those that a DKIM signature covers (RFC 6376 section 3.5, `h=`), whether it passes or not: to drop them would break it. */
export function uncoveredBlindCopies(message: Message): readonly number[] {
  return uncoveredFields(message, blindCopyIndices(message))
}

/** Of these fields, by their indices, those that no DKIM signature covers. */
export function uncoveredFields(message: Message, indices: readonly number[]): readonly number[] {
  if (indices.length === 0) return []
  const covered = new Set(
    message.fields
      .filter(field => lowerAscii(field.name) === 'dkim-signature')
      .flatMap(field => signedNames(fieldValue(field))),
  )
  return indices.filter(index => !covered.has(lowerAscii(message.fields[index]?.name ?? '')))
}

function signedNames(signature: string): string[] {
  const list = parseTagList(signature)
  const names = list.kind === 'tags' ? (list.get('h') ?? '') : ''
  return names.split(':').map(name => lowerAscii(name.replace(/[ \t]/g, '')))
}
