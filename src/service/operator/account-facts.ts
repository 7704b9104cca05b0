/** Accounts by the names that people give, and whom they may send as. */
import { accountKey, accountNameProblem } from '../../accounts/account-name.ts'
import { senderDomain, senderEntry } from '../../accounts/senders.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { parseMailbox } from '../../message/mailbox.ts'
import { printable } from '../../message/printable.ts'
import { NotThere, OperationFailed, UsageError } from '../../operator/problems.ts'
import type { StoredAccount } from '../../store/account-records.ts'
import type { Store } from '../../store/store.ts'
import { StoreError } from '../../store/store-error.ts'

/** @throws UsageError for what is no name of an account */
export function accountName(name: string): string {
  const problem = accountNameProblem(name)
  if (problem !== undefined) throw new UsageError(`${printable(name)}: expected ${problem}`)
  return name
}

/** @throws NotThere where there is no such account */
export async function findAccount(store: Pick<Store, 'account'>, name: string): Promise<StoredAccount> {
  const account = await store.account(accountKey(name))
  if (account === undefined) throw noSuchAccount(name)
  return account
}

export function noSuchAccount(name: string): NotThere {
  return new NotThere(`${printable(name)}: there is no such account`)
}

export function existingAccount(name: string): OperationFailed {
  return new OperationFailed(`${printable(name)}: there is an account of that name`)
}

/** For a store that has found, while the account was made, one of the same name. */
export function refuseTwice(name: string): (error: unknown) => never {
  return error => {
    throw error instanceof StoreError && error.code === 'conflict' ? existingAccount(name) : error
  }
}

/**
 * Whom an account may send as, as it is kept. Without any: its name, where that is an address.
 *
 * @throws UsageError for what is neither an address nor a domain of the configuration
 */
export function sendersOf(name: string, given: readonly string[] | undefined, config: RelayConfig): string[] {
  const own = parseMailbox(name) === undefined ? [] : [name]
  const asked = given ?? own
  if (asked.length === 0)
    throw new UsageError(`${printable(name)}: expected --sender, an address or @domain that it may send from`)
  return [...new Set(asked.map(text => ownSender(text, config)))]
}

function ownSender(text: string, { domains }: RelayConfig): string {
  const entry = senderEntry(text)
  if (entry === undefined)
    throw new UsageError(
      `${printable(text)}: expected an address such as ann@alias.example, or @alias.example`,
    )
  if (!Object.hasOwn(domains, senderDomain(entry))) {
    const known = Object.keys(domains).join(', ')
    throw new UsageError(`${printable(text)}: expected a sender in a domain of the configuration (${known})`)
  }
  return entry
}
