/** What no message asks of the store: keys that relays share, those who may see its pages, lists that go. */
import { expect, test } from 'vitest'
import { newMessage, newStore, queueId } from './fixtures.ts'

test('a sealed file is made once, and replaced only by who has seen what it replaces', async () => {
  const store = await newStore()
  const [sealed, later] = ['first', 'later']
  expect(await store.putSealedFile({ name: 'ed.pem', version: 0, sealed })).toBe(true)
  expect(await store.putSealedFile({ name: 'ed.pem', version: 0, sealed: later })).toBe(false)
  expect(await store.putSealedFile({ name: 'ed.pem', version: 1, sealed: later })).toBe(true)
  expect(await store.putSealedFile({ name: 'ed.pem', version: 1, sealed })).toBe(false)
  expect(await store.sealedFiles()).toEqual([{ name: 'ed.pem', version: 2, sealed: later }])
})

test('who may see the pages is found by name and number, changed, and gone when removed', async () => {
  const store = await newStore()
  const ann = {
    name: 'Ann',
    nameKey: 'ann',
    role: 'operator',
    credentials: { scrypt: 'x' },
    createdAt: 1,
  } as const
  const id = await store.createAdmin(ann)
  await expect(store.createAdmin(ann)).rejects.toMatchObject({ code: 'conflict' })
  expect(await store.admin('ann')).toMatchObject({ ...ann, id })
  expect(await store.changeAdmin(id, { role: 'reader' }, 2)).toBe(true)
  expect(await store.adminById(id)).toMatchObject({ role: 'reader' })
  expect((await store.admins()).map(admin => admin.nameKey)).toEqual(['ann'])
  expect([await store.deleteAdmin(id), await store.deleteAdmin(id)]).toEqual([true, false])
  expect(await store.adminById(id)).toBeUndefined()
})

test('subscribers of a list that goes are removed in steps; nobody is failing who was never refused', async () => {
  const store = await newStore()
  const listId = await store.createList({ address: 'news@lists.example', settings: {}, createdAt: 1 })
  const people = ['a', 'b', 'c'].map(name => ({
    address: `${name}@x.example`,
    addressKey: `${name}@x.example`,
  }))
  await store.subscribe(listId, people, 5)
  expect(await store.failingSubscribers(listId, 10)).toEqual([])
  await store.suspendSubscribers(listId, ['b@x.example'], { at: 6, by: 'bounces', reason: 'full' })
  expect((await store.failingSubscribers(listId, 10)).map(({ address }) => address)).toEqual(['b@x.example'])
  expect([await store.removeSubscribers(listId, 2), await store.removeSubscribers(listId, 2)]).toEqual([2, 1])
})

test('messages are shown again by their queue ids, those that are there', async () => {
  const store = await newStore()
  await store.spool(newMessage(1))
  await store.spool(newMessage(2))
  const shown = await store.messagesById([queueId(2), queueId(3)])
  expect(shown.map(message => message.queueId)).toEqual([queueId(2)])
})

test('policies are fetched again that were fetched before a time or have lived half of theirs, the oldest first', async () => {
  const store = await newStore()
  const policy = { id: '1', mode: 'enforce', maxAgeSeconds: 10, mx: ['mx.example'], lines: ['a'] } as const
  for (const [domain, fetchedAt, expiresAt] of [
    ['fresh.example', 4_000, 14_000],
    ['half.example', 3_000, 5_900],
    ['old.example', 1_000, 14_000],
    ['ended.example', 1_000, 4_400],
  ] as const)
    await store.keepStsPolicy({ ...policy, domain, fetchedAt, expiresAt })
  const query = { now: 4_500, fetchedBefore: 2_000, limit: 10 }
  const refreshed = await store.stsPoliciesToRefresh(query)
  expect(refreshed.map(({ domain }) => domain)).toEqual(['old.example', 'half.example'])
})
