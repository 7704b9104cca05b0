/** Erasing a person: nothing of the address is left in the files, and nobody else is touched. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openStoreBeside } from '../../../src/store/open-store.ts'
import type { ForgetAnswer } from '../../../src/store/retention-records.ts'
import { addressPattern } from '../../../src/store/sqlite/forget.ts'
import type { Store } from '../../../src/store/store.ts'
import { admission } from '../../support/records.ts'
import {
  claimOf,
  forwarded,
  isOnServer,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newStore,
  queueId,
} from './fixtures.ts'

const person = 'bob@gone.example'

describe('the address is recognised', () => {
  test.each([
    'bob@gone.example',
    '<BOB@Gone.Example>',
    '"rt":["bob@gone.example"]',
    '550 5.1.1 bob@gone.example: unknown.',
    'list-bounces+bob=gone.example@list.example',
  ])('in %s', text => {
    expect(addressPattern(person).test(text)).toBe(true)
  })

  test.each([
    'notbob@gone.example',
    'not.bob@gone.example',
    'bob@gone.example.org',
    'bob@gone.example-two.org',
    'bob@notgone.example',
    'bobby@gone.example',
  ])('and not in %s', text => {
    expect(addressPattern(person).test(text)).toBe(false)
  })

  test('with either spelling of an internationalised domain', () => {
    const pattern = addressPattern('bob@bücher.example')
    expect('bob@xn--bcher-kva.example'.match(pattern)).not.toBeNull()
    expect('bob@bücher.example'.match(pattern)).not.toBeNull()
  })
})

async function forget(store: Store): Promise<{ messages: number; open: readonly string[] }> {
  const open: string[] = []
  let messages = 0
  for (let after: number | null = 0; after !== null; ) {
    const step: ForgetAnswer = await store.forgetInMessages({ address: 'Bob@gone.example', after, limit: 2 })
    messages += step.messages
    open.push(...step.open)
    after = step.last
  }
  return { messages, open }
}

async function storeWithPerson(file: string): Promise<Store> {
  const store = await newStore({ file })
  const envelope = { reversePath: person, forwardPaths: ['team@alias.example'], smtpUtf8: false }
  const record = { kind: 'forward', admission: { ...admission, state: 'none' } } as const
  await store.spool(
    newMessage(1, { envelope, record, octets: Buffer.from(`From: Bob <${person}>\r\n\r\nbody\r\n`) }),
  )
  await store.spool(newMessage(2))
  await store.spool(newMessage(3, { octets: Buffer.from(`Cc: x@y.example, ${person}\r\n\r\nbody\r\n`) }))
  await store.spool(newMessage(4))
  for (const number of [1, 2, 3, 4]) {
    const to = number === 2 ? { forwardPath: person } : {}
    const [delivery] = await store.plan(queueId(number), [newDelivery(0, to)], forwarded)
    const reply = { code: 250, enhanced: '2.0.0', text: number === 2 ? `<${person}> ok` : 'ok' }
    await store.finishAttempt(claimOf(delivery?.id), newAttempt({ reply }))
  }
  await store.shedBodies({ after: 0, limit: 10, endedBefore: 1_000_000 })
  return store
}

test('what is kept of messages names it no more, as sender, recipient, in replies and in header sections', async () => {
  const file = newFile()
  const store = await storeWithPerson(file)
  const other = await store.showMessage(queueId(4))
  expect(await forget(store)).toEqual({ messages: 3, open: [] })
  for (const number of [1, 2, 3]) {
    expect(JSON.stringify(await store.showMessage(queueId(number)))).not.toMatch(/bob/i)
    expect(await store.headerSection(queueId(number))).toBeNull()
  }
  expect((await store.showMessage(queueId(1)))?.message.envelope.reversePath).toBe('')
  expect((await store.showMessage(queueId(2)))?.deliveries[0]).toMatchObject({
    forwardPath: 'forgotten@forgotten.invalid',
    log: [{ reply: { text: '<forgotten@forgotten.invalid> ok' } }],
  })
  expect(await store.showMessage(queueId(4))).toEqual(other)
  for (const criteria of [{ from: person }, { to: person }])
    expect(await store.listMessages({ limit: 10, criteria })).toEqual([])
  expect(await forget(store)).toEqual({ messages: 0, open: [] })
})

test('a message that is on its way keeps it, and is named', async () => {
  const store = await newStore()
  await store.spool(newMessage(1))
  await store.plan(queueId(1), [newDelivery(0, { forwardPath: person })], forwarded)
  expect(await forget(store)).toEqual({ messages: 0, open: [queueId(1)] })
  expect((await store.delivery(queueId(1), 0))?.forwardPath).toBe(person)
})

test('its subscriptions, requests and news go, and nobody else', async () => {
  const store = await newStore()
  const id = await store.createList({ address: 'news@alias.example', settings: {}, createdAt: 1 })
  await store.subscribe(
    id,
    [person, 'other@gone.example'].map(address => ({ address, addressKey: address })),
    1,
  )
  expect(await store.forgetInLists('Bob@Gone.example')).toEqual({
    lists: ['news@alias.example'],
    requests: 0,
    news: 0,
  })
  expect((await store.subscribers({ listId: id, limit: 10 })).map(({ address }) => address)).toEqual([
    'other@gone.example',
  ])
})

test.skipIf(isOnServer())('no octet of it is left in the files, in room that is unused neither', async () => {
  const file = newFile()
  const first = await storeWithPerson(file)
  await first.close()
  const store = await openStoreBeside(file, 'change')
  expect(readFileSync(file).includes(person)).toBe(true)
  await forget(store)
  await store.scrub()
  await store.close()
  expect(readFileSync(file, 'latin1').toLowerCase()).not.toContain(person)
})
