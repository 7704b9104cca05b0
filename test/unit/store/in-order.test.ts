/** Deliveries that go by gateways: nothing overtakes an older message of its sender, whatever is slow, refused, cut off or shared. */
import { describe, expect, test } from 'vitest'
import type { NewDelivery } from '../../../src/store/records.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  forwarded,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newRelay,
  newStore,
  queueId,
} from './fixtures.ts'

const now = 100_000

async function spool(store: Store, number: number, sender = 'a'): Promise<void> {
  const envelope = {
    reversePath: `${sender}@origin.example`,
    forwardPaths: ['team@alias.example'],
    smtpUtf8: false,
  }
  await store.spool(newMessage(number, { envelope, receivedAt: now }))
}

/** A delivery for Mars, unless it says otherwise. */
function planned(store: Store, number: number, changes: Partial<NewDelivery> = {}) {
  const delivery = newDelivery(0, {
    destination: 'mars.example',
    inOrder: true,
    nextAttemptAt: now,
    ...changes,
  })
  return store.plan(queueId(number), [delivery], forwarded)
}

async function taken(store: Store, number: number, sender = 'a', changes: Partial<NewDelivery> = {}) {
  await spool(store, number, sender)
  const [delivery] = await planned(store, number, changes)
  if (delivery === undefined) throw new Error('nothing was planned')
  return delivery
}

/** The numbers of the messages of which deliveries are answered. */
async function next(
  store: Store,
  query: Partial<Parameters<Store['dueInOrder']>[0]> = {},
): Promise<number[]> {
  const deliveries = await store.dueInOrder({ now, limit: 100, unplannedSince: 0, ...query })
  return deliveries.map(({ queueId: id }) => Number(id.slice(1)))
}

test('they are fetched by themselves, with no attempt announced, and are asked for only where there are any', async () => {
  const store = await newStore()
  expect(await store.hasInOrder({ now })).toBe(false)
  const delivery = await taken(store, 1)
  expect(delivery).toMatchObject({ inOrder: true, attempts: 0, nextAttemptAt: now })
  expect(await store.due({ now, limit: 10 })).toEqual({ deliveries: [], nextDueAt: null })
  expect(await store.hasInOrder({ now })).toBe(true)
  expect(await store.hasInOrder({ now, exceptIds: [delivery.id] })).toBe(false)
  expect(await store.hasInOrder({ now, exceptDestinations: ['mars.example'] })).toBe(false)
  expect(await store.hasInOrder({ now: now - 1 })).toBe(false)
  const [fetched] = await store.dueInOrder({ now, limit: 10, unplannedSince: 0 })
  expect(fetched).toEqual(delivery)
})

test('they are answered in the order in which their messages were taken, whenever they were planned or are due', async () => {
  const store = await newStore()
  for (const number of [1, 2, 3]) await spool(store, number, 'abc'[number])
  await planned(store, 3, { nextAttemptAt: now - 9 })
  await planned(store, 1)
  await planned(store, 2, { nextAttemptAt: now - 5 })
  expect(await next(store)).toEqual([1, 2, 3])
  expect(await next(store, { limit: 2 })).toEqual([1, 2])
})

