/** Destinations as wholes: those that cannot be reached, those that hang, those that want less than others. */
import { describe, expect, test } from 'vitest'
import { Backlog } from '../../../src/queue/backlog.ts'
import { DestinationHealth } from '../../../src/queue/destination-health.ts'
import { Suspects } from '../../../src/queue/suspects.ts'
import type { StoredDelivery } from '../../../src/store/records.ts'
import { newDelivery, newStore, queued } from '../store/fixtures.ts'
import { deferred, delivered, FakeClock, newQueue, settled, storedDelivery } from './fixtures.ts'

const health = { restMilliseconds: [60_000, 300_000, 900_000], initialPlaces: 2, maxDestinations: 100 }
const busy = { kind: 'deferred', phase: 'rcpt', reason: 'try later' } as const

function queue(limits: NonNullable<Parameters<typeof newQueue>[0]>['limits'] = {}) {
  return newQueue({ limits: { health, perDestination: 4, ...limits } })
}

const to = (destination: string, count: number, first = 1): StoredDelivery[] =>
  Array.from({ length: count }, (_, at) => storedDelivery(first + at, { destination, nextAttemptAt: at }))

/** Destinations of the attempts under way. */
const under = (open: readonly { delivery: StoredDelivery }[]) =>
  open.map(({ delivery }) => delivery.destination)

describe('a destination of which no host can be reached', () => {
  test('rests: its other messages are not attempted, and one probe ends the rest', async () => {
    const { clock, open, store, runner, put } = queue()
    put(...to('dead.example', 8))
    runner.look()
    await settled()
    expect(open).toHaveLength(2)
    await open[0]?.end(deferred)
    await open[0]?.end(deferred)
    await clock.advance(59_999)
    expect(open).toHaveLength(0)
    expect(store.attempts).toHaveLength(2)
    await clock.advance(1)
    expect(open).toHaveLength(1)
    await open[0]?.end(delivered)
    // Reached: all its places are free, and everything goes on at once.
    expect(open).toHaveLength(4)
  })

  test('rests longer after every probe in vain, up to the last time of the settings', async () => {
    const { clock, open, store, runner, put } = queue()
    put(...to('dead.example', 8))
    runner.look()
    await settled()
    const start = clock.now
    await open[0]?.end(deferred)
    await open[0]?.end(deferred)
    for (const minutes of [1, 5, 15, 15]) {
      await clock.advance(minutes * 60_000)
      expect(open).toHaveLength(1)
      await open[0]?.end(deferred)
    }
    expect(store.attempts.map(({ startedAt }) => (startedAt - start) / 60_000)).toEqual([0, 0, 1, 6, 21, 36])
  })

  test('keeps a message that comes meanwhile in the store until the rest is over', async () => {
    const { clock, open, store, plan } = queue()
    plan(storedDelivery(1, { destination: 'dead.example' }))
    await open[0]?.end(deferred)
    expect(plan(storedDelivery(2, { destination: 'dead.example' }))).toEqual([])
    await settled()
    expect(store.deliveries.get(2)).toMatchObject({ attempts: 0, nextAttemptAt: clock.now + 60_000 })
    expect(open).toHaveLength(0)
  })

  test('is tried all the same for a delivery that the operator asks for, and its rest goes on if that fails', async () => {
    const { clock, open, store, runner, put } = queue()
    put(...to('dead.example', 3))
    runner.look()
    await settled()
    await open[0]?.end(deferred)
    await open[0]?.end(deferred)
    const end = clock.now + 60_000
    await clock.advance(10_000)
    const asked = store.deliveries.get(3)
    if (asked !== undefined) put({ ...asked, nextAttemptAt: clock.now })
    runner.look()
    await settled()
    expect(open.map(({ delivery }) => delivery.id)).toEqual([3])
    await open[0]?.end(deferred)
    expect(store.deliveries.get(3)?.nextAttemptAt).toBeGreaterThanOrEqual(end)
    expect(store.deliveries.get(1)?.nextAttemptAt).toBe(end)
  })

  test('is told once, with what was in hand', async () => {
    const { open, events, plan } = queue()
    plan(...to('dead.example', 5))
    await open[0]?.end(deferred)
    await open[0]?.end(deferred)
    const rests = events.filter(event => event.kind === 'rests')
    expect(rests).toMatchObject([
      { destination: 'dead.example', givenBack: [{ id: 3 }, { id: 4 }, { id: 5 }] },
    ])
  })

  test('holds up nobody else', async () => {
    const { open, runner, put } = queue()
    put(...to('dead.example', 3), ...to('alive.example', 3, 10))
    runner.look()
    await settled()
    await open.find(({ delivery }) => delivery.destination === 'dead.example')?.end(deferred)
    const alive = open.filter(({ delivery }) => delivery.destination === 'alive.example')
    expect(alive).toHaveLength(2)
    await alive[0]?.end(delivered)
    expect(under(open).filter(name => name === 'alive.example')).toHaveLength(2)
  })

  test('one that talks about a message does not rest, whatever it says', async () => {
    const { open, events, plan } = queue()
    plan(...to('busy.example', 5))
    await open[0]?.end(busy)
    expect(events.filter(event => event.kind === 'rests')).toEqual([])
    expect(open).toHaveLength(4)
  })

  test('one that takes mail while another attempt cannot connect does not rest: too many connections, perhaps', async () => {
    const { open, events, plan } = queue()
    plan(...to('narrow.example', 5))
    await open[0]?.end(delivered)
    await open[0]?.end(deferred)
    expect(events.filter(event => event.kind === 'rests')).toEqual([])
  })
})

