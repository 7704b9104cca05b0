/** Two relays on one store: whatever both of them want, one gets. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredDelivery } from '../../../src/store/records.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  claimOf,
  forwarded,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newRelay,
  queued,
  queueId,
} from './fixtures.ts'

async function twoStores(): Promise<readonly [Store, Store]> {
  const file = newFile()
  return [await newRelay(file, 'one'), await newRelay(file, 'other')]
}

/** Makes deliveries due that no relay has in hand. */
async function due(store: Store, number: number, copies: number): Promise<void> {
  const planned = await queued(
    store,
    number,
    Array.from({ length: copies }, (_, ordinal) => newDelivery(ordinal)),
  )
  await store.releaseAttempts(planned, 100)
}

/** Announces what was seen, in an order of its own and in bursts of its own; the ids of what it got. */
async function claim(
  store: Store,
  seen: readonly StoredDelivery[],
  { order, burst, next }: { order: readonly number[]; burst: number; next: number },
): Promise<number[]> {
  const sorted = seen.map((one, index) => ({ one, key: order[index] ?? 0 })).sort((a, b) => a.key - b.key)
  const got: number[] = []
  for (let start = 0; start < sorted.length; start += burst) {
    const some = sorted.slice(start, start + burst)
    const answers = await Promise.all(some.map(({ one }) => store.announceAttempt(one, next)))
    got.push(...some.filter((_, index) => answers[index]).map(({ one }) => one.id))
  }
  return got
}

const copies = 12
const way = fc.record({
  order: fc.array(fc.nat(1_000), { minLength: copies, maxLength: copies }),
  burst: fc.integer({ min: 1, max: copies }),
})

test('never attempt the same delivery at the same time, however their requests interleave', async () => {
  const stores = await twoStores()
  let number = 0
  let shared = 0
  const rounds = fc.asyncProperty(way, way, async (first, second) => {
    number += 1
    await due(stores[number % 2 === 0 ? 0 : 1], number, copies)
    const seen = await Promise.all(stores.map(store => store.due({ now: 100, limit: copies / 2 })))
    const ways = [
      { ...first, next: 200 + number },
      { ...second, next: 200 + number },
    ]
    const got = await Promise.all(
      stores.map((store, index) =>
        claim(store, seen[index]?.deliveries ?? [], ways[index] ?? { ...first, next: 0 }),
      ),
    )
    const all = got.flat()
    if (got.every(ids => ids.length > 0)) shared += 1
    expect(all.length).toBe(copies)
    expect(new Set(all).size).toBe(copies)
    for (const id of all) await stores[0].finishAttempt(claimOf(id), newAttempt())
  })
  await fc.assert(rounds, { numRuns: 40 })
  // Otherwise they did not meet, and nothing is shown.
  expect(shared).toBeGreaterThan(0)
})

test('what one has fetched is not answered to the other before it is given back', async () => {
  const [one, other] = await twoStores()
  await due(one, 1, 3)
  const fetch = async (store: Store) => (await store.due({ now: 100, limit: 10 })).deliveries.map(claimIn)
  const claimIn = ({ id, attempts }: StoredDelivery) => claimOf(id, attempts)
  const fetched = await fetch(one)
  expect(fetched).toHaveLength(3)
  expect(await other.due({ now: 100, limit: 10 })).toEqual({ deliveries: [], nextDueAt: null })
  expect(await fetch(one)).toEqual(fetched)
  await one.releaseAttempts(fetched.slice(1), 50)
  expect(await fetch(other)).toEqual(fetched.slice(1))
})

test('an attempt is refused when the other has made one since, even if the delivery is due again', async () => {
  const [one, other] = await twoStores()
  await due(one, 1, 1)
  const [seen] = (await one.due({ now: 100, limit: 1 })).deliveries
  if (seen === undefined) throw new Error('nothing is due')
  await one.releaseAttempts([claimOf(seen.id, seen.attempts)], 100)
  expect(await other.announceAttempt(seen, 500)).toBe(true)
  await other.finishAttempt(claimOf(seen.id), newAttempt({ outcome: 'deferred' }), 100)
  expect(await one.announceAttempt(seen, 600)).toBe(false)
  expect(await one.delivery(queueId(1), 0)).toMatchObject({ attempts: 1, nextAttemptAt: 100 })
})

describe('a relay that comes back to a delivery which the other has claimed since', () => {
  /** One has announced the first attempt and taken too long; the other has announced the second. */
  async function overtaken() {
    const [one, other] = await twoStores()
    await due(one, 1, 1)
    const [seen] = (await one.due({ now: 100, limit: 1 })).deliveries
    if (seen === undefined) throw new Error('nothing is due')
    expect(await one.announceAttempt(seen, 500)).toBe(true)
    // It gives no sign of life, and the other takes over.
    for (const now of [900, 1_500]) await other.renewLease({ now, leaseMilliseconds: 1_000 })
    const [again] = (await other.due({ now: 500, limit: 1 })).deliveries
    if (again === undefined) throw new Error('nothing is due again')
    expect(await other.announceAttempt(again, 900)).toBe(true)
    return { one, other, id: seen.id }
  }

  test('overwrites nothing with what its attempt came to, and is told so', async () => {
    const { one, other, id } = await overtaken()
    for (const outcome of ['delivered', 'deferred', 'failed'] as const) {
      expect(await one.finishAttempt(claimOf(id), newAttempt({ outcome }), 50, 60)).toBe(false)
    }
    const history = await one.showMessage(queueId(1))
    expect(history?.deliveries).toMatchObject([{ state: 'queued', attempts: 2, nextAttemptAt: 900, log: [] }])
    expect(await one.delaysToReport(1_000, 10)).toEqual([])
    expect(await other.finishAttempt(claimOf(id, 2), newAttempt())).toBe(true)
    expect(await one.delivery(queueId(1), 0)).toMatchObject({ state: 'delivered', attempts: 2 })
  })

  test('does not give back what is not its own any more, but what still is', async () => {
    const { one, id } = await overtaken()
    const [kept] = await queued(one, 2, [newDelivery(0)])
    await one.releaseAttempts([claimOf(id), claimOf(kept?.id)], 100)
    expect(await one.delivery(queueId(1), 0)).toMatchObject({ attempts: 2, nextAttemptAt: 900 })
    expect(await one.delivery(queueId(2), 0)).toMatchObject({ attempts: 0, nextAttemptAt: 100 })
  })
})

test('of two that plan the same message, one has its deliveries in hand', async () => {
  const stores = await twoStores()
  for (let number = 1; number <= 20; number++) {
    await stores[0].spool(newMessage(number))
    const planned = await Promise.all(
      stores.map(store => store.plan(queueId(number), [newDelivery(0), newDelivery(1)], forwarded)),
    )
    expect(planned.map(deliveries => deliveries.length).sort()).toEqual([0, 2])
  }
})

test('each learns once of what the other has changed for people, and nothing of its own changes', async () => {
  const [one, other] = await twoStores()
  await queued(one, 1, [newDelivery(0)])
  await one.changesOfOthers()
  await one.retryDeliveries({ kind: 'all' }, 1)
  expect(await one.changesOfOthers()).toBe(false)
  await other.holdDeliveries({ kind: 'all' })
  await expect.poll(() => one.changesOfOthers()).toBe(true)
  expect(await one.changesOfOthers()).toBe(false)
})

test('a queue id that the other has used is refused', async () => {
  const [one, other] = await twoStores()
  await one.spool(newMessage(1))
  await expect(other.spool(newMessage(1))).rejects.toMatchObject({ code: 'conflict' })
})
