/** MTA-STS policies: kept for as long as they say, whatever becomes of the place that they were fetched from. */

import type { RefreshQuery } from '../queries.ts'
import type { StsPolicyRecord } from '../tls-records.ts'
import type { Connection } from './database.ts'

interface PolicyRow {
  readonly domain: string
  readonly id: string
  readonly mode: StsPolicyRecord['mode']
  readonly maxAgeSeconds: number
  readonly mx: string
  readonly lines: string
  readonly fetchedAt: number
  readonly expiresAt: number
}

const select = `SELECT domain, policy_id AS id, mode, max_age AS maxAgeSeconds, mx, lines, fetched_at AS fetchedAt,
    expires_at AS expiresAt FROM sts_policies`

/** The policy of a domain, expired or not. */
export function stsPolicy(connection: Connection, domain: string): StsPolicyRecord | undefined {
  const row = connection.statement(`${select} WHERE domain = ?`).get(domain) as PolicyRow | undefined
  return row === undefined ? undefined : toPolicy(row)
}

/** Policies that are in force and were fetched long ago, or are halfway to their end; the oldest first. */
export function stsPoliciesToRefresh(connection: Connection, query: RefreshQuery): StsPolicyRecord[] {
  const rows = connection
    .statement(
      `${select} WHERE expires_at > @now AND (fetched_at <= @fetchedBefore OR 2 * @now > fetched_at + expires_at)
       ORDER BY fetched_at LIMIT @limit`,
    )
    .all({ ...query }) as PolicyRow[]
  return rows.map(toPolicy)
}

/** Keeps a policy in the place of the one before. */
export function keepStsPolicy(connection: Connection, policy: StsPolicyRecord): void {
  const { mx, lines, ...rest } = policy
  connection
    .statement(
      `INSERT INTO sts_policies (domain, policy_id, mode, max_age, mx, lines, fetched_at, expires_at)
       VALUES (@domain, @id, @mode, @maxAgeSeconds, @mx, @lines, @fetchedAt, @expiresAt)
       ON CONFLICT (domain) DO UPDATE SET policy_id = excluded.policy_id, mode = excluded.mode,
         max_age = excluded.max_age, mx = excluded.mx, lines = excluded.lines, fetched_at = excluded.fetched_at,
         expires_at = excluded.expires_at`,
    )
    .run({ ...rest, mx: JSON.stringify(mx), lines: JSON.stringify(lines) })
}

/** Removes policies whose time is over. */
export function pruneStsPolicies(connection: Connection, now: number): void {
  connection.statement('DELETE FROM sts_policies WHERE expires_at <= ?').run(now)
}

function toPolicy({ mx, lines, ...row }: PolicyRow): StsPolicyRecord {
  return { ...row, mx: JSON.parse(mx) as string[], lines: JSON.parse(lines) as string[] }
}
