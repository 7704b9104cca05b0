/** Accounts that submit mail: what they may do, what they have sent, and the clients that they use. */
import type { AccountClient, AccountUse, StoredAccount } from '../account-records.ts'
import type { Connection } from './database.ts'
import type { MessageInsert } from './message-rows.ts'
import { spool } from './messages.ts'

/** An account as selected. */
export interface AccountRow extends Omit<StoredAccount, 'credentials' | 'senders'> {
  readonly credentials: string
  readonly senders: string
}

/** A new account, ready for the statement. */
export type AccountInsert = Omit<AccountRow, 'id' | 'state' | 'changedAt'>

/** A change, ready for the statement: null is what stays. */
export interface AccountUpdate {
  readonly state: string | null
  readonly credentials: string | null
  readonly senders: string | null
  readonly dailyLimit: number | null
  readonly setsDailyLimit: 0 | 1
  readonly clients: string | null
}

const selectAccount = `SELECT id, name, name_key AS nameKey, state, credentials, senders, daily_limit AS dailyLimit, clients,
  created_at AS createdAt, changed_at AS changedAt FROM accounts`

/** A page of the accounts, by their ids. */
export function accounts(
  connection: Connection,
  { limit, after = 0 }: { readonly limit: number; readonly after?: number },
): AccountRow[] {
  return connection
    .statement(`${selectAccount} WHERE id > ? ORDER BY id LIMIT ?`)
    .all(after, limit) as AccountRow[]
}

/** One account, by the comparable form of its name. */
export function account(connection: Connection, nameKey: string): AccountRow | undefined {
  return connection.statement(`${selectAccount} WHERE name_key = ?`).get(nameKey) as AccountRow | undefined
}

/** One account, by its number. */
export function accountById(connection: Connection, id: number): AccountRow | undefined {
  return connection.statement(`${selectAccount} WHERE id = ?`).get(id) as AccountRow | undefined
}

/** See `Store.accountUse`. */
export function accountUse(connection: Connection, accountId: number, day: number): number {
  const recipients = connection
    .statement('SELECT recipients FROM account_use WHERE account_id = ? AND day = ?')
    .pluck()
    .get(accountId, day) as number | undefined
  return recipients ?? 0
}

/** See `Store.accountClients`. */
export function accountClients(connection: Connection, accountId: number): AccountClient[] {
  return connection
    .statement(
      `SELECT client_key AS clientKey, state, first_at AS firstAt, last_at AS lastAt, times FROM account_clients
       WHERE account_id = ? ORDER BY last_at DESC, client_key`,
    )
    .all(accountId) as AccountClient[]
}

/** Inserts an account and answers its id. */
export function createAccount(connection: Connection, row: AccountInsert): number {
  const { lastInsertRowid } = connection
    .statement(
      `INSERT INTO accounts (name, name_key, state, credentials, senders, daily_limit, clients, created_at, changed_at)
       VALUES (@name, @nameKey, 'active', @credentials, @senders, @dailyLimit, @clients, @createdAt, @createdAt)`,
    )
    .run(row)
  return Number(lastInsertRowid)
}

/** See `Store.changeAccount`. */
export function changeAccount(
  connection: Connection,
  id: number,
  update: AccountUpdate,
  at: number,
): boolean {
  const { changes } = connection
    .statement(
      `UPDATE accounts SET
         changed_at = CASE WHEN @state IS NULL AND @credentials IS NULL THEN changed_at ELSE @at END,
         state = coalesce(@state, state), credentials = coalesce(@credentials, credentials),
         senders = coalesce(@senders, senders), clients = coalesce(@clients, clients),
         daily_limit = CASE WHEN @setsDailyLimit = 1 THEN @dailyLimit ELSE daily_limit END
       WHERE id = @id`,
    )
    .run({ ...update, id, at })
  return changes > 0
}

/** See `Store.deleteAccount`. */
export function deleteAccount(connection: Connection, id: number): boolean {
  return connection.statement('DELETE FROM accounts WHERE id = ?').run(id).changes > 0
}

/** See `Store.noteClient`. */
export function noteClient(
  connection: Connection,
  accountId: number,
  clientKey: string,
  at: number,
  most: number,
): boolean {
  const state = connection
    .statement(
      `INSERT INTO account_clients (account_id, client_key, state, first_at, last_at, times)
       SELECT id, @clientKey, 'seen', @at, @at, 1 FROM accounts WHERE id = @accountId
       ON CONFLICT (account_id, client_key) DO UPDATE SET last_at = @at, times = account_clients.times + 1
       RETURNING state`,
    )
    .pluck()
    .get({ accountId, clientKey, at })
  connection
    .statement(
      `DELETE FROM account_clients WHERE account_id = @accountId AND state = 'seen' AND client_key NOT IN (
         SELECT client_key FROM account_clients WHERE account_id = @accountId AND state = 'seen'
         ORDER BY last_at DESC, client_key = @clientKey DESC LIMIT @most)`,
    )
    .run({ accountId, clientKey, most })
  return state === 'allowed'
}

/** See `Store.allowClients`. */
export function allowClients(
  connection: Connection,
  accountId: number,
  clientKeys: readonly string[],
  at: number,
): number {
  const allow = connection.statement(
    `INSERT INTO account_clients (account_id, client_key, state, first_at, last_at, times)
     VALUES (@accountId, @clientKey, 'allowed', @at, @at, 0)
     ON CONFLICT (account_id, client_key) DO UPDATE SET state = 'allowed' WHERE account_clients.state <> 'allowed'`,
  )
  let count = 0
  for (const clientKey of clientKeys) count += allow.run({ accountId, clientKey, at }).changes
  return count
}

/** See `Store.forgetClients`. */
export function forgetClients(
  connection: Connection,
  accountId: number,
  clientKeys: readonly string[],
): number {
  return connection
    .statement(
      `DELETE FROM account_clients WHERE account_id = ? AND client_key IN (SELECT value FROM json_each(?))`,
    )
    .run(accountId, JSON.stringify(clientKeys)).changes
}

/** See `Store.spoolSubmitted`. */
export function spoolSubmitted(
  connection: Connection,
  message: MessageInsert,
  use: AccountUse,
): 'stored' | 'limit' | 'gone' {
  if (accountById(connection, use.accountId)?.state !== 'active') return 'gone'
  const before = accountUse(connection, use.accountId, use.day)
  if (before + use.recipients > use.limit) return 'limit'
  connection
    .statement(
      `INSERT INTO account_use (account_id, day, recipients) VALUES (@accountId, @day, @recipients)
       ON CONFLICT (account_id) DO UPDATE SET day = @day, recipients = @recipients`,
    )
    .run({ accountId: use.accountId, day: use.day, recipients: before + use.recipients })
  spool(connection, message)
  return 'stored'
}
