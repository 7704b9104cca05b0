/** Accounts in the store: through its thread, as a relay asks. */
import { describe, expect, test } from 'vitest'
import type { NewAccount } from '../../../src/store/account-records.ts'
import { newFile, newMessage, newStore, queueId } from './fixtures.ts'

const ann: NewAccount = {
  name: 'Ann',
  nameKey: 'ann',
  credentials: { scrypt: { hash: 'x' } },
  senders: ['ann@alias.example'],
  dailyLimit: null,
  clients: 'observe',
  createdAt: 1_000,
}

describe('an account', () => {
  test('comes back as it was given, by its name and by its number', async () => {
    const store = await newStore()
    const id = await store.createAccount(ann)
    const stored = { ...ann, id, state: 'active', changedAt: 1_000 }
    expect(await store.account('ann')).toEqual(stored)
    expect(await store.accountById(id)).toEqual(stored)
    expect(await store.accounts({ limit: 10 })).toEqual([stored])
    expect(await store.accounts({ limit: 10, after: id })).toEqual([])
    expect(await store.account('bob')).toBeUndefined()
  })

  test('cannot be made twice, and its number is not given to another', async () => {
    const store = await newStore()
    const id = await store.createAccount(ann)
    await expect(store.createAccount(ann)).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.deleteAccount(id)).toBe(true)
    expect(await store.deleteAccount(id)).toBe(false)
    expect(await store.createAccount(ann)).toBeGreaterThan(id)
  })

  test('changes what is named and keeps the rest; sessions end with a change of state or credentials only', async () => {
    const store = await newStore()
    const id = await store.createAccount(ann)
    expect(await store.changeAccount(id, { senders: ['@alias.example'], dailyLimit: 5 }, 2_000)).toBe(true)
    expect(await store.accountById(id)).toMatchObject({
      senders: ['@alias.example'],
      dailyLimit: 5,
      changedAt: 1_000,
    })
    await store.changeAccount(id, { state: 'disabled' }, 3_000)
    expect(await store.accountById(id)).toMatchObject({ state: 'disabled', dailyLimit: 5, changedAt: 3_000 })
    await store.changeAccount(id, { dailyLimit: null, clients: 'bind' }, 4_000)
    expect(await store.accountById(id)).toMatchObject({ dailyLimit: null, clients: 'bind', changedAt: 3_000 })
    expect(await store.changeAccount(id + 1, { state: 'active' }, 5_000)).toBe(false)
  })
})

describe('the day of an account', () => {
  const use = { day: 20_000, recipients: 2, limit: 5 }

  test('takes messages up to its limit, whole ones only, and what is refused is not stored', async () => {
    const store = await newStore()
    const accountId = await store.createAccount(ann)
    expect(await store.spoolSubmitted(newMessage(1), { ...use, accountId })).toBe('stored')
    expect(await store.spoolSubmitted(newMessage(2), { ...use, accountId })).toBe('stored')
    expect(await store.spoolSubmitted(newMessage(3), { ...use, accountId })).toBe('limit')
    expect(await store.message(queueId(3))).toBeUndefined()
    expect(await store.spoolSubmitted(newMessage(3), { ...use, recipients: 1, accountId })).toBe('stored')
    expect(await store.accountUse(accountId, use.day)).toBe(5)
    expect((await store.message(queueId(3)))?.state).toBe('spooled')
  })

  test('is counted across a restart, and the next day begins anew', async () => {
    const file = newFile()
    const first = await newStore({ file })
    const accountId = await first.createAccount(ann)
    await first.spoolSubmitted(newMessage(1), { ...use, recipients: 5, accountId })
    await first.close()
    const second = await newStore({ file })
    expect(await second.spoolSubmitted(newMessage(2), { ...use, accountId })).toBe('limit')
    expect(await second.spoolSubmitted(newMessage(2), { ...use, day: 20_001, accountId })).toBe('stored')
    expect(await second.accountUse(accountId, 20_000)).toBe(0)
  })

  test('of two messages at the same time one is too much, and only one is stored', async () => {
    const store = await newStore()
    const accountId = await store.createAccount(ann)
    const answers = await Promise.all(
      [1, 2].map(number => store.spoolSubmitted(newMessage(number), { ...use, recipients: 3, accountId })),
    )
    expect(answers).toEqual(['stored', 'limit'])
  })

  test('is over for an account that was disabled or removed', async () => {
    const store = await newStore()
    const accountId = await store.createAccount(ann)
    await store.changeAccount(accountId, { state: 'disabled' }, 2_000)
    expect(await store.spoolSubmitted(newMessage(1), { ...use, accountId })).toBe('gone')
    await store.deleteAccount(accountId)
    expect(await store.spoolSubmitted(newMessage(1), { ...use, accountId })).toBe('gone')
    expect(await store.message(queueId(1))).toBeUndefined()
  })
})

describe('the clients of an account', () => {
  test('are noted, allowed and forgotten', async () => {
    const store = await newStore()
    const id = await store.createAccount(ann)
    expect(await store.noteClient(id, 'one', 10, 100)).toBe(false)
    expect(await store.noteClient(id, 'one', 20, 100)).toBe(false)
    expect(await store.allowClients(id, ['one', 'two'], 30)).toBe(2)
    expect(await store.allowClients(id, ['one'], 30)).toBe(0)
    expect(await store.noteClient(id, 'one', 40, 100)).toBe(true)
    expect(await store.accountClients(id)).toEqual([
      { clientKey: 'one', state: 'allowed', firstAt: 10, lastAt: 40, times: 3 },
      { clientKey: 'two', state: 'allowed', firstAt: 30, lastAt: 30, times: 0 },
    ])
    expect(await store.forgetClients(id, ['one', 'three'])).toBe(1)
    expect(await store.noteClient(id, 'one', 50, 100)).toBe(false)
  })

  test('are bounded: the ones seen last stay, and allowed ones are not displaced', async () => {
    const store = await newStore()
    const id = await store.createAccount(ann)
    await store.allowClients(id, ['mine'], 0)
    for (const [at, key] of ['a', 'b', 'c', 'd'].entries()) await store.noteClient(id, key, at, 2)
    const kept = (await store.accountClients(id)).map(({ clientKey }) => clientKey)
    expect(kept).toEqual(['d', 'c', 'mine'])
  })

  test('go with their account', async () => {
    const store = await newStore()
    const id = await store.createAccount(ann)
    await store.noteClient(id, 'one', 10, 100)
    await store.deleteAccount(id)
    expect(await store.accountClients(id)).toEqual([])
    expect(await store.noteClient(id, 'one', 10, 100)).toBe(false)
  })
})
