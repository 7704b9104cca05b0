import { expect, test } from 'vitest'
import type { NewListRequest } from '../../../src/store/list-request-records.ts'
import { records } from '../../support/records.ts'
import { newStore } from './fixtures.ts'

const limits = { since: 0, perAddress: 2, perList: 3, perNetwork: 100 }
const request: NewListRequest = {
  listId: 1,
  kind: 'subscribe',
  address: 'A@b.example',
  addressKey: 'a@b.example',
  countedAs: 'a@b.example',
  network: '192.0.2.1',
  createdAt: 1_000,
  expiresAt: 2_000,
}

async function storeWithList() {
  const store = await newStore()
  await store.createList({ address: 'news@lists.example', settings: {}, createdAt: 0 })
  return store
}

function command(queueId: string) {
  return {
    queueId,
    receivedAt: 1_000,
    record: records.command,
    state: 'spooled',
    listener: 'mx',
    peer: null,
    envelope: { reversePath: '', forwardPaths: [], smtpUtf8: false },
    octets: Buffer.from('x'),
    prepend: Buffer.alloc(0),
    removed: [],
  } as const
}

test('requests are stored with their message until a limit is reached; then neither is', async () => {
  const store = await storeWithList()
  const spool = (queueId: string, changes: Partial<NewListRequest> = {}) =>
    store.spoolRequest(command(queueId), { ...request, ...changes }, limits)
  expect(await spool('A')).toBeUndefined()
  expect(await spool('B')).toBeUndefined()
  expect(await spool('C')).toBe('address')
  expect(await store.message('C')).toBeUndefined()
  expect(await spool('D', { countedAs: 'c@d.example' })).toBeUndefined()
  expect(await spool('E', { countedAs: 'e@f.example' })).toBe('list')
  expect(await store.listRequest('A')).toMatchObject({ state: 'asked', queueId: 'A', address: 'A@b.example' })
})

test('of requests that come at the same time no more are taken than the limit allows', async () => {
  const store = await storeWithList()
  const reached = await Promise.all(
    Array.from({ length: 20 }, (_, at) => store.spoolRequest(command(`Q${at}`), request, limits)),
  )
  expect(reached.filter(limit => limit === undefined)).toHaveLength(2)
})

test('requests older than the time that counts stand in nobody’s way', async () => {
  const store = await storeWithList()
  for (const queueId of ['A', 'B']) await store.spoolRequest(command(queueId), request, limits)
  const later = { ...limits, since: 1_000 }
  expect(await store.spoolRequest(command('C'), request, later)).toBeUndefined()
})

test('an order is carried out once: as a whole the first time, not at all afterwards', async () => {
  const store = await storeWithList()
  await store.spoolRequest(command('A'), request, limits)
  const order = {
    command: { queueId: 'A', reason: null, keepUntil: 5_000 },
    request: { id: 1, from: 'asked', to: 'done' },
    subscribe: { listId: 1, subscriber: { address: 'A@b.example', addressKey: 'a@b.example' }, at: 1_500 },
  } as const
  const notice = {
    message: { ...command('N'), record: records.notice, state: 'forwarded', keepUntil: 9 },
    deliveries: [],
  } as const
  const answers = await Promise.all([store.carryOut(order, notice), store.carryOut(order, notice)])
  expect(answers.map(answer => answer.isDone)).toEqual([true, false])
  expect(await store.message('A')).toMatchObject({ state: 'obeyed', keepUntil: 5_000 })
  expect(await store.subscribers({ listId: 1, limit: 9 })).toMatchObject([
    { address: 'A@b.example', state: 'active' },
  ])
})

test('a request that is in another state by now ends its command and changes nothing else', async () => {
  const store = await storeWithList()
  await store.spoolRequest(command('A'), request, limits)
  await store.carryOut({ request: { id: 1, from: 'asked', to: 'done' } })
  const order = {
    command: { queueId: 'A', reason: null, keepUntil: 5_000 },
    request: { id: 1, from: 'asked', to: 'done' },
    subscribe: { listId: 1, subscriber: request, at: 1_500 },
  } as const
  expect((await store.carryOut(order)).isDone).toBe(false)
  expect(await store.message('A')).toMatchObject({ state: 'obeyed' })
  expect(await store.subscribers({ listId: 1, limit: 9 })).toEqual([])
})

test('requests that are over are removed, a few at a time', async () => {
  const store = await storeWithList()
  for (const queueId of ['A', 'B']) await store.spoolRequest(command(queueId), request, limits)
  expect(await store.pruneRequests(2_000, 10)).toBe(0)
  expect(await store.pruneRequests(2_001, 1)).toBe(1)
  expect(await store.pruneRequests(2_001, 10)).toBe(1)
})
