/**
 * What a message says of itself that a list must listen to: that it has been on this list already, and that a program sent it
 * in answer to something (RFC 3834). Neither is ever distributed; a loop of two lists ends here.
 */
import { automaticSign, isMailSystem } from '../message/automatic-signs.ts'
import { foldedAddress } from '../message/mailbox.ts'
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'
import type { SmtpReply } from '../smtp/reply.ts'

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
  if (isAnswer(message, reversePath)) {
    return { code: 550, enhanced: '5.7.1', text: `${listAddress} does not take automatic replies` }
  }
  return undefined
}

/** List-Id is that of the last list (RFC 2919 section 3); Delivered-To stays when a later list puts its own there (RFC 9228). */
function hasBeenHere(message: Message, listAddress: string, listId: string): boolean {
  const ids = values(message, 'list-id').map(value => /<([^<>]*)>[^<>]*$/.exec(value)?.[1] ?? value)
  if (ids.some(id => id.trim().toLowerCase() === listId.toLowerCase())) return true
  const list = foldedAddress(listAddress)
  return values(message, 'delivered-to').some(value => {
    const address = value.trim().replace(/^<(.*)>$/, '$1')
    return foldedAddress(address) === list
  })
}

/** A mail system that has a sender for its bounces is one all the same. */
function isAnswer(message: Message, reversePath: string): boolean {
  if (reversePath === '' || isMailSystem(reversePath)) return true
  return automaticSign(message)?.kind === 'answer'
}

function values({ fields }: Message, name: string): string[] {
  return fields.filter(field => lowerAscii(field.name) === name).map(fieldValue)
}
