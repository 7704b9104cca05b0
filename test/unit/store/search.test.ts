/** Finding messages in the hop log, by what index, and in what order. */
import { describe, expect, test } from 'vitest'
import type { MessagesQuery } from '../../../src/store/queries.ts'
import { queueIdAt } from '../../../src/store/queue-ids.ts'
import type { NewMessage } from '../../../src/store/records.ts'
import { subjectHash } from '../../../src/store/search-terms.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { isSearch, searchMessages } from '../../../src/store/sqlite/message-search.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  claimOf,
  forwarded,
  isOnServer,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newStore,
} from './fixtures.ts'

const start = Date.UTC(2026, 1, 1)
const minute = 60_000

/** A message that came so many minutes after the start. */
function messageAt(minutes: number, changes: Partial<NewMessage> = {}): NewMessage {
  const receivedAt = start + minutes * minute
  return newMessage(0, { queueId: queueIdAt(receivedAt), receivedAt, ...changes })
}

const idAt = (minutes: number) => queueIdAt(start + minutes * minute)

async function found(store: Store, query: Partial<MessagesQuery>): Promise<string[]> {
  return (await store.listMessages({ limit: 10, ...query })).map(({ queueId }) => queueId)
}

const octets = (text: string) => Buffer.from(`${text}\r\n\r\nbody\r\n`)
const envelope = (reversePath: string, ...forwardPaths: string[]) => ({
  reversePath,
  forwardPaths,
  smtpUtf8: false,
})

describe('a message is found', () => {
  async function storeOfOne(changes: Partial<NewMessage>): Promise<Store> {
    const store = await newStore()
    await store.spool(messageAt(1))
    await store.spool(messageAt(2, changes))
    return store
  }

  test.each([
    ['Bob@Other.Example', 'MAIL FROM, without regard to case'],
    ['other.example', 'the domain of MAIL FROM'],
    ['@other.example', 'the domain, written with an @'],
    ['author@writer.example', 'the author in From'],
  ])('by --from %s: %s', async from => {
    const store = await storeOfOne({
      envelope: envelope('bob@other.example', 'x@alias.example'),
      octets: octets('From: "A, B" <author@writer.example>'),
    })
    expect(await found(store, { criteria: { from } })).toEqual([idAt(2)])
  })

  test('by the null reverse-path, which is no domain', async () => {
    const store = await storeOfOne({ envelope: envelope('', 'x@alias.example') })
    expect(await found(store, { criteria: { from: '' } })).toEqual([idAt(2)])
  })

  test.each(['second@alias.example', 'copy@far.example', 'far.example'])(
    'by a recipient as received and as sent on to: %s',
    async to => {
      const store = await storeOfOne({
        envelope: envelope('a@b.example', 'x@y.example', 'second@alias.example'),
      })
      await store.plan(idAt(2), [newDelivery(0, { forwardPath: 'copy@far.example' })], forwarded)
      expect(await found(store, { criteria: { to } })).toEqual([idAt(2)])
    },
  )

  test('by its Message-ID, its Subject by hash, and its client; each is told with it', async () => {
    const store = await storeOfOne({
      octets: octets('Subject: Plans\r\n for  today\r\nMessage-ID: <Unique@origin.example>'),
      peer: { address: '2001:db8::7', port: 1, helo: 'x', protocol: 'ESMTP' },
    })
    const hash = subjectHash('Plans for today')
    for (const criteria of [
      { messageId: 'Unique@origin.example' },
      { subjectHash: hash },
      { peer: '2001:db8::7' },
    ])
      expect(await found(store, { criteria })).toEqual([idAt(2)])
    expect((await store.showMessage(idAt(2)))?.message).toMatchObject({
      messageId: 'Unique@origin.example',
      subjectHash: hash,
    })
    expect(await found(store, { criteria: { messageId: 'unique@origin.example' } })).toEqual([])
  })

  test('only if it meets every condition', async () => {
    const store = await storeOfOne({ envelope: envelope('bob@other.example', 'x@alias.example') })
    expect(await found(store, { criteria: { from: 'other.example', to: 'alias.example' } })).toEqual([
      idAt(2),
    ])
    expect(await found(store, { criteria: { from: 'other.example', to: 'team@alias.example' } })).toEqual([])
  })
})

test('times include the first and exclude the last moment', async () => {
  const store = await newStore()
  for (const minutes of [0, 1, 2, 300]) await store.spool(messageAt(minutes))
  const since = start + minute
  expect(await found(store, { since })).toEqual([idAt(300), idAt(2), idAt(1)])
  expect(await found(store, { since, until: start + 2 * minute })).toEqual([idAt(1)])
  expect(await found(store, { since: start + 1_000 * minute })).toEqual([])
})

test('failed are those of which nothing arrived, whatever ended them; spooled those that wait for their plan', async () => {
  const store = await newStore()
  for (const minutes of [1, 2, 3, 4]) await store.spool(messageAt(minutes))
  await store.plan(idAt(1), [], { ...forwarded, state: 'failed', reason: 'x' })
  const [lost] = await store.plan(idAt(2), [newDelivery(0)], forwarded)
  const [one] = await store.plan(idAt(3), [newDelivery(0), newDelivery(1)], forwarded)
  for (const id of [lost?.id, one?.id])
    await store.finishAttempt(claimOf(id), newAttempt({ outcome: 'failed' }))
  expect(await found(store, { state: 'failed' })).toEqual([idAt(2), idAt(1)])
  expect(await found(store, { state: 'failed', criteria: { to: 'destination.example' } })).toEqual([idAt(2)])
  expect(await found(store, { state: 'spooled' })).toEqual([idAt(4)])
  expect(await found(store, { state: 'forwarded' })).toEqual([idAt(3)])
})

