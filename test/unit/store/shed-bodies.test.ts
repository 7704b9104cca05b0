/** How long the parts of a message are kept. */
import { describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { records } from '../../support/records.ts'
import {
  claimOf,
  forwarded,
  newAttempt,
  newDelivery,
  newMessage,
  newStore,
  queued,
  queueId,
} from './fixtures.ts'

const endedBefore = 1_000_000
const shed = (store: Store, changes = {}) =>
  store.shedBodies({ after: 0, limit: 10, endedBefore, ...changes })
const header = Buffer.from('Subject: 1\r\n\r\n')

async function delivered(store: Store, number = 1): Promise<void> {
  const [delivery] = await queued(store, number, [newDelivery(0)])
  await store.finishAttempt(claimOf(delivery?.id), newAttempt())
}

describe('the body of a message', () => {
  test('goes once its last delivery is final; its header section stays, and what happened', async () => {
    const store = await newStore()
    const [first, second] = await queued(store, 1, [newDelivery(0), newDelivery(1)])
    await store.finishAttempt(claimOf(first?.id), newAttempt())
    expect(await shed(store)).toEqual({ shed: 0, last: null })
    await store.finishAttempt(claimOf(second?.id), newAttempt())
    expect(await store.headerSection(queueId(1))).toBeNull()
    expect(await shed(store)).toEqual({ shed: 1, last: null })
    expect(await store.message(queueId(1))).toMatchObject({ octets: null, prepend: Buffer.alloc(0) })
    expect(await store.headerSection(queueId(1))).toEqual(header)
    expect((await store.showMessage(queueId(1)))?.deliveries[1]?.log).toHaveLength(1)
    expect(await shed(store)).toEqual({ shed: 0, last: null })
  })

  test('stays as long as a failure is to be reported', async () => {
    const store = await newStore()
    const [delivery] = await queued(store, 1, [newDelivery(0)])
    await store.finishAttempt(claimOf(delivery?.id), newAttempt({ outcome: 'failed' }))
    expect(await shed(store)).toMatchObject({ shed: 0 })
    await store.skipDsn(queueId(1), [0])
    expect(await shed(store)).toMatchObject({ shed: 1 })
  })

  test('stays while it is spooled, held, or a post that is open', async () => {
    const store = await newStore()
    await store.spool(newMessage(1))
    await queued(store, 2, [newDelivery(0)])
    await store.holdDeliveries({ kind: 'message', queueId: queueId(2) })
    await store.spool(newMessage(3))
    const post = {
      listId: 1,
      listAddress: 'news@alias.example',
      recipient: 'news@alias.example',
      state: 'held',
      reason: null,
      createdAt: 1,
      messageIdHash: null,
    } as const
    await store.planPosts(queueId(3), [], [post], forwarded)
    expect(await shed(store)).toMatchObject({ shed: 0 })
  })

  test('stays as long as it is to be kept afterwards', async () => {
    const store = await newStore()
    await delivered(store)
    const { endedAt } = newAttempt()
    expect(await shed(store, { endedBefore: endedAt })).toMatchObject({ shed: 0 })
    expect(await shed(store, { endedBefore: endedAt + 1 })).toMatchObject({ shed: 1 })
  })

  test('of what goes no further goes at once', async () => {
    const store = await newStore()
    await store.spool(newMessage(1, { state: 'bounce-received', record: records.bounce, keepUntil: 50 }))
    expect(await shed(store)).toMatchObject({ shed: 1 })
  })

  test('is looked for in steps', async () => {
    const store = await newStore()
    for (const number of [1, 2, 3]) await delivered(store, number)
    const first = await shed(store, { limit: 2 })
    expect(first).toEqual({ shed: 2, last: expect.any(Number) })
    expect(await shed(store, { limit: 2, after: first.last })).toEqual({ shed: 1, last: null })
  })
})

describe('what this hop puts on top', () => {
  const fieldsOf = async (store: Store) => (await store.delivery(queueId(1), 0))?.prefix.length

  test('stays as long as a copy is on its way, and goes with the body', async () => {
    const store = await newStore()
    const [first, second] = await queued(store, 1, [newDelivery(0), newDelivery(1)])
    await store.finishAttempt(claimOf(first?.id), newAttempt())
    await shed(store)
    expect((await store.delivery(queueId(1), 1))?.prefix).toEqual(newDelivery(1).prefix)
    await store.finishAttempt(claimOf(second?.id), newAttempt())
    expect(await fieldsOf(store)).toBe(newDelivery(0).prefix.length)
    await shed(store)
    expect(await fieldsOf(store)).toBe(0)
  })

  test('goes with the octets of a message that is past its time', async () => {
    const store = await newStore()
    await delivered(store)
    await store.prune({ now: forwarded.keepUntil, limit: 10, hopLogMilliseconds: 500 })
    expect(await fieldsOf(store)).toBe(0)
    expect(await store.message(queueId(1))).toMatchObject({ octets: null, prepend: Buffer.alloc(0) })
  })

  test('of many copies goes in steps, the body in the last one', async () => {
    const store = await newStore()
    const failure = { reason: 'no', at: 1 }
    const copies = Array.from({ length: 1_000 }, (_, ordinal) => newDelivery(ordinal, { failure, postId: 1 }))
    await queued(store, 1, copies)
    await store.skipDsn(
      queueId(1),
      copies.map(({ ordinal }) => ordinal),
    )
    const first = await shed(store)
    expect(first).toEqual({ shed: 0, last: expect.any(Number) })
    expect((await store.message(queueId(1)))?.octets).not.toBeNull()
    expect(await shed(store, { after: first.last })).toEqual({ shed: 1, last: null })
    expect(await fieldsOf(store)).toBe(0)
  })
})

test('the header section goes when no bounce can come any more, the record later', async () => {
  const store = await newStore()
  await delivered(store)
  await shed(store)
  const prune = (now: number) => store.prune({ now, limit: 10, hopLogMilliseconds: 500 })
  expect(await prune(forwarded.keepUntil)).toEqual({ octetsRemoved: 1, messagesRemoved: 0, more: false })
  expect(await store.headerSection(queueId(1))).toBeNull()
  expect(await prune(forwarded.keepUntil + 499)).toMatchObject({ messagesRemoved: 0 })
  expect(await prune(forwarded.keepUntil + 500)).toMatchObject({ messagesRemoved: 1 })
})

test('header sections can go earlier, and the record stays all the same', async () => {
  const store = await newStore()
  await delivered(store)
  await shed(store)
  expect(await store.dropHeaders(1000, 10)).toBe(0)
  expect(await store.dropHeaders(1001, 10)).toBe(1)
  expect(await store.headerSection(queueId(1))).toBeNull()
  const prune = (now: number) => store.prune({ now, limit: 10, hopLogMilliseconds: 500 })
  expect(await prune(forwarded.keepUntil)).toMatchObject({ messagesRemoved: 0 })
  expect(await store.showMessage(queueId(1))).toBeDefined()
  expect(await prune(forwarded.keepUntil + 500)).toMatchObject({ messagesRemoved: 1 })
})
