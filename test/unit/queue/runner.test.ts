import { describe, expect, test } from 'vitest'
import { lifetimeExceeded } from '../../../src/queue/attempt-result.ts'
import { StoreError } from '../../../src/store/store-error.ts'
import { deferred, delivered, failed, newQueue, settled, storedDelivery } from './fixtures.ts'

const ids = (open: readonly { delivery: { id: number } }[]) => open.map(({ delivery }) => delivery.id)
const many = (count: number, destination: string, first = 1) =>
  Array.from({ length: count }, (_, index) =>
    storedDelivery(first + index, { destination, nextAttemptAt: index }),
  )

describe('attempts', () => {
  test('a freshly planned delivery is attempted at once, without being announced again', async () => {
    const { open, store, finals, plan } = newQueue()
    expect(plan(storedDelivery(1))).toHaveLength(1)
    expect(ids(open)).toEqual([1])
    await open[0]?.end(delivered)
    expect(store.deliveries.get(1)).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(finals).toMatchObject([
      [1, { outcome: 'delivered', nextHop: 'mx.example', tls: null, reply: null }],
    ])
  })

  test('the time of the next attempt is in the store before a due delivery is attempted', async () => {
    const { clock, open, store, runner, put } = newQueue()
    put(storedDelivery(1, { attempts: 1, nextAttemptAt: clock.now }))
    runner.look()
    await settled()
    expect(open[0]?.delivery).toMatchObject({ attempts: 2, nextAttemptAt: clock.now + 300_000 })
    expect(store.deliveries.get(1)).toMatchObject({ attempts: 2, nextAttemptAt: clock.now + 300_000 })
  })

  test('a deferred delivery is attempted again at the times of the schedule', async () => {
    const { clock, open, store, plan, finals } = newQueue()
    const start = clock.now
    plan(storedDelivery(1))
    for (const minutes of [1, 5, 10, 10]) {
      await open[0]?.end(deferred)
      await clock.advance(minutes * 60_000 - 1)
      expect(open).toHaveLength(0)
      await clock.advance(1)
      expect(open).toHaveLength(1)
    }
    await open[0]?.end(delivered)
    expect(store.attempts.map(({ startedAt }) => (startedAt - start) / 60_000)).toEqual([0, 1, 6, 16, 26])
    expect(finals).toHaveLength(1)
  })

  test('what is deferred when its time is up has failed, with that reason', async () => {
    const { clock, open, plan, finals, store } = newQueue()
    plan(storedDelivery(1, { expiresAt: clock.now + 90_000 }))
    await open[0]?.end(deferred)
    await clock.advance(60_000)
    await open[0]?.end(deferred)
    await clock.advance(30_000)
    await open[0]?.end(deferred)
    expect(store.deliveries.get(1)?.state).toBe('failed')
    expect(finals).toMatchObject([
      [1, { outcome: 'failed', reason: `${lifetimeExceeded} (connection refused)` }],
    ])
  })

  test('a failure is final', async () => {
    const { clock, open, plan, finals } = newQueue()
    plan(storedDelivery(1))
    await open[0]?.end(failed)
    await clock.advance(3_600_000)
    expect(open).toHaveLength(0)
    expect(finals).toMatchObject([[1, { outcome: 'failed', reason: 'no such user' }]])
  })

  test('an attempt that throws is a deferral', async () => {
    const { open, plan, store } = newQueue()
    plan(storedDelivery(1))
    await open[0]?.fail(new Error('a defect'))
    expect(store.attempts).toMatchObject([{ outcome: 'deferred', reason: 'internal error: a defect' }])
    expect(store.deliveries.get(1)?.state).toBe('queued')
  })

  test('nothing is attempted twice at the same time, even if an attempt outlasts its announced time', async () => {
    const { clock, open, plan, runner } = newQueue()
    plan(storedDelivery(1))
    await clock.advance(120_000)
    runner.look()
    runner.offer([storedDelivery(1)])
    await clock.advance(120_000)
    expect(ids(open)).toEqual([1])
  })

  test('a delivery that is not queued any more is not attempted', async () => {
    const { clock, open, store, put, runner } = newQueue({ limits: { perDestination: 1 } })
    put(storedDelivery(1), storedDelivery(2))
    runner.look()
    await settled()
    store.deliveries.set(2, storedDelivery(2, { state: 'held' }))
    await open[0]?.end(delivered)
    await clock.advance(60_000)
    expect(open).toHaveLength(0)
    expect(runner.load).toEqual({ inHand: 0, running: 0 })
  })

  test('a follow-up that throws is reported and changes nothing', async () => {
    const queue = newQueue({ onFinal: () => Promise.reject(new Error('no')) })
    queue.plan(storedDelivery(1))
    await queue.open[0]?.end(failed)
    expect(queue.events.map(({ kind }) => kind)).toEqual(['attempted', 'not-followed-up'])
    expect(queue.store.deliveries.get(1)?.state).toBe('failed')
  })
})

