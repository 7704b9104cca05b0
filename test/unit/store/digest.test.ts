/** What the store knows of losses and of mail that does not get on. */
import { describe, expect, test } from 'vitest'
import { claimOf, newAttempt, newDelivery, newMessage, newStore, queued, queueId } from './fixtures.ts'

const failure = { reason: '550 5.1.1 no such user', at: 5_000 }

describe('what nobody is told of', () => {
  test('is counted when a failure is marked as not to be reported, by reason and destination', async () => {
    const store = await newStore()
    const failed = [0, 1].map(ordinal => newDelivery(ordinal, { failure }))
    await queued(store, 1, [...failed, newDelivery(2, { failure, destination: 'other.example' })])
    await store.skipDsn(queueId(1), [0, 1, 2], 'failure', 'the reverse-path is null')
    expect(await store.untoldLosses(10)).toMatchObject([
      { kind: 'failure', about: 'destination.example', count: 2, said: failure.reason, lastAt: 5_000 },
      { kind: 'failure', about: 'other.example', count: 1, why: 'the reverse-path is null' },
    ])
  })

  test('is counted once: a failure that is marked already is none again', async () => {
    const store = await newStore()
    await queued(store, 1, [newDelivery(0, { failure })])
    await store.skipDsn(queueId(1), [0], 'failure', 'why')
    await store.skipDsn(queueId(1), [0], 'failure', 'why')
    expect(await store.untoldLosses(10)).toMatchObject([{ count: 1 }])
  })

  test('is no success, and nothing that is marked without a reason', async () => {
    const store = await newStore()
    await queued(store, 1, [newDelivery(0, { failure }), newDelivery(1, { successDsn: 'due' })])
    await store.skipDsn(queueId(1), [1], 'success', 'why')
    await store.skipDsn(queueId(1), [0])
    expect(await store.untoldLosses(10)).toEqual([])
  })

  test('is a bounce that goes no further, found in the session or later, and only where it is said so', async () => {
    const store = await newStore()
    await store.spool(newMessage(1, { state: 'bounce-received', untold: 'no report', keepUntil: 1 }))
    for (const number of [2, 3]) await store.spool(newMessage(number))
    await store.parkBounce(queueId(2), 'nobody is there', 9_000, true)
    await store.parkBounce(queueId(2), 'nobody is there', 9_000, true)
    await store.parkBounce(queueId(3), 'told before', 9_000)
    const losses = await store.untoldLosses(10)
    expect(losses.map(({ why, count }) => [why, count])).toEqual([
      ['no report', 1],
      ['nobody is there', 1],
    ])
  })

  test('has no more kinds than a bound, beyond which domains are left out and everything is still counted', async () => {
    const store = await newStore()
    const many = Array.from({ length: 1_003 }, (_, ordinal) =>
      newDelivery(ordinal, { failure, destination: `d${ordinal}.example` }),
    )
    await queued(store, 1, many)
    await store.skipDsn(
      queueId(1),
      many.map(({ ordinal }) => ordinal),
      'failure',
      'why',
    )
    const losses = await store.untoldLosses(2_000)
    expect(losses).toHaveLength(1_001)
    expect(losses[0]).toMatchObject({ about: '', count: 3 })
  })
})

test('a look that tells forgets what it has told, what was counted since stays, and a look on old knowledge does nothing', async () => {
  const store = await newStore()
  await queued(
    store,
    1,
    [0, 1].map(ordinal => newDelivery(ordinal, { failure })),
  )
  await store.skipDsn(queueId(1), [0], 'failure', 'why')
  const [loss] = await store.untoldLosses(10)
  const told = [{ id: loss?.id ?? 0, count: 1 }]
  await store.skipDsn(queueId(1), [1], 'failure', 'why')
  const notice = newMessage(2, {
    state: 'forwarded',
    record: { kind: 'notice', admission: null },
    keepUntil: 1,
  })
  const deliveries = await store.spoolDigest({ seenAt: null, at: 10, told }, notice, [newDelivery(0)])
  expect(deliveries).toHaveLength(1)
  expect(await store.untoldLosses(10)).toMatchObject([{ count: 1 }])
  expect(await store.digestLookedAt()).toBe(10)
  const late = newMessage(3, { state: 'forwarded', keepUntil: 1 })
  expect(await store.spoolDigest({ seenAt: null, at: 20, told }, late, [newDelivery(0)])).toEqual([])
  expect(await store.message(queueId(3))).toBeUndefined()
  expect(await store.noteDigestLook({ seenAt: null, at: 20, told })).toBe(false)
  expect(await store.untoldLosses(10)).toMatchObject([{ count: 1 }])
})

test('a destination is stuck when its mail was attempted in vain for so long; what the oldest said last is known', async () => {
  const store = await newStore()
  const planned = await queued(store, 1, [
    newDelivery(0, { expiresAt: 50_000 }),
    newDelivery(1, { expiresAt: 40_000 }),
    newDelivery(2, { expiresAt: 40_000, destination: 'fresh.example' }),
    newDelivery(3, { expiresAt: 90_000, destination: 'young.example' }),
  ])
  const reply = { code: 451, enhanced: '4.3.0', text: 'later' }
  for (const { id, attempts, nextAttemptAt, destination } of planned) {
    if (destination === 'fresh.example') continue
    await store.finishAttempt(claimOf(id), newAttempt({ outcome: 'deferred', reply }), nextAttemptAt)
    await store.announceAttempt({ id, attempts, nextAttemptAt }, nextAttemptAt + 1)
  }
  expect(await store.stuckDestinations({ expiresBefore: 60_000, limit: 10 })).toEqual([
    { destination: 'destination.example', count: 2, expiresAt: 40_000, said: '451 later' },
  ])
})
