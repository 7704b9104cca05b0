/** The entries of the table of requests (requests.ts) that are about accounts. */
import type { AccountChange, NewAccount, StoredAccount } from '../account-records.ts'
import { accountRates, keepAccountRates } from './account-rates.ts'
import * as accounts from './accounts.ts'
import { adminEntries } from './admins.ts'
import { change, decodedQuestion, encodedChange, question, type Table } from './entry.ts'
import { messageRow } from './planned.ts'
import { tokenEntries } from './tokens.ts'

export const accountEntries = {
  ...adminEntries,
  ...tokenEntries,
  accounts: decodedQuestion(accounts.accounts, rows => rows.map(toAccount)),
  account: decodedQuestion(accounts.account, row => row && toAccount(row)),
  accountById: decodedQuestion(accounts.accountById, row => row && toAccount(row)),
  accountUse: question(accounts.accountUse),
  accountClients: question(accounts.accountClients),
  createAccount: encodedChange(accounts.createAccount, (_, account) => [accountInsert(account)]),
  changeAccount: encodedChange(accounts.changeAccount, (_, id, asked, at) => [id, accountUpdate(asked), at]),
  deleteAccount: change(accounts.deleteAccount),
  noteClient: change(accounts.noteClient),
  allowClients: change(accounts.allowClients),
  forgetClients: change(accounts.forgetClients),
  accountRates: question(accountRates),
  keepAccountRates: change(keepAccountRates),
  spoolSubmitted: encodedChange(accounts.spoolSubmitted, (blobs, message, use) => [
    messageRow(blobs, message),
    use,
  ]),
} satisfies Partial<Table>

function toAccount({ credentials, senders, ...row }: accounts.AccountRow): StoredAccount {
  return { ...row, credentials: JSON.parse(credentials) as object, senders: JSON.parse(senders) as string[] }
}

function accountInsert({ credentials, senders, ...account }: NewAccount): accounts.AccountInsert {
  return { ...account, credentials: JSON.stringify(credentials), senders: JSON.stringify(senders) }
}

function accountUpdate(change: AccountChange): accounts.AccountUpdate {
  const { state = null, credentials, senders, dailyLimit, clients = null } = change
  return {
    state,
    clients,
    credentials: credentials === undefined ? null : JSON.stringify(credentials),
    senders: senders === undefined ? null : JSON.stringify(senders),
    dailyLimit: dailyLimit ?? null,
    setsDailyLimit: dailyLimit === undefined ? 0 : 1,
  }
}
