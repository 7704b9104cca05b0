import { describe, expect, test } from 'vitest'
import { records } from '../../support/records.ts'
import {
  claimOf,
  forwarded,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newStore,
  queued,
  queueId,
} from './fixtures.ts'

const time = forwarded.keepUntil

describe('prune', () => {
  test('what is final goes at its time and not before, with its octets, deliveries and attempts', async () => {
    const store = await newStore()
    const [delivery] = await queued(store, 1, [newDelivery(0)])
    await store.finishAttempt(claimOf(delivery?.id), newAttempt())
    expect(await store.prune({ now: time - 1, limit: 10 })).toMatchObject({ messagesRemoved: 0 })
    expect(await store.delivery(queueId(1), 0)).toBeDefined()
    expect(await store.prune({ now: time, limit: 10 })).toEqual({
      octetsRemoved: 1,
      messagesRemoved: 1,
      more: false,
    })
    expect(await store.showMessage(queueId(1))).toBeUndefined()
  })

  test('octets go first where the hop log is kept longer', async () => {
    const store = await newStore()
    const [delivery] = await queued(store, 1, [newDelivery(0)])
    await store.finishAttempt(claimOf(delivery?.id), newAttempt())
    const prune = (now: number) => store.prune({ now, limit: 10, hopLogMilliseconds: 500 })
    expect(await prune(time)).toEqual({ octetsRemoved: 1, messagesRemoved: 0, more: false })
    expect((await store.message(queueId(1)))?.octets).toBeNull()
    expect((await store.showMessage(queueId(1)))?.deliveries[0]?.log).toHaveLength(1)
    expect(await prune(time + 499)).toEqual({ octetsRemoved: 0, messagesRemoved: 0, more: false })
    expect(await prune(time + 500)).toEqual({ octetsRemoved: 0, messagesRemoved: 1, more: false })
  })

  test('the hop log is kept for as long as a domain of the message asks, the longest of several', async () => {
    const store = await newStore()
    const paths = [
      ['a@short.example', 'x@else.example'],
      ['a@short.example', 'x@long.example'],
      ['a@else.example', 'x@else.example'],
    ] as const
    for (const [at, [reversePath, forwardPath]] of paths.entries()) {
      const envelope = { reversePath, forwardPaths: [forwardPath], smtpUtf8: false }
      await store.spool(newMessage(at, { state: 'forwarded', keepUntil: 10, envelope }))
    }
    const hopLogByDomain = { 'short.example': 100, 'long.example': 900 }
    const prune = (now: number) => store.prune({ now, limit: 10, hopLogMilliseconds: 500, hopLogByDomain })
    expect(await prune(10)).toMatchObject({ octetsRemoved: 3, messagesRemoved: 0 })
    for (const [now, number] of [
      [110, 0],
      [510, 2],
      [910, 1],
    ] as const) {
      expect(await prune(now - 1)).toMatchObject({ messagesRemoved: 0 })
      expect(await prune(now)).toMatchObject({ messagesRemoved: 1 })
      expect(await store.message(queueId(number))).toBeUndefined()
    }
  })

  test('what is spooled, queued or waits for its DSN stays, however old it is', async () => {
    const store = await newStore()
    await store.spool(newMessage(1, { keepUntil: 1 }))
    await queued(store, 2, [newDelivery(0)])
    const [failed] = await queued(store, 3, [newDelivery(0)])
    await store.finishAttempt(claimOf(failed?.id), newAttempt({ outcome: 'failed' }))
    expect(await store.prune({ now: time * 2, limit: 10 })).toMatchObject({ messagesRemoved: 0 })
    await store.skipDsn(queueId(3), [0])
    expect(await store.prune({ now: time * 2, limit: 10 })).toMatchObject({ messagesRemoved: 1 })
  })

  test('a parked message goes at the time it was spooled with', async () => {
    const store = await newStore()
    await store.spool(newMessage(1, { state: 'bounce-received', record: records.bounce, keepUntil: 50 }))
    expect(await store.prune({ now: 50, limit: 10 })).toMatchObject({ messagesRemoved: 1 })
  })

  test('it goes in bounded steps and says whether there is more', async () => {
    const store = await newStore()
    const parked = (number: number) => newMessage(number, { state: 'bounce-received', keepUntil: 50 })
    await Promise.all([1, 2, 3].map(number => store.spool(parked(number))))
    expect(await store.prune({ now: 50, limit: 2 })).toMatchObject({ messagesRemoved: 2, more: true })
    expect(await store.prune({ now: 50, limit: 2 })).toMatchObject({ messagesRemoved: 1, more: false })
  })

  test('the highest queue id survives pruning and a restart', async () => {
    const file = newFile()
    const store = await newStore({ file })
    await store.spool(newMessage(7, { state: 'failed', keepUntil: 50 }))
    await store.spool(newMessage(5, { state: 'failed', keepUntil: 60 }))
    await store.prune({ now: 50, limit: 10 })
    await store.prune({ now: 60, limit: 10 })
    expect(await store.counts()).toMatchObject({ spooled: 0 })
    await store.close()
    expect(await (await newStore({ file })).lastQueueId()).toBe(queueId(7))
  })
})
