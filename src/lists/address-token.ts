/** Whether a token is good for a person: those that are under way are bound to the address in the form of the day they were made. */
import type { KeyObject } from 'node:crypto'
import { asciiDomainOf } from '../message/mailbox.ts'
import { isGenuineToken, type ReadToken } from './tokens.ts'

/** An address as it was given, and its comparable form. */
export interface TokenPerson {
  readonly address: string
  readonly addressKey: string
}

/**
 * True for a token that was made here for this list and person. The work is the same whether there is such a person or not.
 *
 * @param listAddress in comparable form
 */
export function isTokenOf(
  keys: readonly KeyObject[],
  token: ReadToken,
  listAddress: string,
  person: TokenPerson | undefined,
): boolean {
  const { address, addressKey } = person ?? { address: '', addressKey: '' }
  const answers = [addressKey, formerKey(address)].map(key => isGenuineToken(keys, token, [listAddress, key]))
  return person !== undefined && answers.includes(true)
}

/** How addresses were compared before quoted and decomposed spellings counted as the same. */
function formerKey(address: string): string {
  return `${address.slice(0, address.lastIndexOf('@'))}@${asciiDomainOf(address)}`.toLowerCase()
}