describe('sharing', () => {
  test('a destination has at most its share of attempts under way, all together the total', async () => {
    const { open, put, runner } = newQueue({ limits: { total: 5 } })
    put(...['a', 'b', 'c', 'd'].flatMap((domain, index) => many(4, domain, 1 + index * 10)))
    runner.look()
    await settled()
    const shares = Map.groupBy(open, ({ delivery }) => delivery.destination)
    expect(open).toHaveLength(5)
    expect([...shares.values()].every(share => share.length <= 2)).toBe(true)
    expect([...shares.keys()]).toEqual(['a', 'b', 'c', 'd'])
  })

  test('10,000 deliveries to a destination that hangs neither hide nor delay the others', async () => {
    const { clock, open, put, plan, runner } = newQueue()
    put(...many(10_000, 'dead.example'), storedDelivery(20_000, { nextAttemptAt: clock.now }))
    runner.look()
    await settled()
    expect(ids(open).sort()).toEqual([1, 2, 20_000])
    plan(storedDelivery(20_001, { destination: 'fresh.example' }))
    expect(ids(open)).toContain(20_001)
    put(storedDelivery(20_002, { destination: 'later.example', nextAttemptAt: clock.now + 5000 }))
    await clock.advance(30_000)
    expect(ids(open)).toContain(20_002)
  })

  test('a destination that was left out is fetched again once it moves', async () => {
    const { open, store, put, runner } = newQueue()
    put(...many(100, 'slow.example'))
    runner.look()
    await settled()
    for (let done = 0; done < 100; done++) await open[0]?.end(delivered)
    expect([...store.deliveries.values()].every(({ state }) => state === 'delivered')).toBe(true)
    expect(store.attempts).toHaveLength(100)
  })

  test('of 100,000 queued deliveries only a bounded number is in memory', async () => {
    const { open, store, put, runner } = newQueue()
    put(
      ...Array.from({ length: 100_000 }, (_, id) =>
        storedDelivery(id, { destination: `d${id % 5000}.example` }),
      ),
    )
    runner.look()
    await settled()
    expect(runner.load).toEqual({ inHand: 40, running: 10 })
    for (let done = 0; done < 50; done++) await open[0]?.end(delivered)
    expect(runner.load.inHand).toBeLessThanOrEqual(40)
    expect(store.largestPage).toBeLessThanOrEqual(40)
    expect(runner.load.running).toBe(10)
  })

  test('offered deliveries for which there is no room go back to the store and are made later', async () => {
    const { open, store, plan } = newQueue()
    const taken = plan(...many(30, 'list.example'))
    expect(taken).toHaveLength(8)
    await settled()
    expect(store.deliveries.get(30)).toMatchObject({ attempts: 0, state: 'queued' })
    for (let done = 0; done < 30; done++) await open[0]?.end(delivered)
    expect(store.attempts.map(({ id }) => id).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, i) => i + 1),
    )
  })
})

