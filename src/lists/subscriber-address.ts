/** Which addresses can be subscribed. */
import { isDomain, parseMailbox } from '../message/mailbox.ts'
import type { NewSubscriber } from '../store/list-records.ts'
import { addressKey, listKey, readCommand } from './list-address.ts'

/**
 * What makes an address unfit as a subscriber, in words that follow "expected"; undefined when it is fit.
 *
 * @param listAddress of the list, in its comparable form
 */
export function subscriberProblem(address: string, listAddress: string): string | undefined {
  const mailbox = parseMailbox(address)
  if (mailbox === undefined) return 'an address such as someone@destination.example'
  if (/[;,\s]/.test(address)) return 'an address without ; , and white space: no signature could carry it'
  if (isDomain(mailbox.domain) && !mailbox.domain.includes('.'))
    return `a whole domain after the @, such as ${mailbox.domain}.example`
  const command = readCommand(mailbox.localPart)
  const named = command === undefined ? mailbox : { ...mailbox, localPart: command.listName }
  if (listKey(mailbox) === listAddress || listKey(named) === listAddress)
    return 'another address: this one belongs to the list itself'
  return undefined
}

/** An address ready for the store. */
export function newSubscriber(address: string): NewSubscriber {
  return { address, addressKey: addressKey(address) }
}
