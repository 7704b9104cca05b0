/** TLS sessions, counted together (gathering.ts): in one statement and one order. */
import type { TlsSessions } from '../tls-records.ts'
import { Gathering } from './gathering.ts'
import type { Ask } from './lane.ts'

/** Which kinds of failures of one domain and day are told apart: hosts and addresses are written by strangers. */
const maxRowsOfDay = 200

const countSql = `INSERT INTO tls_sessions (day, domain, policy, result, details, sessions)
  SELECT r.day, r.domain, r.policy, r.result, CASE WHEN r.details <> '{}'
      AND (SELECT count(*) FROM tls_sessions s WHERE s.day = r.day AND s.domain = r.domain) >= @most
    THEN '{}' ELSE r.details END AS shown, sum(r.sessions)
  FROM json_to_recordset(@rows::json) AS r (day text, domain text, policy text, result text, details text, sessions bigint)
  GROUP BY r.day, r.domain, r.policy, r.result, shown ORDER BY r.day, r.domain, r.policy, r.result, shown
  ON CONFLICT (day, domain, md5(policy), result, md5(details)) DO UPDATE SET sessions = tls_sessions.sessions + excluded.sessions`

/** @param commit makes one change, in a transaction of its own */
export function tlsCounter(
  commit: (perform: (ask: Ask) => Promise<unknown>) => Promise<unknown>,
): Gathering<TlsSessions, undefined> {
  return new Gathering(async sessions => {
    const rows = JSON.stringify(together(sessions))
    await commit(ask => ask(countSql, { rows, most: maxRowsOfDay }))
    return sessions.map(() => undefined)
  })
}

function together(all: readonly TlsSessions[]) {
  const counted = new Map<string, { readonly session: TlsSessions; sessions: number }>()
  for (const session of all) {
    const key = JSON.stringify(session)
    const known = counted.get(key)
    if (known === undefined) counted.set(key, { session, sessions: 1 })
    else known.sessions += 1
  }
  return [...counted.values()].map(({ session: { policy, details, ...rest }, sessions }) => ({
    ...rest,
    policy: JSON.stringify(policy),
    details: JSON.stringify(details),
    sessions,
  }))
}
