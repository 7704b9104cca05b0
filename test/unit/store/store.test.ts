import { describe, expect, test } from 'vitest'
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

describe('spool', () => {
  test('a message comes back octet for octet, with everything that was said about it', async () => {
    const store = await newStore()
    const octets = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
    const message = newMessage(1, { octets })
    await store.spool(message)
    expect(await store.message(queueId(1))).toEqual({
      ...message,
      messageId: null,
      subjectHash: null,
      delayDsn: 'none',
      sizeBytes: 70_000,
      reason: null,
      reportsOn: null,
      keepUntil: null,
    })
  })

  test('octets that are a view of a larger buffer, and empty ones, are kept as they are', async () => {
    const store = await newStore()
    const larger = Buffer.from('before|the message|after')
    const empty = Buffer.alloc(0)
    await Promise.all([
      store.spool(newMessage(1, { octets: larger.subarray(7, 18), prepend: empty })),
      store.spool(
        newMessage(2, { octets: empty, peer: null, record: records.notice, listener: null, removed: [] }),
      ),
    ])
    expect(await store.message(queueId(1))).toMatchObject({
      octets: Buffer.from('the message'),
      prepend: empty,
    })
    expect(await store.message(queueId(2))).toMatchObject({
      octets: empty,
      peer: null,
      record: { admission: null },
      removed: [],
    })
    expect(larger.toString()).toBe('before|the message|after')
  })

  test('a queue id that exists is a conflict', async () => {
    const store = await newStore()
    await store.spool(newMessage(1))
    await expect(store.spool(newMessage(1))).rejects.toMatchObject({ name: 'StoreError', code: 'conflict' })
  })

  test('a message that is not there is undefined', async () => {
    const store = await newStore()
    expect(await store.message('nothing')).toBeUndefined()
    expect(await store.showMessage('nothing')).toBeUndefined()
    expect(await store.delivery('nothing', 0)).toBeUndefined()
    expect(await store.lastQueueId()).toBeUndefined()
  })
})

describe('plan', () => {
  test('its deliveries are queued with their first attempt announced, and come back as they are stored', async () => {
    const store = await newStore()
    const planned = await queued(store, 1, [newDelivery(1), newDelivery(0, { hop: null })])
    expect(planned.map(({ ordinal, state, attempts }) => [ordinal, state, attempts])).toEqual([
      [0, 'queued', 1],
      [1, 'queued', 1],
    ])
    expect(planned).toEqual([await store.delivery(queueId(1), 0), await store.delivery(queueId(1), 1)])
    expect(await store.message(queueId(1))).toMatchObject({
      state: 'forwarded',
      keepUntil: forwarded.keepUntil,
    })
  })

  test('planning again changes nothing, and answers nothing that could be attempted', async () => {
    const store = await newStore()
    const first = await queued(store, 1, [newDelivery(0), newDelivery(1)])
    const other = [newDelivery(0, { forwardPath: 'someone@else.example' })]
    const again = await store.plan(queueId(1), other, { state: 'failed', keepUntil: 1 })
    expect(again).toEqual([])
    expect([await store.delivery(queueId(1), 0), await store.delivery(queueId(1), 1)]).toEqual(first)
    expect((await store.message(queueId(1)))?.state).toBe('forwarded')
  })

  test('two plans at the same time make one set of deliveries', async () => {
    const store = await newStore()
    await store.spool(newMessage(1))
    const plan = () => store.plan(queueId(1), [newDelivery(0)], forwarded)
    const [first, second] = await Promise.all([plan(), plan()])
    expect([first, second]).toEqual([[await store.delivery(queueId(1), 0)], []])
    expect((await store.showMessage(queueId(1)))?.deliveries).toHaveLength(1)
  })

  test('an unknown message is refused', async () => {
    const store = await newStore()
    await expect(store.plan('nothing', [], forwarded)).rejects.toMatchObject({ code: 'unknown' })
  })

  test('one for a message that was not taken is refused, and what shares its commit is not made anew', async () => {
    const store = await newStore()
    const before = store.statistics.commits
    const [, refused] = await Promise.allSettled([
      store.spool(newMessage(1)),
      store.plan(queueId(2), [newDelivery(0)], forwarded),
      store.spool(newMessage(3)),
    ])
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'unknown' } })
    expect(store.statistics.commits - before).toBe(1)
    expect(await store.counts()).toMatchObject({ spooled: 2 })
  })

  test('a recipient that fails while planning is stored as failed, its DSN due', async () => {
    const store = await newStore()
    const failure = { reason: 'alias loop', at: 5000 }
    const planned = await queued(store, 1, [newDelivery(0), newDelivery(1, { failure })])
    expect(planned[1]).toMatchObject({
      state: 'failed',
      reason: 'alias loop',
      finishedAt: 5000,
      dsn: 'due',
      attempts: 0,
    })
    expect(planned[1]).toEqual(await store.delivery(queueId(1), 1))
    expect(await store.failuresToReport(10)).toEqual([{ queueId: queueId(1), ordinals: [1] }])
  })

  test('a message whose deliveries cannot all be stored stays unplanned', async () => {
    const store = await newStore()
    await store.spool(newMessage(1))
    const twice = [newDelivery(0), newDelivery(0)]
    await expect(store.plan(queueId(1), twice, forwarded)).rejects.toMatchObject({ code: 'conflict' })
    expect((await store.unplanned({ limit: 10 })).map(message => message.queueId)).toEqual([queueId(1)])
    expect(await store.counts()).toMatchObject({ spooled: 1, queued: 0 })
  })
})

