/** Lists and subscribers: through the store's thread, and by a writer beside it. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { addressKey } from '../../../src/lists/list-address.ts'
import type { NewSubscriber } from '../../../src/store/list-records.ts'
import type { Writer } from '../../support/database-beside.ts'
import { openWriter } from '../../support/database-beside.ts'
import { isOnServer, newFile, newMessage, newStore } from './fixtures.ts'

const news = { address: 'news@lists.example', settings: { owners: ['o@x.example'] }, createdAt: 1_000 }
const suspension = { at: 5_000, by: 'operator', reason: 'asked' } as const

function people(...addresses: string[]): NewSubscriber[] {
  return addresses.map(address => ({ address, addressKey: addressKey(address) }))
}

function newWriter(file: string): Writer {
  const writer = openWriter(file)
  onTestFinished(() => writer.close())
  return writer
}

describe('a list', () => {
  test('is kept with its settings, and comes back as it was given', async () => {
    const store = await newStore()
    const id = await store.createList(news)
    expect(await store.list('news@lists.example')).toEqual({ id, ...news })
    expect(await store.lists()).toEqual([{ id, ...news }])
    expect(await store.changeList(id, { owners: [] })).toBe(true)
    expect((await store.list(news.address))?.settings).toEqual({ owners: [] })
  })

  test('cannot be made twice', async () => {
    const store = await newStore()
    await store.createList(news)
    await expect(store.createList(news)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('takes its subscribers with it, and its number is not given to another', async () => {
    const store = await newStore()
    const id = await store.createList(news)
    await store.subscribe(id, people('a@x.example'), 2_000)
    expect(await store.deleteList(id)).toBe(true)
    expect(await store.deleteList(id)).toBe(false)
    expect(await store.subscribers({ listId: id, limit: 10 })).toEqual([])
    expect(await store.createList(news)).toBeGreaterThan(id)
  })

  test('shows in the version whenever it changes, and its subscribers do not', async () => {
    const store = await newStore()
    const versions = [await store.listsVersion()]
    const id = await store.createList(news)
    versions.push(await store.listsVersion())
    await store.subscribe(id, people('a@x.example'), 2_000)
    expect(await store.listsVersion()).toBe(versions.at(-1))
    await store.changeList(id, {})
    versions.push(await store.listsVersion())
    await store.deleteList(id)
    versions.push(await store.listsVersion())
    expect(new Set(versions).size).toBe(4)
  })
})

describe('subscribers', () => {
  test('are on a list once, in the spelling that came first', async () => {
    const store = await newStore()
    const id = await store.createList(news)
    expect(await store.subscribe(id, people('Ann@X.example', 'b@x.example'), 2_000)).toEqual({
      added: 2,
      present: 0,
    })
    expect(await store.subscribe(id, people('ann@x.example', 'c@x.example'), 3_000)).toEqual({
      added: 1,
      present: 1,
    })
    expect(await store.subscriber(id, 'ann@x.example')).toMatchObject({
      address: 'Ann@X.example',
      state: 'active',
      subscribedAt: 2_000,
      bounceScore: 0,
      probeDueAt: null,
    })
    expect(await store.subscriberCounts(id)).toEqual({ active: 3, suspended: 0 })
  })

  test('need a list', async () => {
    const store = await newStore()
    await expect(store.subscribe(99, people('a@x.example'), 1)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('are paged in the order of their ids, by state', async () => {
    const store = await newStore()
    const id = await store.createList(news)
    await store.subscribe(id, people('a@x.example', 'b@x.example', 'c@x.example', 'd@x.example'), 2_000)
    await store.suspendSubscribers(id, ['b@x.example'], suspension)
    const first = await store.subscribers({ listId: id, limit: 2, state: 'active' })
    const after = first.at(-1)?.id ?? 0
    const rest = await store.subscribers({ listId: id, limit: 2, state: 'active', after })
    expect([...first, ...rest].map(one => one.address)).toEqual(['a@x.example', 'c@x.example', 'd@x.example'])
    expect((await store.subscribers({ listId: id, limit: 9 })).length).toBe(4)
    expect((await store.subscribers({ listId: id, limit: 9, state: 'suspended' })).length).toBe(1)
  })

  test('are suspended and resumed; a new subscription does not wake them', async () => {
    const store = await newStore()
    const id = await store.createList(news)
    await store.subscribe(id, people('a@x.example', 'b@x.example'), 2_000)
    expect(await store.suspendSubscribers(id, ['a@x.example', 'none@x.example'], suspension)).toBe(1)
    await store.subscribe(id, people('a@x.example'), 6_000)
    const suspended = await store.subscriber(id, 'a@x.example')
    expect(suspended).toMatchObject({
      state: 'suspended',
      suspendedBy: 'operator',
      reason: 'asked',
      suspendedAt: 5_000,
    })
    expect(await store.subscriberCounts(id)).toEqual({ active: 1, suspended: 1 })
    expect(await store.resumeSubscribers(id, ['a@x.example', 'b@x.example'])).toBe(1)
    expect(await store.subscriber(id, 'a@x.example')).toMatchObject({
      state: 'active',
      suspendedAt: null,
      reason: null,
    })
  })

  test('are removed by address or by number, from their own list only', async () => {
    const store = await newStore()
    const id = await store.createList(news)
    const other = await store.createList({ ...news, address: 'other@lists.example' })
    await store.subscribe(id, people('a@x.example', 'b@x.example'), 2_000)
    await store.subscribe(other, people('a@x.example'), 2_000)
    const number = (await store.subscriber(id, 'a@x.example'))?.id ?? 0
    expect(await store.removeSubscriber(other, number)).toBe(false)
    expect(await store.removeSubscriber(id, number)).toBe(true)
    expect(await store.subscriberById(number)).toBeUndefined()
    expect(await store.unsubscribe(id, ['a@x.example', 'b@x.example'])).toBe(1)
    expect(await store.subscriberCounts(other)).toEqual({ active: 1, suspended: 0 })
  })
})

describe.skipIf(isOnServer())('a writer beside a running relay', () => {
  test('changes what the relay sees, and sees what the relay changes', async () => {
    const file = newFile()
    const store = await newStore({ file })
    const writer = newWriter(file)
    const before = await store.listsVersion()
    const id = writer.createList(news)
    expect(await store.listsVersion()).not.toBe(before)
    await store.subscribe(id, people('a@x.example'), 2_000)
    expect(writer.subscriberCounts(id)).toEqual({ active: 1, suspended: 0 })
    await store.spool(newMessage(1))
    expect(writer.lastQueueId()).toBe(newMessage(1).queueId)
  })

  test('does several things together or none of them', async () => {
    const writer = newWriter(newFile())
    const id = writer.createList(news)
    const attempt = () =>
      writer.together(() => {
        writer.subscribe(id, people('a@x.example'), 2_000)
        writer.createList(news)
      })
    expect(attempt).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(writer.subscriberCounts(id)).toEqual({ active: 0, suspended: 0 })
  })

  test('waits for a transaction of the relay instead of failing', async () => {
    const file = newFile()
    const store = await newStore({ file, commitDelayMilliseconds: 50 })
    const writer = newWriter(file)
    const spooled = [1, 2, 3].map(number => store.spool(newMessage(number)))
    expect(writer.createList(news)).toBe(1)
    await Promise.all(spooled)
  })

  test('makes the database where there is none yet', () => {
    const file = newFile()
    expect(newWriter(file).lists()).toEqual([])
  })
})
