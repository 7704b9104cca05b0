/**
 * The addresses of a list: its own, where posts go, and those for commands beside it, `news-subscribe@lists.example` and the
 * like. A command that answers to an earlier message carries that message's token after a plus sign.
 */

import type { Mailbox } from '../message/mailbox.ts'
import { asciiDomain, foldedAddress, foldedLocalPart, parseMailbox } from '../message/mailbox.ts'
import type { ListCommand } from '../record/recipient-role.ts'
import { maxTokenCharacters } from './tokens.ts'

/** What follows the name of the list: `bounces` takes reports that name no delivery, `request` is what older lists call help. */
const commandOfSuffix: Readonly<Record<string, ListCommand>> = {
  subscribe: 'subscribe',
  unsubscribe: 'unsubscribe',
  confirm: 'confirm',
  owner: 'owner',
  bounces: 'bounces',
  moderate: 'moderate',
  help: 'help',
  request: 'help',
}

/** Local parts that every domain has for other purposes (RFC 2142 sections 3 and 5). */
const reservedNames: ReadonlySet<string> = new Set([
  'postmaster',
  'abuse',
  'mailer-daemon',
  'noreply',
  'no-reply',
])

/** With `-moderate+` and the longest token the local part has the 64 octets that every host must take (RFC 5321 section 4.5.3.1.1). */
const maxNameOctets = 64 - '-moderate+'.length - maxTokenCharacters

const namePattern = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/
const commandPattern = new RegExp(`^(.+)-(${Object.keys(commandOfSuffix).join('|')})(?:\\+([a-z0-9._-]+))?$`)

/** The address of a command, such as `news-owner@lists.example`; a token is lower case, as local parts may be folded to it. */
export function commandAddress(listAddress: string, command: ListCommand, token?: string): string {
  const at = listAddress.lastIndexOf('@')
  const tail = token === undefined ? '' : `+${token}`
  return `${listAddress.slice(0, at)}-${command}${tail}${listAddress.slice(at)}`
}

/** A local part taken apart, as the address of a command of a list. */
export interface CommandLocalPart {
  readonly listName: string
  readonly command: ListCommand
  readonly token?: string
}

/** Undefined for a local part that does not have the form of a command. */
export function readCommand(localPart: string): CommandLocalPart | undefined {
  const match = commandPattern.exec(foldedLocalPart(localPart))
  if (match === null) return undefined
  const [, listName = '', suffix = '', token] = match
  const command = commandOfSuffix[suffix]
  if (command === undefined) return undefined
  return { listName, command, ...(token === undefined ? {} : { token }) }
}

/** The form in which the address of a list is kept and compared. */
export function listKey({ localPart, domain }: Mailbox): string {
  return `${foldedLocalPart(localPart)}@${asciiDomain(domain)}`
}

/** The form in which addresses of people are kept and compared: a person who writes the own address in two ways wants every post once. */
export function addressKey(address: string): string {
  return foldedAddress(address)
}

/** What makes an address unfit for a list, in words that follow "expected"; undefined when it is fit. */
export function listAddressProblem(address: string): string | undefined {
  const mailbox = parseMailbox(address)
  if (mailbox === undefined) return 'an address such as news@lists.example'
  const name = foldedLocalPart(mailbox.localPart)
  if (!namePattern.test(name) || name.includes('..'))
    return 'a name of letters, digits, hyphens, dots and underscores before the @'
  if (name.length > maxNameOctets)
    return `a name of at most ${maxNameOctets} characters before the @, found ${name.length}`
  if (reservedNames.has(name)) return `another name: ${name} is the address of whoever runs the domain`
  const command = readCommand(name)
  if (command === undefined) return undefined
  return `a name that does not end like the addresses for commands of the list ${command.listName}`
}
