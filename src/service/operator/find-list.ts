/** A list by the address that a person typed. */
import type { RelayConfig } from '../../config/schema.ts'
import { listAddressProblem, listKey } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { mailingList } from '../../lists/list-table.ts'
import { readStoredSettings } from '../../lists/settings.ts'
import { parseMailbox } from '../../message/mailbox.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import { NotThere, OperationFailed, UsageError } from '../../operator/problems.ts'
import type { StoredList } from '../../store/list-records.ts'
import type { Store } from '../../store/store.ts'
import { openOutside } from '../outside/outside.ts'

/**
 * The list of an address.
 *
 * @throws UsageError for what is no address, NotThere when there is no such list
 */
export async function findList(store: Pick<Store, 'list' | 'lists'>, address: string): Promise<MailingList> {
  const mailbox = parseMailbox(addressArgument(address))
  if (mailbox === undefined)
    throw new UsageError(`${address}: expected the address of a list, such as news@lists.example`)
  const found = await store.list(listKey(mailbox))
  if (found !== undefined) return readList(found)
  const others = (await store.lists()).map(list => list.address)
  const known = others.length === 0 ? 'there is none yet' : `there are ${others.slice(0, 10).join(', ')}`
  throw new NotThere(`${listKey(mailbox)}: no such list; ${known}`)
}

/** @throws OperationFailed when its settings cannot be read */
export function readList(stored: StoredList): MailingList {
  const reading = readStoredSettings(stored.settings)
  if (reading.kind === 'read') return mailingList(stored, reading.settings)
  const places = reading.issues.map(issue => issue.path.join('.')).join(', ')
  throw new OperationFailed(
    `${stored.address}: its settings cannot be read (${places}); a newer program may have written them`,
  )
}

/**
 * The address of a list that is to be made, in its comparable form.
 *
 * @throws UsageError when the configuration or the rules for names stand against it
 */
export async function newListAddress(text: string, config: RelayConfig, store: Store): Promise<string> {
  const address = addressArgument(text)
  const problem = listAddressProblem(address)
  const mailbox = parseMailbox(address)
  if (problem !== undefined || mailbox === undefined) throw new UsageError(`${address}: expected ${problem}`)
  const { aliases } = await openOutside(config, store)
  if (!aliases.isOwnDomain(mailbox.domain)) {
    const domains = Object.keys(config.domains).join(', ')
    throw new UsageError(`${address}: expected a domain of the configuration (${domains})`)
  }
  if (aliases.hasOwnAlias(mailbox))
    throw new UsageError(`${address}: there is an alias of this name, which would get the posts`)
  return listKey(mailbox)
}
