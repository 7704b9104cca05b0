/** Moving a store to another engine: whole, in steps that can be broken off, and compared at the end. */
import { symlinkSync } from 'node:fs'
import pg from 'pg'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { copyStore } from '../../../src/store/copy-store.ts'
import { copiedTables, uncopiedColumns, uncopiedTables } from '../../../src/store/copy-tables.ts'
import { openStore, openStoreBeside } from '../../../src/store/open-store.ts'
import type { StorePlace } from '../../../src/store/settings.ts'
import { openDatabaseForReading, openDatabaseForWriting } from '../../../src/store/sqlite/database.ts'
import type { Store } from '../../../src/store/store.ts'
import { PostgresServer, postgresMissing } from '../../support/postgres.ts'
import { forwarded, newAttempt, newDelivery, newFile, newMessage, queueId } from './fixtures.ts'

const server = postgresMissing === undefined ? await PostgresServer.start() : undefined
afterAll(() => server?.stop())

async function newDatabase(): Promise<StorePlace> {
  if (server === undefined) throw new Error(postgresMissing)
  return { url: server.url(await server.newDatabase()), connections: 3 }
}

const messages = 23

/** A database with something in most tables, whose relay has stopped. */
async function filled(): Promise<string> {
  const file = newFile()
  const store = await openStore({ file })
  for (let number = 1; number <= messages; number++) {
    const octets = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * number) % 256))
    await store.spool(newMessage(number, { octets }))
    const [first] = await store.plan(queueId(number), [newDelivery(0), newDelivery(1)], forwarded)
    if (first !== undefined) await store.finishAttempt(first, newAttempt({ outcome: 'deferred' }), 70_000)
  }
  const listId = await store.createList({ address: 'news@lists.example', settings: { a: 1 }, createdAt: 1 })
  const people = ['ä@x.example', 'b@x.example', 'c@x.example'].map(address => ({
    address,
    addressKey: address,
  }))
  await store.subscribe(listId, people, 5)
  await store.unsubscribe(listId, ['c@x.example'])
  await store.countTlsSession({
    day: '2026-11-28',
    domain: 'x.example',
    policy: { type: 'no-policy-found', string: [], mxHost: [] },
    result: 'success',
    details: {},
  })
  await store.close()
  return file
}

async function read<T>(place: StorePlace, ask: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStoreBeside(place, 'read')
  return ask(store).finally(() => store.close())
}

const everything = async (store: Store) => ({
  messages: await Promise.all(Array.from({ length: messages }, (_, at) => store.message(queueId(at + 1)))),
  histories: await Promise.all(
    Array.from({ length: messages }, (_, at) => store.showMessage(queueId(at + 1))),
  ),
  lists: await store.lists(),
  subscribers: await store.subscribers({ listId: 1, limit: 10 }),
  version: await store.listsVersion(),
  tls: await store.listTlsReports(10),
  left: [await store.hasLeft(3), await store.hasLeft(4)],
})

const noProgress = () => {}

describe.skipIf(server === undefined)('a copy to the other engine and back', () => {
  test('holds the same, to the octet, and gives no number a second time', async () => {
    const [from, over, back] = [await filled(), await newDatabase(), newFile()]
    const there = await copyStore(from, over, noProgress)
    expect(await read(over, everything)).toEqual(await read(from, everything))
    const returned = await copyStore(over, back, noProgress)
    expect(await read(back, everything)).toEqual(await read(from, everything))
    expect(returned.tables).toEqual(there.tables)
    expect(there.tables.find(({ table }) => table === 'deliveries')?.rows).toBe(2 * messages)
    for (const place of [over, back]) {
      const store = await openStoreBeside(place, 'change')
      await store.subscribe(1, [{ address: 'd@x.example', addressKey: 'd@x.example' }], 6)
      expect((await store.subscriber(1, 'd@x.example'))?.id).toBe(4)
      await store.close()
    }
  })

  test('that is broken off at any page goes on there', async () => {
    const [from, to] = [await filled(), await newDatabase()]
    let pages = 0
    let breaks = 0
    const resumed: boolean[] = []
    for (;;) {
      let seen = 0
      const breakOff = () => {
        seen += 1
        pages += 1
        if (seen === 4 && breaks < 12) {
          breaks += 1
          throw new Error('broken off')
        }
      }
      const report = await copyStore(from, to, breakOff).catch((error: Error) => error.message)
      if (typeof report !== 'string') {
        resumed.push(report.isResumed)
        break
      }
      expect(report).toBe('broken off')
    }
    expect([breaks, resumed]).toEqual([12, [true]])
    expect(pages).toBeGreaterThan(48)
    expect(await read(to, everything)).toEqual(await read(from, everything))
  })

  test('is refused while a relay runs on one of them, and into what holds something else', async () => {
    const [from, to] = [await filled(), await newDatabase()]
    const relay = { name: 'one', now: 0, leaseMilliseconds: 1 }
    if (typeof to === 'string') throw new Error('expected a server')
    const running = await openStore({ file: newFile(), postgres: to, relay })
    await expect(copyStore(from, to, noProgress)).rejects.toMatchObject({ code: 'in-use' })
    await running.spool(newMessage(1))
    await running.close()
    await expect(copyStore(from, to, noProgress)).rejects.toMatchObject({ code: 'conflict' })
    const alone = await openStore({ file: from })
    onTestFinished(() => alone.close())
    await expect(copyStore(from, await newDatabase(), noProgress)).rejects.toMatchObject({ code: 'in-use' })
  })
})

