import { describe, expect, test } from 'vitest'
import { putDraft } from '../../../../src/service/forward/draft.ts'
import type { SeenCopy } from '../../../../src/store/identity-records.ts'
import { StoreError } from '../../../../src/store/store-error.ts'
import { forwarded, newDelivery, newMessage, newStore, queueId } from '../../store/fixtures.ts'

const once = {
  copies: [{ recipient: 'a@alias.example', key: 'a' }],
  sentBy: 'client',
  at: 1,
  retriesSince: 0,
}
const only = { ...once, most: 1, remembered: 10 }

describe('a message with its plan', () => {
  test('is on disk in one commit, its copies with it', async () => {
    const store = await newStore()
    const before = store.statistics.commits
    const plan = () => store.plan(queueId(1), [newDelivery(0)], forwarded)
    const { spooled, planned } = putDraft({ message: newMessage(1), plan }, one => store.spoolOnce(one, only))
    expect(await spooled).toEqual([])
    expect(await planned).toMatchObject([{ queueId: queueId(1), ordinal: 0, attempts: 1 }])
    expect(store.statistics.commits - before).toBe(1)
    expect(await store.unplanned({ limit: 10 })).toEqual([])
  })

  test('that was taken before has no plan, and nothing of it is kept', async () => {
    const store = await newStore()
    await store.spoolOnce(newMessage(1), only)
    const plan = () => store.plan(queueId(2), [newDelivery(0)], forwarded)
    const { spooled, planned } = putDraft({ message: newMessage(2), plan }, one => store.spoolOnce(one, only))
    expect(await spooled).toMatchObject([{ queueId: queueId(1) }] satisfies Partial<SeenCopy>[])
    expect(await planned).toBeUndefined()
    expect(await store.showMessage(queueId(2))).toBeUndefined()
  })

  test('whose plan the store does not take is on disk without one, to be planned again', async () => {
    const store = await newStore()
    const plan = () => Promise.reject(new StoreError('full', 'no room'))
    const { spooled, planned } = putDraft({ message: newMessage(1), plan }, one => store.spool(one))
    await spooled
    expect(await planned).toBeUndefined()
    expect(await store.unplanned({ limit: 10 })).toHaveLength(1)
  })
})
