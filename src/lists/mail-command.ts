/** What a mail to the help address of a list asks for: people write `subscribe` into the subject, as they did for decades. */
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'

const meanings: Readonly<Record<string, 'subscribe' | 'unsubscribe'>> = {
  subscribe: 'subscribe',
  join: 'subscribe',
  unsubscribe: 'unsubscribe',
  leave: 'unsubscribe',
}

/**
 * By the one word of the subject.
 *
 * @param read what a reader sees of a value with encoded-words (RFC 2047)
 */
export function askedInSubject(
  message: Message,
  read: (value: string) => string,
): 'subscribe' | 'unsubscribe' | 'help' {
  const field = message.fields.find(one => lowerAscii(one.name) === 'subject')
  // One word is short, also in encoded-words.
  const word = field === undefined ? '' : read(fieldValue(field).slice(0, 1_000)).trim().toLowerCase()
  return (Object.hasOwn(meanings, word) ? meanings[word] : undefined) ?? 'help'
}
