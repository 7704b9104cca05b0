/** TLS sessions with next hops, counted by day and domain (RFC 8460 section 4). */

import type { CountedTlsSessions, TlsReportKey, TlsSessions } from '../tls-records.ts'
import type { Connection } from './database.ts'

interface SessionRow {
  readonly day: string
  readonly domain: string
  readonly policy: string
  readonly result: CountedTlsSessions['result']
  readonly details: string
  readonly sessions: number
}

/** Which kinds of failures of one domain and day are told apart: hosts and addresses are written by strangers. */
const maxRowsOfDay = 200

const increase = `INSERT INTO tls_sessions (day, domain, policy, result, details, sessions)
  VALUES (@day, @domain, @policy, @result, @details, 1)
  ON CONFLICT (day, domain, policy, result, details) DO UPDATE SET sessions = tls_sessions.sessions + 1`

/** Counts one session. Beyond a number of different ones, the details of further ones are left out. */
export function countTlsSession(connection: Connection, session: TlsSessions): void {
  const { day, domain, result } = session
  const isCrowded =
    Object.keys(session.details).length > 0 && countRows(connection, day, domain) >= maxRowsOfDay
  connection.statement(increase).run({
    day,
    domain,
    result,
    policy: JSON.stringify(session.policy),
    details: JSON.stringify(isCrowded ? {} : session.details),
  })
}

/** The sessions of one domain and day, by policy and result. */
export function tlsSessions(connection: Connection, { day, domain }: TlsReportKey): CountedTlsSessions[] {
  const rows = connection
    .statement(
      `SELECT day, domain, policy, result, details, sessions FROM tls_sessions WHERE day = ? AND domain = ?
       ORDER BY policy, result, details`,
    )
    .all(day, domain) as SessionRow[]
  return rows.map(toSessions)
}

/** Days before this one of which no report is planned yet, oldest first. */
export function tlsDaysToReport(connection: Connection, before: string, limit: number): TlsReportKey[] {
  const rows = connection
    .statement(
      `SELECT DISTINCT s.day, s.domain FROM tls_sessions s WHERE s.day < ? AND NOT EXISTS
         (SELECT 1 FROM tls_reports r WHERE r.day = s.day AND r.domain = s.domain)
       ORDER BY s.day, s.domain LIMIT ?`,
    )
    .all(before, limit)
  return rows as TlsReportKey[]
}

function countRows(connection: Connection, day: string, domain: string): number {
  return connection
    .statement('SELECT count(*) FROM tls_sessions WHERE day = ? AND domain = ?')
    .pluck()
    .get(day, domain) as number
}

function toSessions({ policy, details, ...row }: SessionRow): CountedTlsSessions {
  return { ...row, policy: JSON.parse(policy), details: JSON.parse(details) } as CountedTlsSessions
}