test('the memory of destinations is bounded: the one heard of last stays', () => {
  const known = new DestinationHealth({ ...health, maxDestinations: 2 })
  for (const name of ['a', 'b', 'c']) known.failed(name, { startedAt: 10, endedAt: 20 })
  expect(['a', 'b', 'c'].map(name => known.restingUntil(name, 30))).toEqual([undefined, 60_020, 60_020])
})

describe('attempts that take long', () => {
  test('leave their places to others, up to a bound', async () => {
    const { clock, open, plan } = queue({ total: 2, slowAfterMilliseconds: 1_000, maxSlow: 3 })
    plan(...['a', 'b', 'c', 'd', 'e', 'f'].map((name, at) => storedDelivery(at, { destination: name })))
    expect(under(open)).toEqual(['a', 'b'])
    await clock.advance(1_000)
    expect(under(open)).toEqual(['a', 'b', 'c', 'd'])
    // Three are slow at most: the fourth keeps its place.
    await clock.advance(1_000)
    expect(under(open)).toEqual(['a', 'b', 'c', 'd', 'e'])
    await clock.advance(60_000)
    expect(open).toHaveLength(5)
    await open[0]?.end(delivered)
    expect(under(open)).toEqual(['b', 'c', 'd', 'e', 'f'])
  })

  test('1,000 destinations of which one in a hundred hangs: every living one is served, the dead ones wait', async () => {
    const { clock, open, store, runner, put } = queue({
      total: 5,
      maxInMemory: 100,
      slowAfterMilliseconds: 1_000,
      maxSlow: 20,
    })
    const isDead = ({ destination }: StoredDelivery) => destination.startsWith('dead')
    const deliveries = Array.from({ length: 1_000 }, (_, at) =>
      storedDelivery(at, { destination: at % 100 === 0 ? `dead${at}` : `alive${at}`, nextAttemptAt: at }),
    )
    put(...deliveries)
    runner.look()
    const living = () => store.attempts.filter(({ outcome }) => outcome === 'delivered').length
    for (let seconds = 0; living() < 990; seconds++) {
      for (let alive = open.filter(one => !isDead(one.delivery)); alive.length > 0; ) {
        for (const one of alive) await one.end(delivered)
        await settled()
        alive = open.filter(one => !isDead(one.delivery))
      }
      // Ten dead ones over five places: two seconds of waiting, and never the time limit of a connection.
      expect(seconds).toBeLessThan(5)
      await clock.advance(1_000)
    }
    expect(open.every(one => isDead(one.delivery))).toBe(true)
  })
})

describe('limits of one destination', () => {
  test('connections: instead of those of all others', () => {
    const backlog = new Backlog({
      perDestination: 1,
      total: 10,
      maxInMemory: 100,
      destinations: { 'wide.example': { connections: 3 } },
    })
    for (const delivery of [...to('wide.example', 5), ...to('other.example', 2, 10)])
      backlog.add({ delivery, announced: false })
    const started = Array.from({ length: 7 }, () => backlog.next()?.delivery.destination)
    expect(started.filter(name => name === 'wide.example')).toHaveLength(3)
    expect(started.filter(name => name === 'other.example')).toHaveLength(1)
  })

  test('messagesPerMinute: attempts begin that far apart, and others are not held up', async () => {
    const { clock, open, store, plan } = newQueue({
      limits: { destinations: { 'slow.example': { messagesPerMinute: 6 } } },
    })
    const start = clock.now
    plan(...to('slow.example', 4), ...to('other.example', 2, 10))
    expect(under(open).toSorted()).toEqual(['other.example', 'other.example', 'slow.example'])
    for (let step = 0; step < 6; step++) {
      for (const one of [...open]) await one.end(delivered)
      await clock.advance(5_000)
    }
    for (const one of [...open]) await one.end(delivered)
    const times = store.attempts
      .filter(({ id }) => id < 10)
      .map(({ startedAt }) => (startedAt - start) / 1_000)
    expect(times).toEqual([0, 10, 20, 30])
  })

  test('a default pace holds for every destination by itself', async () => {
    const { open, plan } = newQueue({ limits: { messagesPerMinute: 1 } })
    plan(...to('a.example', 2), ...to('b.example', 2, 10))
    expect(under(open).toSorted()).toEqual(['a.example', 'b.example'])
  })
})

