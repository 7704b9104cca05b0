/** The part of the `Store` that is about accounts; what it says of changes and questions holds here too. */
import type {
  AccountChange,
  AccountClient,
  AccountUse,
  NewAccount,
  StoredAccount,
} from './account-records.ts'
import type { NewMessage } from './records.ts'

export interface AccountStore {
  /** A page of the accounts, by their ids. */
  accounts(query: { readonly limit: number; readonly after?: number }): Promise<StoredAccount[]>
  /** By the form in which names are compared. */
  account(nameKey: string): Promise<StoredAccount | undefined>
  accountById(accountId: number): Promise<StoredAccount | undefined>
  /** How many recipients an account had on a day. */
  accountUse(accountId: number, day: number): Promise<number>
  /** Clients that an account has signed in from, or may, the one seen last first. */
  accountClients(accountId: number): Promise<AccountClient[]>
  /** Answers the id. Rejects with `conflict` if there is an account of that name. */
  createAccount(account: NewAccount): Promise<number>
  /** False: there is no such account. */
  changeAccount(accountId: number, change: AccountChange, at: number): Promise<boolean>
  /** Removes an account with what is known of its clients. False: there is no such account. */
  deleteAccount(accountId: number): Promise<boolean>
  /**
   * Notes a client that an account signs in from, and answers whether it is an allowed one. Of those that are not, `most` are
   * kept: the ones seen last.
   */
  noteClient(accountId: number, clientKey: string, at: number, most: number): Promise<boolean>
  /** Allows clients, also those that were never seen; answers how many were not allowed before. */
  allowClients(accountId: number, clientKeys: readonly string[], at: number): Promise<number>
  /** Forgets clients; answers how many there were. */
  forgetClients(accountId: number, clientKeys: readonly string[]): Promise<number>
  /**
   * Puts a submitted message on disk and counts it. `limit`: its account would have sent too much this day; `gone`: there is no
   * such active account any more. Then nothing is stored.
   */
  spoolSubmitted(message: NewMessage, use: AccountUse): Promise<'stored' | 'limit' | 'gone'>
}
