import { describe, expect, test } from 'vitest'
import { QueueRunner } from '../../../src/queue/runner.ts'
import { defaultSchedule } from '../../../src/queue/schedule.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { StoredDelivery } from '../../../src/store/records.ts'
import { newDelivery, newFile, newStore, queued, queueId } from '../store/fixtures.ts'
import { delivered } from './fixtures.ts'

describe('the queue on the real store', () => {
  test('300 deliveries to 30 destinations, planned and then offered, are each made once', async () => {
    const store = await newStore()
    const made: string[] = []
    const finals = Promise.withResolvers<void>()
    let left = 300
    const runner = new QueueRunner({
      store,
      clock: () => 10_000,
      random: () => 0,
      settings: { perDestination: 3, total: 20, maxInMemory: 100, schedule: defaultSchedule },
      attempt: async ({ forwardPath }) => {
        made.push(forwardPath)
        return delivered
      },
      onFinal: async () => {
        if (--left === 0) finals.resolve()
      },
      log: () => {},
    })
    const message = (number: number) =>
      Array.from({ length: 10 }, (_, ordinal) =>
        newDelivery(ordinal, {
          forwardPath: `r${ordinal}@d${number}.example`,
          destination: `d${number}.example`,
        }),
      )
    const plan = async (number: number) => runner.offer(await queued(store, number, message(number)))
    await Promise.all(Array.from({ length: 30 }, (_, number) => plan(number)))
    await finals.promise
    expect(new Set(made).size).toBe(300)
    expect(made).toHaveLength(300)
    expect(await store.counts()).toMatchObject({ queued: 0 })
    expect(await runner.stop(1000)).toEqual({ givenBack: 0, underWay: 0 })
  })

  test('what was given back on stop is due at once after a restart, what was under way at its announced time', async () => {
    const file = newFile()
    const first = await openStore({ file })
    const parts = {
      clock: () => 10_000,
      random: () => 0,
      settings: { perDestination: 1, total: 1, maxInMemory: 10, schedule: defaultSchedule },
      onFinal: async () => {},
      log: () => {},
    }
    const hanging = new QueueRunner({ ...parts, store: first, attempt: () => new Promise(() => {}) })
    hanging.offer(await queued(first, 1, [newDelivery(0), newDelivery(1)]))
    expect(await hanging.stop(0)).toEqual({ givenBack: 1, underWay: 1 })
    await first.close()

    const second = await newStore({ file })
    const attempted = Promise.withResolvers<StoredDelivery>()
    const resumed = new QueueRunner({
      ...parts,
      store: second,
      attempt: async delivery => {
        attempted.resolve(delivery)
        return delivered
      },
    })
    resumed.look()
    expect(await attempted.promise).toMatchObject({ ordinal: 1, attempts: 1 })
    await resumed.stop(10_000)
    expect(await second.delivery(queueId(1), 0)).toMatchObject({
      state: 'queued',
      nextAttemptAt: 60_000,
      attempts: 1,
    })
    expect(await second.delivery(queueId(1), 1)).toMatchObject({ state: 'delivered' })
  })
})
