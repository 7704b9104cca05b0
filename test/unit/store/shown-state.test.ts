import { expect, test } from 'vitest'
import {
  claimOf,
  forwarded,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newStore,
  newStoreBeside,
  queueId,
} from './fixtures.ts'

test('a message whose deliveries have all failed is shown as failed, and found as such; its id in any case', async () => {
  const file = newFile()
  const store = await newStore({ file })
  for (const number of [1, 2, 3]) {
    await store.spool(newMessage(number))
    await store.plan(queueId(number), [newDelivery(0), newDelivery(1)], forwarded)
  }
  const finish = async (number: number, ordinal: number, outcome: 'failed' | 'delivered') => {
    const id = (await store.delivery(queueId(number), ordinal))?.id ?? 0
    await store.finishAttempt(claimOf(id), newAttempt({ outcome }))
  }
  await finish(1, 0, 'failed')
  await finish(1, 1, 'failed')
  await finish(2, 0, 'failed')
  await finish(2, 1, 'delivered')
  await finish(3, 0, 'failed')

  const reader = await newStoreBeside(file, 'read')
  const states = (await reader.listMessages({ limit: 9 })).map(({ state }) => state)
  expect(states).toEqual(['forwarded', 'forwarded', 'failed'])
  expect(await reader.listMessages({ limit: 9, state: 'failed' })).toMatchObject([{ queueId: queueId(1) }])
  expect(await reader.listMessages({ limit: 9, state: 'forwarded' })).toHaveLength(2)
  expect(await reader.listMessages({ limit: 9, before: queueId(2).toLowerCase() })).toHaveLength(1)
  expect((await reader.showMessage(queueId(1).toLowerCase()))?.message.state).toBe('failed')
  expect((await reader.showMessage(queueId(2)))?.message.state).toBe('forwarded')
})