describe('unplanned', () => {
  test('spooled messages come page by page in the order of their ids, bounded by their octets', async () => {
    const store = await newStore()
    const octets = Buffer.alloc(1000)
    await Promise.all([4, 2, 3, 1, 5].map(number => store.spool(newMessage(number, { octets }))))
    await store.plan(queueId(2), [], forwarded)
    await store.spool(newMessage(6, { state: 'bounce-received' }))
    const ids = async (query: Parameters<typeof store.unplanned>[0]) =>
      (await store.unplanned(query)).map(message => message.queueId)
    expect(await ids({ limit: 10 })).toEqual([1, 3, 4, 5].map(queueId))
    expect(await ids({ limit: 2, after: queueId(1) })).toEqual([3, 4].map(queueId))
    expect(await ids({ limit: 10, maxBytes: 2500 })).toEqual([1, 3].map(queueId))
    expect(await ids({ limit: 10, maxBytes: 1 })).toEqual([1].map(queueId))
  })
})

describe('attempts', () => {
  test('a delivery is due at the announced time and not before, earliest first', async () => {
    const store = await newStore()
    await queued(
      store,
      1,
      [30, 10, 20].map((nextAttemptAt, ordinal) => newDelivery(ordinal, { nextAttemptAt })),
    )
    const due = async (now: number, limit = 10) => {
      const answer = await store.due({ now, limit })
      return [answer.deliveries.map(({ nextAttemptAt }) => nextAttemptAt), answer.nextDueAt]
    }
    expect(await due(9)).toEqual([[], 10])
    expect(await due(20)).toEqual([[10, 20], 30])
    expect(await due(20, 1)).toEqual([[10], 20])
    expect(await due(30)).toEqual([[10, 20, 30], null])
  })

  test('excepted destinations and deliveries are neither answered nor counted as next', async () => {
    const store = await newStore()
    const planned = await queued(store, 1, [
      newDelivery(0, { destination: 'dead.example', nextAttemptAt: 10 }),
      newDelivery(1, { destination: 'dead.example', nextAttemptAt: 50 }),
      newDelivery(2, { nextAttemptAt: 20 }),
      newDelivery(3, { nextAttemptAt: 40 }),
    ])
    const inHand = planned[2]?.id ?? 0
    const answer = await store.due({
      now: 45,
      limit: 10,
      exceptDestinations: ['dead.example'],
      exceptIds: [inHand],
    })
    expect(answer.deliveries.map(({ ordinal }) => ordinal)).toEqual([3])
    expect(answer.nextDueAt).toBeNull()
  })

  test('an announced attempt moves the time and counts; one of a delivery that is not queued is refused', async () => {
    const store = await newStore()
    const [delivery] = await queued(store, 1, [newDelivery(0)])
    const seen = delivery ?? { id: 0, attempts: 0, nextAttemptAt: 0 }
    expect(await store.announceAttempt(seen, 90_000)).toBe(true)
    expect(await store.delivery(queueId(1), 0)).toMatchObject({ attempts: 2, nextAttemptAt: 90_000 })
    await store.finishAttempt(claimOf(seen.id, 2), newAttempt())
    const finished = { ...seen, attempts: 2, nextAttemptAt: 90_000 }
    expect(await store.announceAttempt(finished, 95_000)).toBe(false)
    expect(await store.delivery(queueId(1), 0)).toMatchObject({ state: 'delivered', attempts: 2 })
  })

  test('attempts that were announced and not made are taken back', async () => {
    const store = await newStore()
    const planned = await queued(store, 1, [newDelivery(0), newDelivery(1)])
    await store.releaseAttempts(planned, 77)
    const { deliveries } = await store.due({ now: 77, limit: 10 })
    expect(deliveries.map(({ attempts, nextAttemptAt }) => [attempts, nextAttemptAt])).toEqual([
      [0, 77],
      [0, 77],
    ])
  })

  test('of a message to thousands each copy is shown with its own attempts, and so is the queue', async () => {
    const store = await newStore()
    const copies = 5_100
    const all = await queued(
      store,
      1,
      Array.from({ length: copies }, (_, ordinal) => newDelivery(ordinal)),
    )
    const last = all.at(-1)
    await store.finishAttempt(claimOf(last?.id), newAttempt({ outcome: 'deferred' }), 90_000)
    const shown = (await store.showMessage(queueId(1)))?.deliveries ?? []
    expect(shown.filter(({ log }) => log.length > 0).map(({ id }) => id)).toEqual([last?.id])
    expect(shown).toHaveLength(copies)
    const queue = await store.listQueue({ limit: copies })
    expect(queue.filter(({ lastAttempt }) => lastAttempt !== null).map(({ id }) => id)).toEqual([last?.id])
    expect(queue.find(({ id }) => id === last?.id)?.lastAttempt).toEqual(shown.at(-1)?.log[0])
    expect(queue).toHaveLength(copies)
  })

  test('a deferral is due again, a failure and a success are final, and each attempt is in the hop log', async () => {
    const store = await newStore()
    const [first, second] = await queued(store, 1, [newDelivery(0), newDelivery(1)])
    const busy = newAttempt({ outcome: 'deferred', reply: { code: 451, enhanced: '4.3.0', text: 'later' } })
    await store.finishAttempt(claimOf(first?.id), busy, 70_000)
    expect(await store.delivery(queueId(1), 0)).toMatchObject({
      state: 'queued',
      nextAttemptAt: 70_000,
      dsn: 'none',
    })
    const seen = { id: first?.id ?? 0, attempts: 1, nextAttemptAt: 70_000 }
    expect(await store.announceAttempt(seen, 80_000)).toBe(true)
    await store.finishAttempt(claimOf(first?.id, 2), newAttempt({ endedAt: 3000 }))
    await store.finishAttempt(
      claimOf(second?.id),
      newAttempt({ outcome: 'failed', reason: 'no such user', tls: null }),
    )
    const history = await store.showMessage(queueId(1))
    expect(history?.deliveries[0]).toMatchObject({
      state: 'delivered',
      finishedAt: 3000,
      reason: null,
      dsn: 'none',
    })
    expect(history?.deliveries[0]?.log).toEqual([
      { ...busy, number: 1, reason: null },
      { ...newAttempt({ endedAt: 3000 }), number: 2, reason: null },
    ])
    expect(history?.deliveries[1]).toMatchObject({
      state: 'failed',
      finishedAt: 2050,
      reason: 'no such user',
      dsn: 'due',
    })
    expect(history?.deliveries[1]?.log[0]).toMatchObject({ number: 1, tls: null, outcome: 'failed' })
  })

  test('an attempt at a delivery that is gone is refused', async () => {
    const store = await newStore()
    await expect(store.finishAttempt(claimOf(99), newAttempt())).rejects.toMatchObject({ code: 'unknown' })
  })
})

