/**
 * What a message says of itself that a list must listen to: that it has been on this list already, and that a program sent it
 * in answer to something (RFC 3834). Neither is ever distributed; a loop of two lists ends here.
 */
import { comparableAscii } from '../message/mailbox.ts'
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'
import type { SmtpReply } from '../smtp/reply.ts'

/** Programs that do not know RFC 3834 say it this way. */
const automaticReplyFields: ReadonlySet<string> = new Set([
  'x-autoreply',
  'x-autorespond',
  'x-autorespond-to',
])

/**
 * The reply with which a post is refused for what it says of itself, or undefined.
 *
 * @param listAddress of the list that it came to
 * @param listId without angle brackets
 */
export function refusalBySigns(
  message: Message,
  reversePath: string,
  listAddress: string,
  listId: string,
): SmtpReply | undefined {
  if (hasBeenHere(message, listAddress, listId)) {
    return { code: 554, enhanced: '5.4.6', text: `mail loop: the message has been on ${listAddress} already` }
  }
  if (reversePath === '' || isAutomaticReply(message)) {
    return { code: 550, enhanced: '5.7.1', text: `${listAddress} does not take automatic replies` }
  }
  return undefined
}

/** List-Id is that of the last list (RFC 2919 section 3); Delivered-To stays when a later list puts its own there (RFC 9228). */
function hasBeenHere(message: Message, listAddress: string, listId: string): boolean {
  const ids = values(message, 'list-id').map(value => /<([^<>]*)>[^<>]*$/.exec(value)?.[1] ?? value)
  if (ids.some(id => id.trim().toLowerCase() === listId.toLowerCase())) return true
  const list = comparableAscii(listAddress).toLowerCase()
  return values(message, 'delivered-to').some(value => {
    const address = value.trim().replace(/^<(.*)>$/, '$1')
    return comparableAscii(address).toLowerCase() === list
  })
}

function isAutomaticReply(message: Message): boolean {
  if (message.fields.some(field => automaticReplyFields.has(lowerAscii(field.name)))) return true
  const said = values(message, 'auto-submitted').map(value => firstWord(value))
  if (said.some(word => word === 'auto-replied')) return true
  const precedence = values(message, 'precedence').map(value => firstWord(value))
  const isFromList = values(message, 'list-id').length > 0
  return precedence.some(word => word === 'auto_reply' || (word === 'junk' && !isFromList))
}

/** Without comments and parameters, lower case. */
function firstWord(value: string): string {
  return /^[\s(]*([A-Za-z_-]*)/.exec(value.replace(/\([^()]*\)/g, ' '))?.[1]?.toLowerCase() ?? ''
}

function values({ fields }: Message, name: string): string[] {
  return fields.filter(field => lowerAscii(field.name) === name).map(fieldValue)
}
