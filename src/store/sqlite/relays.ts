/** Relays that share the database: their leases, what they do for all of them, and what becomes of the claims of one that has ended. */
import {
  type ClaimedWork,
  type LeaseAnswer,
  maxRelays,
  type NewRelay,
  type RelayRecord,
} from '../relay-records.ts'
import { StoreError } from '../store-error.ts'
import type { Connection } from './database.ts'
import { beginRun, endRun, judgeEnd } from './under-way.ts'

const select =
  'SELECT number, name, started_at AS startedAt, lease_until AS leaseUntil, host, process FROM relays'

/**
 * A relay begins to run on this database. One of its name has ended, since it holds the lock of the name; one that is alone knows that
 * of all others. True: it has not ended as it was told. Throws a StoreError `in-use` when there are too many.
 */
export function enter(
  connection: Connection,
  { name, now, leaseMilliseconds, host = '', process = 0 }: NewRelay,
): boolean {
  const before = relays(connection)
  const ended = connection.isShared ? before.filter(one => one.name === name) : before
  // Before anything is written: on a disk that is full it runs under this number all the same.
  connection.relay = freeNumber(before.filter(one => !ended.includes(one)))
  if (ended.length === before.length) beginRun(connection)
  else for (const { number } of ended) judgeEnd(connection, number)
  for (const { number } of ended) release(connection, number)
  connection
    .statement(
      'INSERT INTO relays (number, name, started_at, lease_until, host, process) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(connection.relay, name, now, now + leaseMilliseconds, host, process)
  return ended.length > 0
}

function freeNumber(taken: readonly RelayRecord[]): number {
  for (let number = 0; number < maxRelays; number++)
    if (!taken.some(one => one.number === number)) return number
  throw new StoreError('in-use', `${maxRelays} relays share this database, and there is no room for another`)
}

/** The relay stops as it was told: what it has in hand is free. */
export function leave(connection: Connection): void {
  if (connection.relay === null) return
  const others = relays(connection).filter(({ number }) => number !== connection.relay)
  endRun(connection, others.length === 0 ? null : connection.relay)
  release(connection, connection.relay)
}

/** What a relay had claimed is for whoever comes first. */
function release(connection: Connection, relay: number): void {
  for (const [table, states] of [
    ['deliveries', `state = 'queued'`],
    ['messages', `state = 'spooled'`],
    ['list_posts', `state IN ('accepted', 'expanding')`],
  ])
    connection
      .statement(`UPDATE ${table} SET claimed_by = NULL WHERE claimed_by = ? AND ${states}`)
      .run(relay)
  connection.statement('DELETE FROM relay_jobs WHERE relay = ?').run(relay)
  connection.statement('DELETE FROM relays WHERE number = ?').run(relay)
}

/** See `Store.relays`. */
export function relays(connection: Connection): RelayRecord[] {
  return connection.statement(`${select} ORDER BY number`).all() as RelayRecord[]
}

/** See `Store.renewLease`. */
export function renewLease(
  connection: Connection,
  { now, leaseMilliseconds }: { readonly now: number; readonly leaseMilliseconds: number },
): LeaseAnswer {
  const all = relays(connection)
  const own = all.find(({ number }) => number === connection.relay)
  if (own === undefined) return { isHeld: false, relays: all.length, takenOver: [] }
  connection
    .statement('UPDATE relays SET lease_until = ? WHERE number = ?')
    .run(now + leaseMilliseconds, own.number)
  // After a time in which nobody could renew its lease, the others get the time to do so before they are judged.
  const ended = own.leaseUntil > now ? all.filter(one => one !== own && one.leaseUntil <= now) : []
  for (const { number } of ended) {
    judgeEnd(connection, number)
    release(connection, number)
  }
  return { isHeld: true, relays: all.length - ended.length, takenOver: ended.map(({ name }) => name) }
}

/** See `Store.claimJob`. */
export function claimJob(connection: Connection, name: string): boolean {
  // One that is alone has every job, and writes nothing down for it.
  if (!connection.isShared && connection.relay !== null) return true
  const holder = connection.statement('SELECT relay FROM relay_jobs WHERE name = ?').pluck().get(name)
  if (holder !== undefined) return holder === connection.relay
  if (connection.relay === null) return false
  connection.statement('INSERT INTO relay_jobs (name, relay) VALUES (?, ?)').run(name, connection.relay)
  return true
}

const claims: Readonly<Record<ClaimedWork, string>> = {
  message: `UPDATE messages SET claimed_by = @relay WHERE state = 'spooled' AND (claimed_by IS NULL OR claimed_by = @relay)
    AND queue_id IN (SELECT value FROM json_each(@queueIds)) RETURNING queue_id`,
  posts: `UPDATE list_posts SET claimed_by = @relay WHERE state IN ('accepted', 'expanding')
    AND (claimed_by IS NULL OR claimed_by = @relay)
    AND message_id IN (SELECT id FROM messages WHERE queue_id IN (SELECT value FROM json_each(@queueIds)))
    RETURNING (SELECT queue_id FROM messages WHERE id = message_id)`,
}

/** See `Store.claimWork`. */
export function claimWork(connection: Connection, kind: ClaimedWork, queueIds: readonly string[]): string[] {
  const claimed = connection
    .statement(claims[kind])
    .pluck()
    .all({ relay: connection.relay, queueIds: JSON.stringify(queueIds) }) as string[]
  return [...new Set(claimed)]
}
