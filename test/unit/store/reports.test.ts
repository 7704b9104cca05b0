import { describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { records } from '../../support/records.ts'
import { claimOf, newAttempt, newDelivery, newMessage, newStore, queued, queueId } from './fixtures.ts'

async function withFailures(): Promise<Store> {
  const store = await newStore()
  const planned = await queued(
    store,
    1,
    [0, 1, 2].map(ordinal => newDelivery(ordinal)),
  )
  for (const { id } of planned.slice(0, 2))
    await store.finishAttempt(claimOf(id), newAttempt({ outcome: 'failed' }))
  return store
}

const dsn = newMessage(2, { record: records.dsn, state: 'forwarded', keepUntil: 5_000_000, peer: null })

describe('DSN bookkeeping', () => {
  test('failures are to be reported until their DSN is spooled, which is queued at once', async () => {
    const store = await withFailures()
    expect(await store.failuresToReport(10)).toEqual([{ queueId: queueId(1), ordinals: [0, 1] }])
    const [delivery] = await store.spoolDsn(queueId(1), [0, 1], dsn, [newDelivery(0, { reversePath: '' })])
    expect(delivery).toEqual(await store.delivery(queueId(2), 0))
    expect(delivery).toMatchObject({ state: 'queued', attempts: 1, reversePath: '' })
    expect(await store.failuresToReport(10)).toEqual([])
    expect(await store.message(queueId(2))).toMatchObject({ reportsOn: queueId(1), keepUntil: 5_000_000 })
    expect(await store.delivery(queueId(1), 0)).toMatchObject({ dsn: 'sent', dsnQueueId: queueId(2) })
    expect(await store.delivery(queueId(1), 2)).toMatchObject({ dsn: 'none', dsnQueueId: null })
  })

  test('a failure is reported once: a second DSN is not spooled', async () => {
    const store = await withFailures()
    await store.spoolDsn(queueId(1), [0, 1], dsn, [newDelivery(0)])
    const second = newMessage(3, { record: records.dsn, state: 'forwarded' })
    expect(await store.spoolDsn(queueId(1), [0, 1], second, [newDelivery(0)])).toEqual([])
    expect(await store.message(queueId(3))).toBeUndefined()
  })

  test('a DSN that cannot be stored leaves the failures due', async () => {
    const store = await withFailures()
    const twice = [newDelivery(0), newDelivery(0)]
    await expect(store.spoolDsn(queueId(1), [0, 1], dsn, twice)).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.failuresToReport(10)).toEqual([{ queueId: queueId(1), ordinals: [0, 1] }])
    expect(await store.message(queueId(2))).toBeUndefined()
  })

  test('failures of which no DSN may be sent are due no more', async () => {
    const store = await withFailures()
    await store.skipDsn(queueId(1), [1])
    expect(await store.failuresToReport(10)).toEqual([{ queueId: queueId(1), ordinals: [0] }])
    expect(await store.delivery(queueId(1), 1)).toMatchObject({ dsn: 'skipped' })
  })
})

describe('a bounce that is passed on', () => {
  const followUp = { bounceQueueId: queueId(5), queueId: queueId(1), ordinal: 2, keepUntil: 6_000_000 }

  async function withBounce(): Promise<Store> {
    const store = await withFailures()
    await store.spool(newMessage(5, { record: records.bounce, state: 'spooled' }))
    return store
  }

  test('is done in one step: DSN queued, delivery marked as reported, bounce parked', async () => {
    const store = await withBounce()
    const [delivery] = await store.spoolReturn(followUp, dsn, [newDelivery(0, { reversePath: '' })])
    expect(delivery).toMatchObject({ queueId: queueId(2), state: 'queued' })
    expect(await store.delivery(queueId(1), 2)).toMatchObject({
      state: 'queued',
      dsn: 'sent',
      dsnQueueId: queueId(2),
    })
    expect(await store.message(queueId(5))).toMatchObject({ state: 'bounce-received', keepUntil: 6_000_000 })
    expect(await store.unplanned({ limit: 10 })).toEqual([])
  })

  test('a second bounce of the same delivery is parked without a DSN', async () => {
    const store = await withBounce()
    await store.spoolReturn(followUp, dsn, [newDelivery(0)])
    await store.spool(newMessage(6, { record: records.bounce, state: 'spooled' }))
    const again = { ...followUp, bounceQueueId: queueId(6) }
    expect(await store.spoolReturn(again, newMessage(7, { record: records.dsn }), [newDelivery(0)])).toEqual(
      [],
    )
    expect(await store.message(queueId(6))).toMatchObject({ state: 'bounce-received' })
    expect(await store.message(queueId(7))).toBeUndefined()
  })

  test('before the last word of the peer is the only report: the failure that follows is not due again', async () => {
    const store = await withBounce()
    await store.spoolReturn(followUp, dsn, [newDelivery(0)])
    const delivery = await store.delivery(queueId(1), 2)
    await store.finishAttempt(claimOf(delivery?.id), newAttempt({ outcome: 'failed' }))
    expect(await store.delivery(queueId(1), 2)).toMatchObject({ state: 'failed', dsn: 'sent' })
  })

  test('of which nothing follows is parked with its reason, once', async () => {
    const store = await withBounce()
    expect(await store.parkBounce(queueId(5), 'a delay', 6_000_000)).toBe(true)
    expect(await store.parkBounce(queueId(5), 'again', 6_000_000)).toBe(false)
    expect(await store.message(queueId(5))).toMatchObject({ state: 'bounce-received', reason: 'a delay' })
  })
})

