/** What a mail to the help address of a list asks for: people write `subscribe` into the subject, as they did for decades. */
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'

const meanings: Readonly<Record<string, 'subscribe' | 'unsubscribe'>> = {
  subscribe: 'subscribe',
  join: 'subscribe',
  unsubscribe: 'unsubscribe',
  leave: 'unsubscribe',
}

/** By the one word of the subject. */
export function askedInSubject(message: Message): 'subscribe' | 'unsubscribe' | 'help' {
  const field = message.fields.find(one => lowerAscii(one.name) === 'subject')
  const word = field === undefined ? '' : fieldValue(field).trim().toLowerCase()
  return (Object.hasOwn(meanings, word) ? meanings[word] : undefined) ?? 'help'
}