describe('the later messages of a sender wait', () => {
  test('for the plan of an older one, however quick their own was', async () => {
    const store = await newStore()
    await spool(store, 1)
    await taken(store, 2)
    await taken(store, 3, 'b')
    expect(await next(store)).toEqual([3])
    expect(await store.hasInOrder({ now })).toBe(true)
    await planned(store, 1)
    expect(await next(store)).toEqual([1, 2, 3])
  })

  test('but not for ever, where a plan fails again and again', async () => {
    const store = await newStore()
    await spool(store, 1)
    await taken(store, 2)
    expect(await next(store, { unplannedSince: now + 1 })).toEqual([2])
  })

  test('for an older one to the same destination that is not due, and not for one to another', async () => {
    const store = await newStore()
    await taken(store, 1, 'a', { nextAttemptAt: now + 1 })
    await taken(store, 2)
    await taken(store, 3, 'b')
    await taken(store, 4, 'a', { destination: 'moon.example' })
    expect((await next(store)).toSorted()).toEqual([3, 4])
    expect((await next(store, { now: now + 1 })).toSorted()).toEqual([1, 2, 3, 4])
  })

  test('for one whose attempt was cut off by the end of the process', async () => {
    const file = newFile()
    const before = await newStore({ file })
    const first = await taken(before, 1)
    expect(await before.announceAttempt(first, first.nextAttemptAt)).toBe(true)
    await before.close()
    const after = await newStore({ file })
    await taken(after, 2)
    expect(await next(after)).toEqual([1, 2])
  })

  test('not for one that was refused alone: it goes by itself from then on', async () => {
    const store = await newStore()
    const first = await taken(store, 1)
    await taken(store, 2)
    const claim = { id: first.id, attempts: 1 }
    await store.announceAttempt(first, first.nextAttemptAt)
    await store.finishAttempt(claim, newAttempt({ outcome: 'deferred' }), now + 60_000)
    expect(await next(store)).toEqual([2])
    const later = await store.due({ now: now + 60_000, limit: 10 })
    expect(later.deliveries).toMatchObject([{ id: first.id, inOrder: false }])
    // Nor does a route that is read again put it back.
    expect(await store.putInOrder(['mars.example'])).toBe(0)
  })

  test('for one that was put off with all that is behind it', async () => {
    const store = await newStore()
    const first = await taken(store, 1)
    await taken(store, 2)
    await store.announceAttempt(first, first.nextAttemptAt)
    const attempt = newAttempt({ outcome: 'deferred', retryAt: now + 60_000 })
    await store.finishAttempt({ id: first.id, attempts: 1 }, attempt, now + 60_000)
    expect(await next(store)).toEqual([])
    expect(await next(store, { now: now + 60_000 })).toEqual([1, 2])
  })
})

describe('relays that share a store', () => {
  async function twoRelays() {
    const file = newFile()
    return [await newRelay(file, 'one'), await newRelay(file, 'other')] as const
  }

  test('one has a destination to itself while it has anything of it in hand', async () => {
    const [one, other] = await twoRelays()
    const first = await taken(one, 1)
    expect(await next(one)).toEqual([1])
    await taken(other, 2)
    await taken(other, 3, 'b', { destination: 'moon.example' })
    expect(await next(other)).toEqual([3])
    expect(await next(one)).toEqual([1, 2])
    await one.announceAttempt(first, first.nextAttemptAt)
    await one.finishAttempt({ id: first.id, attempts: 1 }, newAttempt())
    // The second is still in its hands.
    expect(await next(other)).toEqual([3])
    await one.close()
    expect(await next(other)).toEqual([2, 3])
  })

  test('two that ask at the same moment do not share a destination', async () => {
    const relays = await twoRelays()
    for (let round = 0; round < 5; round++) {
      const first = round * 10 + 1
      const destination = `d${round}.example`
      for (let number = first; number < first + 6; number++)
        await taken(relays[number % 2] ?? relays[0], number, 'a', { destination })
      const answers = await Promise.all(relays.map(relay => next(relay, { limit: 3 })))
      expect(answers.map(one => one.length).toSorted()).toEqual([0, 3])
      expect(answers.flat()).toEqual([first, first + 1, first + 2])
      const rest = await Promise.all(
        relays.map(relay => relay.dueInOrder({ now, limit: 9, unplannedSince: 0 })),
      )
      for (const [at, deliveries] of rest.entries())
        for (const delivery of deliveries) {
          await relays[at]?.announceAttempt(delivery, delivery.nextAttemptAt)
          await relays[at]?.finishAttempt({ id: delivery.id, attempts: 1 }, newAttempt())
        }
    }
  })

  test('a message that one relay has taken and not planned holds up the next one, which another has planned', async () => {
    const [one, other] = await twoRelays()
    await spool(one, 1)
    await taken(other, 2)
    expect(await next(other)).toEqual([])
    await planned(one, 1)
    expect(await next(other)).toEqual([1, 2])
  })
})

test('a new route puts what waits in order, as far as it goes there', async () => {
  const store = await newStore()
  await taken(store, 1, 'a', { inOrder: false })
  await taken(store, 2, 'a', { inOrder: false, destination: 'moon.example' })
  expect(await store.putInOrder(['mars.example', 'venus.example'])).toBe(1)
  expect(await store.putInOrder(['mars.example'])).toBe(0)
  expect(await next(store)).toEqual([1])
})