describe('a success that its sender asked to hear of', () => {
  async function delivered(reportsTaken: boolean): Promise<Store> {
    const store = await newStore()
    const [one, two] = await queued(store, 1, [newDelivery(0, { successDsn: 'wanted' }), newDelivery(1)])
    for (const { id = 0 } of [one ?? {}, two ?? {}])
      await store.finishAttempt(claimOf(id), newAttempt({ reportsTaken }))
    return store
  }

  test('is due where the next hop sends no such reports, and told once', async () => {
    const store = await delivered(false)
    expect(await store.successesToReport(10)).toEqual([queueId(1)])
    expect(await store.failuresToReport(10)).toEqual([])
    expect(await store.prune({ now: 9_000_000, limit: 10 })).toMatchObject({ messagesRemoved: 0 })
    expect(await store.spoolDsn(queueId(1), [0], dsn, [newDelivery(0)], 'success')).toHaveLength(1)
    expect(await store.delivery(queueId(1), 0)).toMatchObject({ successDsn: 'sent', dsn: 'none' })
    const again = newMessage(3, { record: records.dsn, state: 'forwarded' })
    expect(await store.spoolDsn(queueId(1), [0], again, [newDelivery(0)], 'success')).toEqual([])
  })

  test('is left to a next hop that took the request, and then passed on once', async () => {
    const store = await delivered(true)
    expect(await store.successesToReport(10)).toEqual([])
    await store.spool(newMessage(5, { record: records.bounce, state: 'spooled' }))
    await store.spool(newMessage(6, { record: records.bounce, state: 'spooled' }))
    const followUp = { queueId: queueId(1), ordinal: 0, keepUntil: 6_000_000, reported: 'success' } as const
    expect(
      await store.spoolReturn({ ...followUp, bounceQueueId: queueId(5) }, dsn, [newDelivery(0)]),
    ).toHaveLength(1)
    const second = newMessage(7, { record: records.dsn, state: 'forwarded' })
    expect(
      await store.spoolReturn({ ...followUp, bounceQueueId: queueId(6) }, second, [newDelivery(0)]),
    ).toEqual([])
    expect(await store.delivery(queueId(1), 0)).toMatchObject({ successDsn: 'sent', dsn: 'none' })
  })

  test('may be told to nobody', async () => {
    const store = await delivered(false)
    await store.skipDsn(queueId(1), [0], 'success')
    expect(await store.delivery(queueId(1), 0)).toMatchObject({ successDsn: 'skipped' })
    expect(await store.successesToReport(10)).toEqual([])
  })
})

describe('a delay', () => {
  const deferral = newAttempt({ outcome: 'deferred' })

  async function deferred(): Promise<{ store: Store; ids: number[] }> {
    const store = await newStore()
    const planned = await queued(store, 1, [newDelivery(0), newDelivery(1)])
    const ids = planned.map(({ id }) => id)
    for (const id of ids) await store.finishAttempt(claimOf(id), deferral, 70_000, 50_000)
    return { store, ids }
  }

  test('is due at the time of the first deferral, once a message', async () => {
    const { store, ids } = await deferred()
    expect(await store.delaysToReport(49_999, 10)).toEqual([])
    expect(await store.delaysToReport(50_000, 10)).toEqual([queueId(1)])
    expect(await store.spoolDelayDsn(queueId(1), dsn, [newDelivery(0)])).toHaveLength(1)
    await store
      .finishAttempt(claimOf(ids[0]), { ...deferral, startedAt: 60_000 }, 80_000, 50_000)
      .catch(() => 0)
    expect(await store.delaysToReport(90_000, 10)).toEqual([])
    const again = newMessage(3, { record: records.dsn, state: 'forwarded' })
    expect(await store.spoolDelayDsn(queueId(1), again, [newDelivery(0)])).toEqual([])
    expect(await store.message(queueId(1))).toMatchObject({ delayDsn: 'sent' })
  })

  test('of what was delivered meanwhile is none', async () => {
    const { store, ids } = await deferred()
    for (const id of ids) {
      await store.announceAttempt({ id, attempts: 1, nextAttemptAt: 70_000 }, 90_000)
      await store.finishAttempt(claimOf(id, 2), newAttempt())
    }
    expect(await store.delaysToReport(90_000, 10)).toEqual([])
  })

  test('may be told to nobody, for good', async () => {
    const { store } = await deferred()
    await store.skipDelayDsn(queueId(1))
    expect(await store.delaysToReport(90_000, 10)).toEqual([])
    expect(await store.message(queueId(1))).toMatchObject({ delayDsn: 'skipped' })
  })
})
