import { createSecretKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { isTokenOf } from '../../../src/lists/address-token.ts'
import { makeToken, readToken } from '../../../src/lists/tokens.ts'
import { migrate } from '../../../src/store/sqlite/migrate.ts'
import { newFile, newStore } from './fixtures.ts'

const folder = new URL('../../../migrations/', import.meta.url)

interface Row {
  readonly id: number
  readonly address: string
  /** As an earlier version had it. */
  readonly key: string
  readonly list?: number
  readonly state?: 'active' | 'suspended'
  readonly since?: number
}

const nfc = 'j\u00f6rg@destination.example'
const nfd = 'jo\u0308rg@destination.example'

/** A database of the version before addresses were compared in one spelling. */
function earlierDatabase(rows: readonly Row[]): string {
  const file = newFile()
  const database = new Database(file)
  const files = readdirSync(folder).sort().slice(0, 11)
  migrate(
    database,
    files.map((name, at) => ({ version: at + 1, sql: readFileSync(new URL(name, folder), 'utf8') })),
  )
  const list = database.prepare(`INSERT INTO lists (address, settings, created_at) VALUES (?, '{}', 0)`)
  for (const name of ['news', 'other']) list.run(`${name}@lists.example`)
  const insert = database.prepare(
    'INSERT INTO subscribers (id, list_id, address, address_key, state, subscribed_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  for (const { id, list = 1, address, key, state = 'active', since = id } of rows)
    insert.run(id, list, address, key, state, since)
  database
    .prepare(
      `INSERT INTO list_requests (list_id, kind, state, address, address_key, counted_as, network, queue_id, created_at,
         expires_at) VALUES (1, 'subscribe', 'confirming', ?, ?, '', '', 'Q', 0, 1)`,
    )
    .run(nfd, nfd)
  database.close()
  return file
}

test.each<[rule: string, rows: Row[], expected: [id: number, key: string][]]>([
  [
    'a quoted local part that needs no quotes loses them in its key',
    [{ id: 1, address: '"Ann"@destination.example', key: '"ann"@destination.example' }],
    [[1, 'ann@destination.example']],
  ],
  ['a decomposed local part is composed in its key', [{ id: 1, address: nfd, key: nfd }], [[1, nfc]]],
  [
    'two spellings of one person are one subscriber, the one who came first',
    [
      { id: 1, address: nfd, key: nfd },
      { id: 2, address: nfc, key: nfc },
    ],
    [[1, nfc]],
  ],
  [
    'whoever gets mail goes on getting it, though a suspended spelling came first',
    [
      { id: 1, address: '"ann"@d.example', key: '"ann"@d.example', state: 'suspended' },
      { id: 2, address: 'ann@d.example', key: 'ann@d.example' },
      { id: 3, address: '"a\\nn"@d.example', key: '"a\\nn"@d.example' },
    ],
    [[2, 'ann@d.example']],
  ],
  [
    'what differs on two lists is two subscribers',
    [
      { id: 1, address: '"ann"@d.example', key: '"ann"@d.example' },
      { id: 2, list: 2, address: 'ann@d.example', key: 'ann@d.example' },
    ],
    [
      [1, 'ann@d.example'],
      [2, 'ann@d.example'],
    ],
  ],
  [
    'a local part that needs its quotes keeps them, and everybody else stays as he was',
    [
      { id: 1, address: '"a b"@d.example', key: '"a b"@d.example' },
      { id: 2, address: 'Bob@d.example', key: 'bob@d.example' },
    ],
    [
      [1, '"a b"@d.example'],
      [2, 'bob@d.example'],
    ],
  ],
])('%s', async (_, rows, expected) => {
  const store = await newStore({ file: earlierDatabase(rows) })
  const found = await Promise.all([1, 2].map(listId => store.subscribers({ listId, limit: 10 })))
  expect(found.flat().map(({ id, addressKey }) => [id, addressKey])).toEqual(expected)
})

test('a former number leads to the subscriber of today, with the address that its links were made for', async () => {
  const file = earlierDatabase([
    { id: 1, address: nfd, key: nfd, since: 5 },
    { id: 2, address: nfc, key: nfc, since: 3 },
  ])
  const store = await newStore({ file })
  expect(await store.subscriberById(1)).toMatchObject({ id: 1, address: nfd, subscribedAt: 3 })
  expect(await store.subscriberById(2)).toMatchObject({ id: 1, address: nfc, addressKey: nfc })
  expect(await store.hasLeft(2)).toBe(false)
  await store.removeSubscriber(1, 1)
  expect(await store.hasLeft(2)).toBe(true)
})

test('requests that wait for an answer are those of the address in its one spelling', async () => {
  const store = await newStore({ file: earlierDatabase([]) })
  expect(await store.listRequest(1)).toMatchObject({ address: nfd, addressKey: nfc })
})

test('tokens that were made for the former spelling of an address are still good for it, and for nobody else', () => {
  const key = createSecretKey(Buffer.alloc(32, 1))
  const claim = { kind: 'unsubscribe', id: 1, expiresAtMilliseconds: 1_800_000_000_000 } as const
  const person = { address: '"Ann"@d.example', addressKey: 'ann@d.example' }
  const isGood = (boundTo: string, of: typeof person | undefined) => {
    const token = readToken(makeToken(key, claim, ['news@lists.example', boundTo]))
    return token !== undefined && isTokenOf([key], token, 'news@lists.example', of)
  }
  expect(isGood('"ann"@d.example', person)).toBe(true)
  expect(isGood('ann@d.example', person)).toBe(true)
  expect(isGood('bob@d.example', person)).toBe(false)
  expect(isGood('', undefined)).toBe(false)
})