describe('a store in trouble', () => {
  test('the outcome of an attempt is written down as soon as the store works again; meanwhile nothing starts', async () => {
    const { clock, open, store, plan, finals } = newQueue({ limits: { perDestination: 1 } })
    plan(storedDelivery(1), storedDelivery(2))
    store.failure = new StoreError('full', 'the disk is full')
    await open[0]?.end(delivered)
    await clock.advance(5000)
    expect(finals).toEqual([])
    plan(storedDelivery(3, { destination: 'other.example' }))
    expect(ids(open)).not.toContain(3)
    store.failure = undefined
    await clock.advance(1000)
    expect(finals).toMatchObject([[1, { outcome: 'delivered' }]])
    expect(ids(open)).toContain(3)
    expect(store.attempts.filter(({ id }) => id === 1)).toHaveLength(1)
  })

  test('an attempt that cannot be announced is not made, and made later', async () => {
    const { clock, open, store, put, runner } = newQueue()
    put(storedDelivery(1))
    store.failure = new StoreError('io', 'disk I/O error')
    runner.look()
    await clock.advance(3000)
    expect(open).toEqual([])
    store.failure = undefined
    await clock.advance(2000)
    expect(ids(open)).toEqual([1])
  })

  test('an outcome that a closed store did not take is reported', async () => {
    const { open, store, plan, events, runner } = newQueue()
    plan(storedDelivery(1))
    store.failure = new StoreError('closed', 'the store is closed')
    await open[0]?.end(delivered)
    expect(events.map(({ kind }) => kind)).toEqual(['unrecorded'])
    expect(runner.load.inHand).toBe(0)
  })

  test('is not followed up where another relay has begun an attempt since: that one has the last word', async () => {
    const { events, finals, open, plan, runner, store } = newQueue()
    plan(storedDelivery(1))
    const [made] = open
    const waiting = store.deliveries.get(1)
    if (waiting === undefined) throw new Error('the delivery is not there')
    store.deliveries.set(1, { ...waiting, attempts: waiting.attempts + 1, nextAttemptAt: 9_000_000 })
    await made?.end(failed)
    expect(events.map(({ kind }) => kind)).toEqual(['unrecorded'])
    expect(finals).toEqual([])
    expect(runner.load.inHand).toBe(0)
    expect(store.deliveries.get(1)).toMatchObject({ state: 'queued', nextAttemptAt: 9_000_000 })
  })
})

describe('stop', () => {
  test('gives back what was not started, waits for what is under way and for its follow-up', async () => {
    const { open, store, plan, runner, finals, clock } = newQueue({ limits: { perDestination: 1 } })
    plan(storedDelivery(1), storedDelivery(2), storedDelivery(3))
    const stopped = runner.stop(10_000)
    await settled()
    expect(store.deliveries.get(2)).toMatchObject({ attempts: 0, nextAttemptAt: clock.now })
    await open[0]?.end(failed)
    expect(await stopped).toEqual({ givenBack: 2, underWay: 0 })
    expect(finals).toHaveLength(1)
    expect(open).toEqual([])
  })

  test('takes back an attempt that was just being announced', async () => {
    const { clock, open, put, runner, store } = newQueue()
    const announced = Promise.withResolvers<boolean>()
    put(storedDelivery(1, { attempts: 3 }))
    store.announceAttempt = () => announced.promise
    runner.look()
    await settled()
    const stopped = runner.stop(10_000)
    store.deliveries.set(1, storedDelivery(1, { attempts: 4, nextAttemptAt: clock.now + 60_000 }))
    announced.resolve(true)
    expect(await stopped).toEqual({ givenBack: 0, underWay: 0 })
    expect(open).toEqual([])
    expect(store.deliveries.get(1)).toMatchObject({ attempts: 3, nextAttemptAt: clock.now })
  })

  test('does not wait longer than the grace', async () => {
    const { plan, runner, clock } = newQueue()
    plan(storedDelivery(1))
    const stopped = runner.stop(10_000)
    await clock.advance(10_000)
    expect(await stopped).toEqual({ givenBack: 0, underWay: 1 })
  })

  test('afterwards nothing starts and no timer is left', async () => {
    const { clock, open, put, plan, runner, store } = newQueue()
    runner.look()
    await settled()
    expect(clock.timers).toBe(1)
    await runner.stop(10_000)
    put(storedDelivery(1))
    runner.look()
    expect(plan(storedDelivery(2))).toEqual([])
    await clock.advance(100_000)
    expect(open).toEqual([])
    expect(clock.timers).toBe(0)
    expect(store.deliveries.get(2)?.attempts).toBe(0)
  })
})

test('a delivery that is not as it was fetched any more is fetched again, and attempted once', async () => {
  const queue = newQueue()
  queue.put(storedDelivery(1))
  const { store } = queue
  const due = store.due.bind(store)
  let asked = 0
  store.due = async query => {
    const answer = await due(query)
    asked += 1
    // Right after the first answer an operator makes it due earlier, or another relay has it and fails.
    if (asked === 1) store.deliveries.set(1, storedDelivery(1, { attempts: 1, nextAttemptAt: 5 }))
    return answer
  }
  queue.runner.look()
  await settled()
  expect(queue.open.map(({ delivery }) => [delivery.id, delivery.attempts])).toEqual([[1, 2]])
})
