/**
 * TLS sessions. Every relay counts on the same few rows, and must not wait for all that another one commits together with them: what comes
 * while the last ones are noted is noted together afterwards, in one statement and one order.
 */
import type { TlsSessions } from '../tls-records.ts'
import type { Ask } from './lane.ts'

interface Counted {
  readonly session: TlsSessions
  sessions: number
}

/** Which kinds of failures of one domain and day are told apart: hosts and addresses are written by strangers. */
const maxRowsOfDay = 200

const countSql = `INSERT INTO tls_sessions (day, domain, policy, result, details, sessions)
  SELECT r.day, r.domain, r.policy, r.result, CASE WHEN r.details <> '{}'
      AND (SELECT count(*) FROM tls_sessions s WHERE s.day = r.day AND s.domain = r.domain) >= @most
    THEN '{}' ELSE r.details END AS shown, sum(r.sessions)
  FROM json_to_recordset(@rows::json) AS r (day text, domain text, policy text, result text, details text, sessions bigint)
  GROUP BY r.day, r.domain, r.policy, r.result, shown ORDER BY r.day, r.domain, r.policy, r.result, shown
  ON CONFLICT (day, domain, md5(policy), result, md5(details)) DO UPDATE SET sessions = tls_sessions.sessions + excluded.sessions`

export class TlsCounter {
  readonly #commit: (perform: (ask: Ask) => Promise<unknown>) => Promise<unknown>
  #counted = new Map<string, Counted>()
  #flushing: Promise<void> = Promise.resolve()
  /** What is counted now goes with this one. */
  #next: Promise<void> | undefined

  /** @param commit makes one change, in a transaction of its own */
  constructor(commit: (perform: (ask: Ask) => Promise<unknown>) => Promise<unknown>) {
    this.#commit = commit
  }

  /** Resolves when it is on disk. */
  count(session: TlsSessions): Promise<void> {
    const key = JSON.stringify(session)
    const known = this.#counted.get(key)
    if (known === undefined) this.#counted.set(key, { session, sessions: 1 })
    else known.sessions += 1
    this.#next ??= this.#after(this.#flushing)
    return this.#next
  }

  /** Resolves when all that was counted is on disk, or refused. */
  async settled(): Promise<void> {
    await this.#next?.catch(() => {})
    await this.#flushing.catch(() => {})
  }

  async #after(before: Promise<void>): Promise<void> {
    await before.catch(() => {})
    this.#flushing = this.#flush()
    return this.#flushing
  }

  async #flush(): Promise<void> {
    const rows = [...this.#counted.values()].map(({ session: { policy, details, ...rest }, sessions }) => ({
      ...rest,
      policy: JSON.stringify(policy),
      details: JSON.stringify(details),
      sessions,
    }))
    this.#counted = new Map()
    this.#next = undefined
    await this.#commit(ask => ask(countSql, { rows: JSON.stringify(rows), most: maxRowsOfDay }))
  }
}
