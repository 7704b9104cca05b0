import { describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/questions.ts'
import { newAttempt, newDelivery, newMessage, newStore, queued, queueId } from './fixtures.ts'

async function withFailures(): Promise<Store> {
  const store = await newStore()
  const planned = await queued(
    store,
    1,
    [0, 1, 2].map(ordinal => newDelivery(ordinal)),
  )
  for (const { id } of planned.slice(0, 2)) await store.finishAttempt(id, newAttempt({ outcome: 'failed' }))
  return store
}

const dsn = newMessage(2, { direction: 'dsn', state: 'forwarded', keepUntil: 5_000_000, peer: null })

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
    const second = newMessage(3, { direction: 'dsn', state: 'forwarded' })
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
