import { expect, test } from 'vitest'
import { forwarded, newDelivery, newMessage, newStore, queueId } from './fixtures.ts'

test('attempts further ahead than any wait are due now and end in time; others stay as they are', async () => {
  const store = await newStore()
  await store.spool(newMessage(1))
  await store.plan(
    queueId(1),
    [
      newDelivery(0, { nextAttemptAt: 5_000, expiresAt: 90_000 }),
      newDelivery(1, { nextAttemptAt: 20_000, expiresAt: 90_000 }),
      newDelivery(2, { nextAttemptAt: 30_000, expiresAt: 40_000 }),
    ],
    forwarded,
  )
  const bounds = { now: 1_000, latest: 10_000, lastEnd: 50_000, limit: 1 }
  expect(await store.pullIn(bounds)).toBe(1)
  expect(await store.pullIn({ ...bounds, limit: 9 })).toBe(1)
  expect(await store.pullIn(bounds)).toBe(0)
  const of = async (ordinal: number) => store.delivery(queueId(1), ordinal)
  expect(await of(0)).toMatchObject({ nextAttemptAt: 5_000, expiresAt: 90_000 })
  expect(await of(1)).toMatchObject({ nextAttemptAt: 1_000, expiresAt: 50_000 })
  expect(await of(2)).toMatchObject({ nextAttemptAt: 1_000, expiresAt: 40_000 })
})