describe('lists', () => {
  test('messages come newest first, by page and by state, with their deliveries counted', async () => {
    const store = await newStore()
    const [delivery] = await queued(store, 1, [newDelivery(0), newDelivery(1)])
    await store.finishAttempt(claimOf(delivery?.id), newAttempt())
    await store.spool(newMessage(2))
    await store.spool(newMessage(3))
    const all = await store.listMessages({ limit: 2 })
    expect(all.map(message => message.queueId)).toEqual([3, 2].map(queueId))
    const [oldest] = await store.listMessages({ limit: 2, before: queueId(2) })
    expect(oldest?.deliveries).toEqual({ queued: 1, delivered: 1, failed: 0, held: 0 })
    expect(
      (await store.listMessages({ limit: 5, state: 'forwarded' })).map(message => message.queueId),
    ).toEqual([queueId(1)])
  })

  test('the queue comes in the order of the next attempt, with the last attempt of each', async () => {
    const store = await newStore()
    const [first] = await queued(store, 1, [
      newDelivery(0, { nextAttemptAt: 10 }),
      newDelivery(1, { destination: 'x' }),
    ])
    await store.finishAttempt(claimOf(first?.id), newAttempt({ outcome: 'deferred' }), 90_000)
    const queue = await store.listQueue({ limit: 10 })
    expect(queue.map(({ ordinal, lastAttempt }) => [ordinal, lastAttempt?.number])).toEqual([
      [1, undefined],
      [0, 1],
    ])
    expect(queue[0]).toMatchObject({ receivedAt: 1000, sizeBytes: newMessage(1).octets.length })
    expect(queue[0]).not.toHaveProperty('prefix')
    expect((await store.listQueue({ limit: 10, destination: 'x' })).map(({ ordinal }) => ordinal)).toEqual([
      1,
    ])
    expect(await store.listQueue({ limit: 10, state: 'delivered' })).toEqual([])
    expect(await store.counts()).toEqual({ spooled: 0, queued: 2, held: 0, reportsDue: 0 })
  })
})
