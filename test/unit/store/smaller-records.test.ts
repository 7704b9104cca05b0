/** A database of the version that kept what goes with the body in rows that stay. */
import { readdirSync, readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../../src/store/sqlite/migrate.ts'
import { admission } from '../../support/records.ts'
import { claimOf, newAttempt, newFile, newMessage, newStore, queueId } from './fixtures.ts'

const folder = new URL('../../../migrations/', import.meta.url)
const prepend = Buffer.from('Received: from here\r\n')
const prefix = Buffer.from('DKIM2-Signature: i=2\r\n')
const hashes = { key: '0123456789abcdef'.repeat(4), sentBy: 'fedcba9876543210'.repeat(4) }

/** With a message on its way. */
function earlierDatabase(): string {
  const file = newFile()
  const database = new Database(file)
  const files = readdirSync(folder).filter(name => /^00(?:[01]\d|2[0-6])_/.test(name))
  migrate(
    database,
    files.sort().map((name, at) => ({ version: at + 1, sql: readFileSync(new URL(name, folder), 'utf8') })),
  )
  const { octets, envelope, peer } = newMessage(1)
  const record = [envelope, { ...admission, state: 'pass' }, peer].map(one => JSON.stringify(one))
  database
    .prepare(
      `INSERT INTO messages (id, queue_id, received_at, direction, state, size_bytes, keep_until, removed, prepend, envelope, verdict, peer)
       VALUES (1, ?, 1000, 'forward', 'forwarded', ?, 2000000, '[]', ?, ?, ?, ?)`,
    )
    .run(queueId(1), octets.length, prepend, ...record)
  database.prepare('INSERT INTO message_octets (message_id, octets) VALUES (1, ?)').run(octets)
  database
    .prepare(
      `INSERT INTO deliveries (id, message_id, ordinal, kind, state, recipient, forward_path, reverse_path, destination, attempts,
         next_attempt_at, expires_at, dsn, prefix)
       VALUES (1, 1, 0, 'alias', 'queued', 'team@alias.example', 'r@destination.example', '', 'destination.example', 1, 60000, 1000000, 'none', ?)`,
    )
    .run(prefix)
  database
    .prepare(
      'INSERT INTO message_identities (copy_key, sent_by, queue_id, seen_at, times) VALUES (?, ?, ?, 1000, 1)',
    )
    .run(hashes.key, hashes.sentBy, queueId(1))
  database.close()
  return file
}

test('what was on its way is sent as it was, and goes with the body', async () => {
  const file = earlierDatabase()
  const store = await newStore({ file })
  expect(await store.message(queueId(1))).toMatchObject({
    prepend,
    record: newMessage(1).record,
    envelope: newMessage(1).envelope,
    peer: newMessage(1).peer,
  })
  const { deliveries } = await store.due({ now: 60_000, limit: 10 })
  expect(deliveries).toMatchObject([{ id: 1, prefix }])
  await store.finishAttempt(claimOf(1), newAttempt())
  expect(await store.shedBodies({ after: 0, limit: 10, endedBefore: 1_000_000 })).toMatchObject({ shed: 1 })
  expect(await store.message(queueId(1))).toMatchObject({ octets: null, prepend: Buffer.alloc(0) })
  expect((await store.delivery(queueId(1), 0))?.prefix).toEqual(Buffer.alloc(0))
  const database = new Database(file, { readonly: true })
  onTestFinished(() => {
    database.close()
  })
  expect(database.prepare('SELECT m.prepend, d.prefix FROM messages m, deliveries d').raw().all()).toEqual([
    [Buffer.alloc(0), Buffer.alloc(0)],
  ])
})

test('who has had a message is known by the first half of its hash', async () => {
  const store = await newStore({ file: earlierDatabase() })
  const [key, sentBy] = [hashes.key.slice(0, 32), hashes.sentBy.slice(0, 32)]
  const recipient = 'team@alias.example'
  const once = { copies: [{ recipient, key }], sentBy, at: 2_000, retriesSince: 0, most: 1, remembered: 10 }
  expect(await store.takenBefore(once)).toEqual([{ recipient, queueId: queueId(1), isRetry: true }])
})
