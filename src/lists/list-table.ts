/** The lists of this relay as recipients ask for them: pure, made anew whenever a list changes. */
import type { ListClaim } from '../admit/recipients.ts'
import type { Mailbox } from '../message/mailbox.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import type { StoredList } from '../store/list-records.ts'
import { listKey, readCommand } from './list-address.ts'
import type { ListSettings } from './settings.ts'

/** A list with its settings read. */
export interface MailingList {
  readonly id: number
  /** Lower case, the domain as A-labels. */
  readonly address: string
  /** What stands before the @. */
  readonly name: string
  readonly domain: string
  readonly settings: ListSettings
  /** Unix milliseconds. */
  readonly createdAt: number
}

/** Lists by number and by address. */
export interface ListTable {
  /** By the number that roles, posts and tokens name; undefined once it is deleted. */
  list(id: number): MailingList | undefined
  /** What an address is: a list, or a command of one; `address` in the answer is that of the list. */
  claim(mailbox: Mailbox): ListClaim | undefined
  /** Every list, by address. */
  readonly all: readonly MailingList[]
}

export function listTable(all: readonly MailingList[]): ListTable {
  const byId = new Map(all.map(list => [list.id, list]))
  const byAddress = new Map(all.map(list => [list.address, list]))
  return {
    all,
    list: id => byId.get(id),
    claim(mailbox) {
      const list = byAddress.get(listKey(mailbox))
      if (list !== undefined) return { kind: 'list', listId: list.id, address: list.address }
      const found = readCommand(mailbox.localPart)
      if (found === undefined) return undefined
      const { listName, ...command } = found
      const commanded = byAddress.get(listKey({ ...mailbox, localPart: listName }))
      if (commanded === undefined) return undefined
      return { kind: 'list-command', listId: commanded.id, address: commanded.address, ...command }
    },
  }
}

/** A stored list with its settings read. */
export function mailingList({ id, address, createdAt }: StoredList, settings: ListSettings): MailingList {
  const name = address.slice(0, address.lastIndexOf('@'))
  return { id, address, name, domain: asciiDomainOf(address), settings, createdAt }
}