test('putting off changes what is due to the destination before that time and nothing else', async () => {
  const store = await newStore()
  const deliveries = [
    newDelivery(0, { destination: 'dead.example', nextAttemptAt: 1_000 }),
    newDelivery(1, { destination: 'dead.example', nextAttemptAt: 9_000 }),
    newDelivery(2, { destination: 'alive.example', nextAttemptAt: 1_000 }),
    newDelivery(3, { destination: 'dead.example', nextAttemptAt: 2_000 }),
  ]
  await queued(store, 1, deliveries)
  expect(await store.postpone('dead.example', 5_000, 1)).toBe(1)
  expect(await store.postpone('dead.example', 5_000, 10)).toBe(1)
  expect(await store.postpone('dead.example', 5_000, 10)).toBe(0)
  const due = await store.due({ now: 20_000, limit: 10 })
  expect(
    due.deliveries.map(({ ordinal, nextAttemptAt, attempts }) => [ordinal, nextAttemptAt, attempts]),
  ).toEqual([
    [2, 1_000, 1],
    [0, 5_000, 1],
    [3, 5_000, 1],
    [1, 9_000, 1],
  ])
})

test('nothing is put off beyond its own end: a failure is told in time', async () => {
  const store = await newStore()
  await queued(store, 1, [
    newDelivery(0, { destination: 'mars.example', nextAttemptAt: 1_000, expiresAt: 4_000 }),
  ])
  expect(await store.postpone('mars.example', 5_000, 10)).toBe(1)
  expect(await store.postpone('mars.example', 5_000, 10)).toBe(0)
  const due = await store.due({ now: 4_000, limit: 10 })
  expect(due.deliveries.map(({ nextAttemptAt }) => nextAttemptAt)).toEqual([4_000])
})

