/** What an operator does to the queue, and attempts that were under way meanwhile. */
import { expect, test } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import {
  claimOf,
  newAttempt,
  newDelivery,
  newFile,
  newStore,
  newStoreBeside,
  queued,
  queueId,
} from './fixtures.ts'

const deletion = { at: 9_000, reason: 'given up by the operator', isReported: false }

async function queueWithWriter() {
  const file = newFile()
  const store = await newStore({ file })
  const writer = await newStoreBeside(file, 'change')
  const deliveries = await queued(store, 1, [newDelivery(0), newDelivery(1, { destination: 'x.example' })])
  return { store, writer, ids: deliveries.map(one => one.id) }
}

test('deliveries are chosen by message, by number, by destination, or all', async () => {
  const { store, writer, ids } = await queueWithWriter()
  expect(await writer.holdDeliveries({ kind: 'destination', destination: 'x.example' })).toBe(1)
  expect(await writer.holdDeliveries({ kind: 'message', queueId: queueId(1) })).toBe(1)
  expect(await writer.releaseDeliveries({ kind: 'message', queueId: queueId(1), ordinal: 0 }, 5)).toBe(1)
  expect(await writer.releaseDeliveries({ kind: 'all' }, 5)).toBe(1)
  await store.releaseAttempts(
    ids.map(id => claimOf(id)),
    5,
  )
  expect((await writer.due({ now: 5, limit: 9 })).deliveries).toHaveLength(2)
  expect(await writer.deleteDeliveries({ kind: 'all' }, deletion)).toBe(2)
  expect(await writer.retryDeliveries({ kind: 'all' }, 6)).toBe(0)
})

test('another process is seen, the own changes are not', async () => {
  const { store, writer } = await queueWithWriter()
  await store.changesOfOthers()
  await queued(store, 2, [newDelivery(0)])
  expect(await store.changesOfOthers()).toBe(false)
  await writer.retryDeliveries({ kind: 'all' }, 1)
  await expect.poll(() => store.changesOfOthers()).toBe(true)
  expect(await store.changesOfOthers()).toBe(false)
})

test('an attempt that ends after its delivery was given up changes that only where it was delivered', async () => {
  const { store, writer, ids } = await queueWithWriter()
  const [third] = await queued(store, 2, [newDelivery(0)])
  await writer.deleteDeliveries({ kind: 'all' }, deletion)
  const [first = 0, second = 0] = ids
  await store.finishAttempt(claimOf(first), newAttempt({ outcome: 'deferred' }), 20_000)
  await store.finishAttempt(claimOf(second), newAttempt({ outcome: 'failed', reason: 'no such user' }))
  await store.finishAttempt(claimOf(third?.id), newAttempt())
  const givenUp = { state: 'failed', reason: deletion.reason, finishedAt: 9_000, dsn: 'skipped' }
  expect(await store.delivery(queueId(1), 0)).toMatchObject(givenUp)
  expect(await store.delivery(queueId(1), 1)).toMatchObject({ state: 'failed', dsn: 'skipped' })
  expect(await store.delivery(queueId(2), 0)).toMatchObject({ state: 'delivered', reason: null })
})

test('the queue is summed up by destination, state and age', async () => {
  const { store, writer } = await queueWithWriter()
  await queued(store, 2, [newDelivery(0, { destination: 'x.example' })])
  await writer.holdDeliveries({ kind: 'message', queueId: queueId(1) })
  const { receivedAt } = await messageOf(store, 1)
  const sums = await store.queueByDestination(receivedAt + 700_000, 10)
  expect(sums.map(one => [one.destination, one.state, one.deliveries])).toEqual([
    [sums[0]?.destination, 'held', 1],
    ['x.example', 'held', 1],
    ['x.example', 'queued', 1],
  ])
  expect(sums.map(one => one.oldestAt)).toContain(receivedAt)
  expect(sums[0]?.olderThan).toEqual([1, 1, 0, 0, 0])
  expect(await store.queueByDestination(0, 1)).toHaveLength(1)
})

async function messageOf(store: Store, number: number) {
  const found = await store.message(queueId(number))
  if (found === undefined) throw new Error('no such message')
  return found
}
