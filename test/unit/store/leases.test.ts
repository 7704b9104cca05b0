/** Relays that share a store: what one has claimed is its own while it renews its lease, and for the others afterwards. */
import { expect, test } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import {
  claimOf,
  forwarded,
  isOnServer,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newRelay,
  newStore,
  queued,
  queueId,
} from './fixtures.ts'

const lease = { leaseMilliseconds: 1000 }

async function dueOf(store: Store, now = 100_000): Promise<number[]> {
  return (await store.due({ now, limit: 10 })).deliveries.map(({ ordinal }) => ordinal)
}

test('each relay has a number of its own, and its name in the store while it is open', async () => {
  const file = newFile()
  const [one, other] = [await newRelay(file, 'one'), await newRelay(file, 'other')]
  expect([one.relay, other.relay]).toEqual([0, 1])
  expect((await one.relays()).map(({ name }) => name)).toEqual(['one', 'other'])
  await one.close()
  expect((await other.relays()).map(({ name }) => name)).toEqual(['other'])
  const third = await newRelay(file, 'third')
  expect(third.relay).toBe(0)
})

test.skipIf(isOnServer())(
  'a relay that is alone keeps out every other, and is kept out by those that share',
  async () => {
    const file = newFile()
    const alone = await newStore({ file })
    await expect(newRelay(file, 'one')).rejects.toMatchObject({ code: 'in-use' })
    await alone.close()
    await newRelay(file, 'one')
    await expect(newStore({ file })).rejects.toMatchObject({ code: 'in-use' })
  },
)

test('there is one relay of a name at a time', async () => {
  const file = newFile()
  await newRelay(file, 'one')
  await expect(newRelay(file, 'one')).rejects.toMatchObject({ code: 'in-use' })
})

test('what a relay has planned is its own while its lease lasts, also when its announced time is over', async () => {
  const file = newFile()
  const [one, other] = [await newRelay(file, 'one'), await newRelay(file, 'other')]
  await queued(one, 1, [newDelivery(0), newDelivery(1)])
  expect(await other.renewLease({ now: 500, ...lease })).toEqual({
    isHeld: true,
    relays: 2,
    takenOver: [],
  })
  expect(await dueOf(other)).toEqual([])
  await one.renewLease({ now: 900, ...lease })
  await other.renewLease({ now: 1_400, ...lease })
  expect(await dueOf(other)).toEqual([])
})

test('others take over what a relay had whose lease has ended, and a late answer of it is refused', async () => {
  const file = newFile()
  const [one, other] = [await newRelay(file, 'one'), await newRelay(file, 'other')]
  const [first] = await queued(one, 1, [newDelivery(0), newDelivery(1)])
  await one.spool(newMessage(2))
  expect(await one.claimJob('prune')).toBe(true)
  expect(await other.claimJob('prune')).toBe(false)
  await other.renewLease({ now: 999, ...lease })
  expect(await other.renewLease({ now: 1_500, ...lease })).toEqual({
    isHeld: true,
    relays: 1,
    takenOver: ['one'],
  })
  expect(await dueOf(other)).toEqual([0, 1])
  expect((await other.unplanned({ limit: 10 })).map(message => message.queueId)).toEqual([queueId(2)])
  expect(await other.claimJob('prune')).toBe(true)
  expect(await one.renewLease({ now: 1_600, ...lease })).toMatchObject({ isHeld: false })
  if (first === undefined) throw new Error('nothing is planned')
  expect(await one.announceAttempt(first, 500)).toBe(false)
})

test('a relay that had thousands of deliveries in hand is taken over as one that had few', async () => {
  const file = newFile()
  const [one, other] = [await newRelay(file, 'one'), await newRelay(file, 'other')]
  const copies = 5_100
  await queued(
    one,
    1,
    Array.from({ length: copies }, (_, ordinal) => newDelivery(ordinal)),
  )
  await other.renewLease({ now: 999, ...lease })
  expect((await other.renewLease({ now: 1_500, ...lease })).takenOver).toEqual(['one'])
  expect(await other.suspectWork()).toHaveLength(copies)
})

test('after a time in which nobody could renew its lease nobody is judged before the others could', async () => {
  const file = newFile()
  const [one, other] = [await newRelay(file, 'one'), await newRelay(file, 'other')]
  expect((await other.renewLease({ now: 60_000, ...lease })).takenOver).toEqual([])
  expect((await one.renewLease({ now: 60_001, ...lease })).isHeld).toBe(true)
  expect((await other.renewLease({ now: 60_500, ...lease })).takenOver).toEqual([])
})

test('what a relay has given up is for the others: after a deferral, and when it stops', async () => {
  const file = newFile()
  const [one, other] = [await newRelay(file, 'one'), await newRelay(file, 'other')]
  const planned = await queued(one, 1, [newDelivery(0), newDelivery(1)])
  await one.finishAttempt(claimOf(planned[0]?.id), newAttempt({ outcome: 'deferred' }), 50)
  expect(await dueOf(other)).toEqual([0])
  await one.close()
  expect(await dueOf(other)).toEqual([0, 1])
})

test('a message that one plans, and posts that one distributes, are not taken up by another', async () => {
  const file = newFile()
  const [one, other] = [await newRelay(file, 'one'), await newRelay(file, 'other')]
  await one.spool(newMessage(1))
  await one.spool(newMessage(2))
  const post = {
    listId: 1,
    listAddress: 'news@lists.example',
    recipient: 'news@lists.example',
    state: 'accepted',
    reason: null,
    createdAt: 1,
    messageIdHash: null,
  } as const
  await one.planPosts(queueId(2), [], [post], forwarded)
  expect(await other.unplanned({ limit: 10 })).toEqual([])
  expect(await other.openPosts({ limit: 10 })).toEqual([])
  expect(await other.claimWork('message', [queueId(1)])).toEqual([])
  expect(await other.claimWork('posts', [queueId(2)])).toEqual([])
  await one.close()
  expect(await other.claimWork('message', [queueId(1)])).toEqual([queueId(1)])
  expect(await other.claimWork('posts', [queueId(2)])).toEqual([queueId(2)])
  expect(await other.openPosts({ limit: 10 })).toHaveLength(1)
})