describe('a destination behind a gateway that says when it is tried again', () => {
  const gathered = {
    inOrder: { perDestination: 1, destinations: { 'mars.example': { connections: 6 } }, maxInMemory: 40 },
  }
  const forMars = { destination: 'mars.example', inOrder: true }
  const toMars = (count: number) => to('mars.example', count).map(one => ({ ...one, inOrder: true }))

  test('has all its places at once, waits for that moment as a whole, and goes on in order', async () => {
    const { clock, open, runner, put } = queue(gathered)
    put(...toMars(8))
    runner.look()
    await settled()
    expect(open).toHaveLength(6)
    const retryAt = clock.now + 5_400_000
    for (const attempt of [...open]) await attempt.end({ ...deferred, retryAt })
    await clock.advance(5_399_999)
    expect(open).toHaveLength(0)
    await clock.advance(1)
    expect(open.map(({ delivery }) => delivery.id)).toEqual([1, 2, 3, 4, 5, 6])
    await open[0]?.end(delivered)
    expect(open.map(({ delivery }) => delivery.id)).toEqual([2, 3, 4, 5, 6, 7])
  })

  test('keeps what comes meanwhile behind what waits', async () => {
    const { clock, open, runner, put, plan } = queue(gathered)
    put(...toMars(1))
    runner.look()
    await settled()
    await open[0]?.end({ ...deferred, retryAt: clock.now + 60_000 })
    plan(storedDelivery(2, forMars))
    await settled()
    expect(open).toHaveLength(0)
    await clock.advance(60_000)
    expect(open.map(({ delivery }) => delivery.id)).toEqual([1, 2])
  })

  test('a message that comes when the time is over goes behind what waits in the store', async () => {
    const { clock, open, runner, put, plan } = queue(gathered)
    put(...toMars(3))
    runner.look()
    await settled()
    for (const attempt of [...open]) await attempt.end({ ...deferred, retryAt: clock.now + 60_000 })
    clock.now += 60_000
    plan(storedDelivery(4, forMars))
    await settled()
    expect(open.map(({ delivery }) => delivery.id)).toEqual([1, 2, 3, 4])
  })

  test('nothing overtakes attempts whose outcome is still being written down when the time is over', async () => {
    const { clock, open, store, runner, put } = queue(gathered)
    put(...toMars(9))
    runner.look()
    await settled()
    const isSlow = Promise.withResolvers<void>()
    const finish = store.finishAttempt.bind(store)
    store.finishAttempt = async (...outcome) => {
      await isSlow.promise
      return finish(...outcome)
    }
    for (const attempt of [...open]) await attempt.end({ ...deferred, retryAt: clock.now + 60_000 })
    await clock.advance(60_000)
    expect(open).toHaveLength(0)
    isSlow.resolve()
    await settled()
    await clock.advance(0)
    expect(open.map(({ delivery }) => delivery.id)).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('an attempt that is cut off stays due: a crash lets nothing overtake it', async () => {
    const { clock, open, store, runner, put } = queue(gathered)
    put(...toMars(1))
    runner.look()
    await settled()
    expect(open).toHaveLength(1)
    expect(store.deliveries.get(1)).toMatchObject({ attempts: 1, nextAttemptAt: 0 })
    await clock.advance(0)
    expect(open).toHaveLength(1)
  })

  test('an object takes as many messages as it may have, however few other deliveries may run or wait at a time', async () => {
    const { open, store, runner, put } = queue({
      total: 2,
      maxInMemory: 4,
      inOrder: { perDestination: 30, maxInMemory: 120 },
    })
    put(...to('busy.example', 9, 100), ...toMars(31))
    runner.look()
    await settled()
    expect(under(open).filter(name => name === 'mars.example')).toHaveLength(30)
    expect(under(open).filter(name => name === 'busy.example')).toHaveLength(2)
    // And none of the others waits for the gateway.
    await open.find(({ delivery }) => delivery.destination === 'busy.example')?.end(delivered)
    expect(under(open).filter(name => name === 'busy.example')).toHaveLength(2)
    expect(store.attempts).toHaveLength(1)
  })

  test('what throws in one attempt puts off what is behind it, until it is likely to be the cause itself', async () => {
    const { clock, open, store, runner, put } = queue(gathered)
    put(...toMars(2))
    runner.look()
    await settled()
    for (let tries = 1; tries <= 5; tries++) {
      const last = tries === 5
      await open[0]?.fail(new Error('no memory'))
      expect(store.deliveries.get(1)?.nextAttemptAt).toBe(clock.now + 30_000)
      if (!last) {
        await open[0]?.end({ ...deferred, retryAt: clock.now + 30_000 })
        await clock.advance(30_000)
        expect(open.map(({ delivery }) => delivery.id)).toEqual([1, 2])
      }
    }
    await open[0]?.end({ ...deferred, retryAt: clock.now + 30_000 })
    await clock.advance(30_000)
    await open[0]?.fail(new Error('no memory'))
    expect(store.attempts.at(-1)).toMatchObject({ id: 1, outcome: 'deferred' })
    expect(store.attempts.at(-1)?.retryAt).toBeUndefined()
  })

  test('what the end of the process cut off is tried one at a time, and nothing overtakes it', async () => {
    const suspects = new Suspects({
      store: { beginSuspect: async () => {}, clearSuspect: async () => {} },
      turnMilliseconds: 60_000,
      onFree: () => rig.runner.look(),
      onError: () => {},
      timer: new FakeClock(),
    })
    const rig = newQueue({ suspects, limits: { ...gathered, maxInMemory: 400 } })
    suspects.add(
      [1, 2].map(workId => ({
        kind: 'delivery',
        workId,
        queueId: `M${workId}`,
        ordinal: 0,
        isHeld: false,
        isNew: false,
      })),
    )
    const { open, runner, put, clock } = rig
    // More than one answer of the store holds: it is not asked again and again for what has no turn.
    put(...toMars(300))
    runner.look()
    await settled()
    const begun: number[][] = []
    for (let turn = 0; turn < 3; turn++) {
      begun.push(open.map(({ delivery }) => delivery.id))
      for (const one of [...open]) {
        await one.end(delivered)
        suspects.end(one.delivery.id)
      }
      await settled()
      await clock.advance(1_000)
    }
    expect(begun.slice(0, 2)).toEqual([[1], [2, 3, 4, 5, 6, 7]])
    expect(begun[2]?.[0]).toBe(8)
  })
})
