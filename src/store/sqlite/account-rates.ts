/** Counts towards the limits of accounts: an account that has used up its day has done so after a restart too. */
import type { AccountRate } from '../account-rate-records.ts'
import type { Connection } from './database.ts'

/** Counts whose period is not over. */
export function accountRates(connection: Connection, now: number): AccountRate[] {
  return connection
    .statement(
      'SELECT counted AS "limit", account, count, ends_at AS endsAt FROM account_rates WHERE ends_at > ? ORDER BY ends_at',
    )
    .all(now) as AccountRate[]
}

/** Puts counts in the place of those before, and removes those whose period is over. */
export function keepAccountRates(connection: Connection, rates: readonly AccountRate[], now: number): void {
  connection.statement('DELETE FROM account_rates WHERE ends_at <= ?').run(now)
  const insert = connection.statement(
    `INSERT INTO account_rates (counted, account, count, ends_at) VALUES (@limit, @account, @count, @endsAt)
     ON CONFLICT (counted, account) DO UPDATE SET count = excluded.count, ends_at = excluded.ends_at`,
  )
  for (const rate of rates) insert.run({ ...rate })
}
