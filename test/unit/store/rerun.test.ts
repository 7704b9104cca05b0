/** Requests written for SQLite, run again and again until every statement has its answer. */
import { expect, test } from 'vitest'
import type { Ask } from '../../../src/store/postgres/lane.ts'
import { rerun } from '../../../src/store/postgres/rerun.ts'
import type { Connection } from '../../../src/store/sqlite/database.ts'

/** A server that answers each question with how many it was asked before. */
function counting(): { readonly ask: Ask; asked(): number } {
  let asked = 0
  return { ask: async () => ({ rows: [{ number: asked++ }], count: 1 }), asked: () => asked }
}

test('a request gets the answers in the order of its statements, each of them asked once', async () => {
  const { ask, asked } = counting()
  const three = (connection: Connection) => [1, 2, 3].map(() => connection.statement('SELECT').pluck().get())
  expect(await rerun(three, { relay: null }, ask)).toEqual([0, 1, 2])
  expect(asked()).toBe(3)
})

test('a request whose statements never come to an end is given up after 5000 of them', async () => {
  const { ask, asked } = counting()
  const endless = (connection: Connection): never => {
    const statement = connection.statement('SELECT')
    for (;;) statement.get()
  }
  await expect(rerun(endless, { relay: null }, ask)).rejects.toMatchObject({
    name: 'StoreError',
    code: 'internal',
    message: 'a request asks more than 5000 statements',
  })
  expect(asked()).toBe(5_000)
})

test('the number of a new row is the one that the server answers, and none is made up where it answers none', async () => {
  const insert = (connection: Connection) => connection.statement('INSERT').run().lastInsertRowid
  const answering =
    (rows: readonly Readonly<Record<string, unknown>>[]): Ask =>
    async () => ({ rows, count: 1 })
  expect(await rerun(insert, { relay: null }, answering([{ id: 7 }]))).toBe(7)
  await expect(rerun(insert, { relay: null }, answering([]))).rejects.toMatchObject({
    code: 'internal',
    message: 'a statement answers no number of a new row',
  })
})