test('a copy from file to file holds the same', async () => {
  const [from, to] = [await filled(), newFile()]
  await copyStore(from, to, noProgress)
  expect(await read(to, everything)).toEqual(await read(from, everything))
})

test('a store is not copied onto itself, whatever its file is called', async () => {
  const [from, link] = [await filled(), newFile()]
  symlinkSync(from, link)
  for (const to of [from, link])
    await expect(copyStore(from, to, noProgress)).rejects.toMatchObject({
      code: 'conflict',
      message: 'both sides of the copy are the same database',
    })
})

/** The columns of each table, as the engine has them. */
function columnsOfFile(file: string): Tables {
  const { database } = openDatabaseForReading(file)
  const rows = database
    .prepare(
      `SELECT t.name AS "table", c.name, c.type, t.sql FROM sqlite_schema t, pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all() as (Column & { table: string })[]
  database.close()
  return Map.groupBy(rows, ({ table }) => table)
}

async function columnsOfServer(place: StorePlace): Promise<Tables> {
  if (typeof place === 'string') throw new Error('expected a server')
  const client = new pg.Client(place.url)
  await client.connect()
  const { rows } = await client.query<Column & { table: string }>(
    `SELECT table_name AS "table", column_name AS name,
       CASE is_identity WHEN 'YES' THEN 'numbered' ELSE '' END AS type FROM information_schema.columns WHERE table_schema = 'public'`,
  )
  await client.end()
  return Map.groupBy(rows, ({ table }) => table)
}

interface Column {
  readonly name: string
  readonly type: string
  /** The statement that has made the table. */
  readonly sql: string
}

type Tables = ReadonlyMap<string, readonly Column[]>

/** Something else in every column, as far as the table takes it; every row is number 1, and belongs to numbers 1. */
function valueFor({ name, type, sql }: Column, at: number): string | number | Buffer {
  const taken = new RegExp(`\\b${name} IN \\('([^']+)'`).exec(sql)?.[1]
  if (taken !== undefined) return taken
  if (type === 'INTEGER') return /^(id|only_row|.*_id)$/.test(name) ? 1 : 1_000 + at
  if (type === 'REAL') return at / 8
  if (type === 'BLOB') return Buffer.from(Array.from({ length: 256 }, (_, octet) => (octet + at) % 256))
  return JSON.stringify(`ä ${name}`)
}

/** A database with one row in each table that is copied, and something in each of its columns. */
async function withEveryTable(): Promise<string> {
  const file = newFile()
  await (await openStore({ file })).close()
  const tables = columnsOfFile(file)
  const { database } = openDatabaseForWriting(file)
  for (const { name } of copiedTables) {
    const columns = tables.get(name) ?? []
    const names = columns.map(column => column.name)
    database
      .prepare(
        `INSERT OR REPLACE INTO ${name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      )
      .run(...columns.map(valueFor))
  }
  database.close()
  return file
}

function rowsOf(file: string): ReadonlyMap<string, readonly object[]> {
  const { database } = openDatabaseForReading(file)
  const rows = new Map(
    copiedTables.map(({ name }) => [name, database.prepare(`SELECT * FROM ${name}`).all() as object[]]),
  )
  database.close()
  return rows
}

test('every table of a database file is copied, or named as one that is not', async () => {
  const known = [...copiedTables.map(({ name }) => name), ...uncopiedTables]
  const tables = [...columnsOfFile(await withEveryTable()).keys()]
  expect(tables.filter(table => !known.includes(table))).toEqual([])
})

test.skipIf(server === undefined)(
  'what is copied of one engine the other has too, column by column',
  async () => {
    const place = await newDatabase()
    await (await openStoreBeside(place, 'change')).close()
    const [there, here] = [await columnsOfServer(place), columnsOfFile(await withEveryTable())]
    const known = [...copiedTables.map(({ name }) => name), ...uncopiedTables]
    expect([...there.keys()].filter(table => !known.includes(table))).toEqual([])
    const names = (tables: Tables) =>
      copiedTables.map(({ name }) => [
        name,
        tables
          .get(name)
          ?.map(column => column.name)
          .sort(),
      ])
    expect(names(there)).toEqual(names(here))
    const numbered = [...there].filter(([, columns]) => columns.some(({ type }) => type === 'numbered'))
    expect(numbered.map(([name]) => name).sort()).toEqual(
      copiedTables
        .filter(({ isNumbered }) => isNumbered)
        .map(({ name }) => name)
        .sort(),
    )
  },
)

test.skipIf(server === undefined)(
  'a row of every table goes over and comes back with all of its columns',
  async () => {
    const [from, over, back] = [await withEveryTable(), await newDatabase(), newFile()]
    const { tables } = await copyStore(from, over, noProgress)
    expect(tables.filter(({ rows }) => rows !== 1)).toEqual([])
    await copyStore(over, back, noProgress)
    const copied = [...rowsOf(from)].map(([table, rows]) => [table, rows.map(unclaimed)])
    expect([...rowsOf(back)]).toEqual(copied)
  },
)

/** Nobody has it in hand after a copy. */
function unclaimed(row: object): object {
  const none = uncopiedColumns.filter(column => column in row).map(column => [column, null])
  return { ...row, ...Object.fromEntries(none) }
}
