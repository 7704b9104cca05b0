/** Tokens of the API, and pages of the queue, as the store keeps and tells them. */
import { expect, test } from 'vitest'
import type { QueuePlace } from '../../../src/store/queries.ts'
import type { NewToken } from '../../../src/store/token-store.ts'
import { newDelivery, newStore, queued } from './fixtures.ts'

const token: NewToken = {
  name: 'Dashboard',
  nameKey: 'dashboard',
  scopes: ['read', 'queue'],
  secretHash: 'ab'.repeat(32),
  createdAt: 1_000,
  expiresAt: null,
}

test('a token is found by its number until it is removed by its name; no two have the same', async () => {
  const store = await newStore()
  const id = await store.createToken(token)
  expect(await store.token(id)).toEqual({ ...token, id, usedAt: null })
  await expect(store.createToken({ ...token, name: 'DASHBOARD' })).rejects.toMatchObject({ code: 'conflict' })
  await store.noteTokenUse(id, 5_000)
  const other = { ...token, name: 'a', nameKey: 'a', expiresAt: 9_000 }
  const otherId = await store.createToken(other)
  expect(await store.tokens()).toEqual([
    { ...other, id: otherId, usedAt: null },
    { ...token, id, usedAt: 5_000 },
  ])
  expect(await store.deleteToken('dashboard')).toBe(true)
  expect(await store.deleteToken('dashboard')).toBe(false)
  expect(await store.token(id)).toBeUndefined()
})

test('a page of the queue goes on behind a delivery, also among those of the same time', async () => {
  const store = await newStore()
  const deliveries = [0, 1, 2, 3, 4].map(ordinal => newDelivery(ordinal))
  await queued(store, 1, deliveries)
  const seen: number[] = []
  for (let after: QueuePlace | undefined; ; ) {
    const page = await store.listQueue({ limit: 2, ...(after !== undefined && { after }) })
    seen.push(...page.map(one => one.ordinal))
    const last = page.at(-1)
    if (last === undefined) break
    after = { nextAttemptAt: last.nextAttemptAt, id: last.id }
  }
  expect(seen).toEqual([0, 1, 2, 3, 4])
})
