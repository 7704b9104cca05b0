/** The store as a command opens it, beside a relay: the same interface, by a connection of its own. */
import { expect, test } from 'vitest'
import {
  newStoreBeside as beside,
  newDelivery,
  newFile,
  newMessage,
  newStore,
  queued,
  queueId,
} from './fixtures.ts'

test('answers what the relay has put on disk, and shows it what it changes', async () => {
  const file = newFile()
  const relay = await newStore({ file })
  await queued(relay, 1, [newDelivery(0)])
  const command = await beside(file, 'change')
  expect(await command.message(queueId(1))).toEqual(await relay.message(queueId(1)))
  expect(await command.holdDeliveries({ kind: 'all' })).toBe(1)
  expect((await relay.delivery(queueId(1), 0))?.state).toBe('held')
})

test('takes and answers messages and deliveries as the store of a relay does', async () => {
  const file = newFile()
  const command = await beside(file, 'change')
  const planned = await queued(command, 1, [newDelivery(1), newDelivery(0)])
  expect(planned.map(({ ordinal }) => ordinal)).toEqual([0, 1])
  expect(planned).toEqual([await command.delivery(queueId(1), 0), await command.delivery(queueId(1), 1)])
  expect((await command.message(queueId(1)))?.octets).toEqual(newMessage(1).octets)
})

test('opened for reading it refuses every change and goes on answering', async () => {
  const file = newFile()
  await (await beside(file, 'change')).spool(newMessage(1))
  const reader = await beside(file, 'read')
  await expect(reader.spool(newMessage(2))).rejects.toMatchObject({ code: 'read-only' })
  await expect(reader.together([['holdDeliveries', { kind: 'all' }]])).rejects.toMatchObject({
    code: 'read-only',
  })
  expect(await reader.lastQueueId()).toBe(queueId(1))
})

test('a store that is not there is made for changes only', async () => {
  const file = newFile()
  await expect(beside(file, 'read')).rejects.toMatchObject({ code: 'missing' })
  expect(await (await beside(file, 'change')).lists()).toEqual([])
  expect(await (await beside(file, 'read')).lists()).toEqual([])
})

test('a closed store refuses what is asked of it', async () => {
  const store = await beside(newFile(), 'change')
  await store.close()
  await expect(store.counts()).rejects.toMatchObject({ code: 'closed' })
  await expect(store.spool(newMessage(1))).rejects.toMatchObject({ code: 'closed' })
})

test.each(['thread', 'connection'] as const)(
  'changes made together are all made or none, by a %s',
  async by => {
    const file = newFile()
    const store = by === 'thread' ? await newStore({ file }) : await beside(file, 'change')
    const listId = await store.createList({ address: 'news@lists.example', settings: {}, createdAt: 1 })
    const person = (name: string) => [{ address: `${name}@x.example`, addressKey: `${name}@x.example` }]
    const noList = listId + 1
    const broken = store.together([
      ['subscribe', listId, person('a'), 1],
      ['subscribe', noList, person('b'), 1],
    ])
    await expect(broken).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.subscribers({ listId, limit: 9 })).toEqual([])
    const answers = await store.together([
      ['subscribe', listId, person('a'), 1],
      ['unsubscribe', listId, ['a@x.example']],
      ['unsubscribe', listId, ['a@x.example']],
    ])
    expect(answers).toEqual([{ added: 1, present: 0 }, 1, 0])
  },
)

test('settings of a list are changed only by whoever has seen the last change', async () => {
  const file = newFile()
  const [one, other] = [await beside(file, 'change'), await beside(file, 'change')]
  const listId = await one.createList({ address: 'news@lists.example', settings: {}, createdAt: 1 })
  const [seen, seenToo] = [await one.listsVersion(), await other.listsVersion()]
  expect(await one.changeList(listId, { title: 'first' }, seen)).toBe(true)
  expect(await other.changeList(listId, { title: 'second' }, seenToo)).toBe(false)
  expect((await other.list('news@lists.example'))?.settings).toEqual({ title: 'first' })
  expect(await other.changeList(listId, { title: 'second' }, await other.listsVersion())).toBe(true)
})
