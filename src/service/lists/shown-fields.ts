/** From and Subject of somebody's message, for the owners of a list. */
import type { Message } from '../../message/message.ts'
import { fieldValue, lowerAscii } from '../../message/message.ts'
import { decodeWords } from '../../revise/encoded-word.ts'

/** From and Subject as a reader sees them; '' where there is none. */
export function shownOf({ fields }: Message): { readonly from: string; readonly subject: string } {
  const shown = (name: string) => {
    const field = fields.find(one => lowerAscii(one.name) === name)
    // More than this nobody reads, and decoding is for people.
    return field === undefined ? '' : decodeWords(fieldValue(field).slice(0, 2_000))
  }
  return { from: shown('from'), subject: shown('subject') }
}
