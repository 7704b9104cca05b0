/**
 * Who sent a command to a list. Commands are obeyed for the address in From, and only where its domain answers for it in this
 * very message: a list must not write to people because somebody else has put their address there, and nobody is
 * unsubscribed by somebody else. Programs are never answered (RFC 3834 section 2).
 */

import { automaticSign, isMailSystem } from '../message/automatic-signs.ts'
import { parseMailbox } from '../message/mailbox.ts'
import { lowerAscii, type Message } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import { isAddressedTo } from './meant-for.ts'
import { posterOf } from './poster.ts'

export type CommandSender =
  /** `isVouched`: DKIM2, DKIM or SPF answer for the address, and the message was meant for the list. */
  | { readonly kind: 'person'; readonly address: string; readonly isVouched: boolean }
  /** An automatic message: nothing is answered, and nothing follows but that a vouched address may leave. */
  | {
      readonly kind: 'program'
      readonly reason: string
      /** The address in From, where it is vouched for as that of a person is. */
      readonly vouched?: string
    }
  /** A post of some list: that list should stop sending here. */
  | { readonly kind: 'list'; readonly reason: string }
  /** From holds no single address that could be answered. */
  | { readonly kind: 'nobody' }

/**
 * @param message as received
 * @param path of the transaction; the forward-path is the address of the command
 */
export function commandSender(
  message: Message,
  path: { readonly reversePath: string; readonly forwardPath: string },
  record: AdmissionRecord,
): CommandSender {
  const listMark = message.fields.find(field => lowerAscii(field.name).startsWith('list-'))
  if (listMark !== undefined) return { kind: 'list', reason: `it is the post of a list (${listMark.name})` }
  const program = signOfProgram(message, path.reversePath)
  const poster = posterOf(message, path.reversePath, record, [path.forwardPath])
  const address =
    poster.from !== undefined && parseMailbox(poster.from) !== undefined ? poster.from : undefined
  const isVouched = poster.isFromVouched && isMeantForList(message, path.forwardPath, record)
  if (program !== undefined)
    return {
      kind: 'program',
      reason: program,
      ...(isVouched && address !== undefined && { vouched: address }),
    }
  return address === undefined ? { kind: 'nobody' } : { kind: 'person', address, isVouched }
}

/** Why a message counts as written by a program; undefined where nothing says so. */
function signOfProgram(message: Message, reversePath: string): string | undefined {
  if (reversePath === '') return 'its reverse-path is null'
  if (isMailSystem(reversePath)) return 'it comes from a mail system'
  const found = automaticSign(message)
  return found && `it carries ${found.sign}`
}

/**
 * What was signed for somebody else can be sent here again by whoever has got it: a chain must have been handed to this
 * list by its first hop, and every other message must name the address of the command in To or Cc.
 */
function isMeantForList(message: Message, forwardPath: string, record: AdmissionRecord): boolean {
  return record.state === 'pass' ? record.hops.length === 1 : isAddressedTo(message, [forwardPath])
}