test('pages follow each other without a gap, also when the last of one has been pruned', async () => {
  const store = await newStore()
  for (const minutes of [1, 2, 3, 4, 5])
    await store.spool(messageAt(minutes, { state: 'failed', keepUntil: minutes }))
  const criteria = { to: 'alias.example' }
  expect(await found(store, { criteria, limit: 2 })).toEqual([idAt(5), idAt(4)])
  expect(await found(store, { criteria, limit: 2, before: idAt(4) })).toEqual([idAt(3), idAt(2)])
  await store.prune({ now: 2, limit: 10 })
  expect(await found(store, { criteria, before: idAt(4) })).toEqual([idAt(3)])
  expect(await found(store, { criteria, before: idAt(2) })).toEqual([])
})

describe('the index of the search', () => {
  const criteria = { to: 'alias.example' }

  test('is made a few messages at a time, and what is found does not depend on it', async () => {
    const store = await newStore()
    for (const minutes of [1, 2, 3, 4, 5]) await store.spool(messageAt(minutes))
    const all = [5, 4, 3, 2, 1].map(idAt)
    const more: boolean[] = []
    for (let step = 0; step < 4; step++) {
      expect(await found(store, { criteria })).toEqual(all)
      expect(await found(store, { criteria, limit: 4, before: idAt(5) })).toEqual(all.slice(1))
      expect(await found(store, { criteria: { ...criteria, from: 'origin.example' }, limit: 3 })).toEqual(
        all.slice(0, 3),
      )
      more.push(await store.indexTerms(2))
    }
    // PostgreSQL keeps an index of its own.
    expect(more).toEqual(isOnServer() ? [false, false, false, false] : [true, true, false, false])
  })

  test('has what a message is sent on to later', async () => {
    const store = await newStore()
    for (const minutes of [1, 2]) await store.spool(messageAt(minutes))
    await store.indexTerms(10)
    await store.plan(idAt(1), [newDelivery(0, { forwardPath: 'copy@far.example' })], forwarded)
    expect(await found(store, { criteria: { to: 'far.example' } })).toEqual([idAt(1)])
  })

  test.skipIf(isOnServer()).each([true, false])(
    'has nothing of a message that is gone (in the index: %s)',
    async isIndexed => {
      const file = newFile()
      const store = await newStore({ file })
      await store.spool(messageAt(1, { state: 'failed', keepUntil: 1 }))
      if (isIndexed) await store.indexTerms(10)
      await store.prune({ now: 1, limit: 10 })
      await store.close()
      const { database } = openDatabase({ file })
      for (const table of ['message_terms', 'term_index'])
        expect(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0)
      database.close()
    },
  )
})

describe.skipIf(isOnServer())('no search reads every message', () => {
  // Lists of values, and indexes that hold only messages that did not simply arrive.
  const allowed =
    /^SCAN (?!value|json_each|counted|\(|\w USING COVERING INDEX (messages_spooled|messages_ended|deliveries_failed)$)|TEMP B-TREE FOR ORDER/m

  const searches: readonly Partial<MessagesQuery>[] = [
    { criteria: { from: 'a@origin.example' } },
    { criteria: { to: 'alias.example', peer: '127.0.0.1' } },
    { criteria: { messageId: 'x' }, since: start, before: idAt(5) },
    { criteria: { subjectHash: '0' }, state: 'forwarded' },
    { state: 'failed' },
    { state: 'failed', criteria: { to: 'alias.example' } },
    { state: 'bounce-received' },
    { state: 'spooled' },
    { since: start, until: start + minute },
  ]
  test.each(searches.map(query => [JSON.stringify(query), query] as const))('%s', (_, query) => {
    const connection = openDatabase({ file: newFile() })
    const plans: string[] = []
    const statement = (sql: string) => {
      plans.push(planOf(sql))
      return connection.statement(sql)
    }
    const planOf = (sql: string) =>
      (connection.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(nothingFor(sql)) as { detail: string }[])
        .map(({ detail }) => detail)
        .join('\n')
    expect(isSearch({ limit: 1, ...query })).toBe(true)
    searchMessages({ ...connection, statement }, { limit: 1, ...query })
    connection.database.close()
    for (const plan of plans) expect(plan).not.toMatch(allowed)
  })

  function nothingFor(sql: string): readonly unknown[] | Record<string, null> {
    const named = [...sql.matchAll(/@(\w+)/g)].map(([, name = '']) => [name, null] as const)
    return named.length > 0 ? Object.fromEntries(named) : [...sql.matchAll(/\?/g)].map(() => null)
  }
})

test('new messages are told in the order in which they came to the disk, once', async () => {
  const store = await newStore()
  await store.spool(messageAt(2))
  const { messages, last } = await store.newMessages({ limit: 2 })
  expect(messages).toEqual([])
  for (const minutes of [4, 1, 3]) await store.spool(messageAt(minutes))
  const first = await store.newMessages({ after: last, limit: 2 })
  const second = await store.newMessages({ after: first.last, limit: 2 })
  expect([first, second].map(page => page.messages.map(({ queueId }) => queueId))).toEqual([
    [idAt(4), idAt(1)],
    [idAt(3)],
  ])
  expect(await store.newMessages({ after: second.last, limit: 2 })).toEqual({
    messages: [],
    last: second.last,
  })
})
