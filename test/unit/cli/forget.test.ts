import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStoreBeside } from '../../../src/store/open-store.ts'
import { forwarded, newDelivery, newMessage, queueId } from '../store/fixtures.ts'
import { relay } from './command-line.ts'

let folder = ''
const before = process.cwd()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forget-'))
  process.chdir(folder)
  writeFileSync(
    'relay.config.ts',
    `export default {
      hostname: 'relay.alias.example',
      listeners: [{ name: 'mx', port: 0 }],
      postmaster: 'bob@gone.example',
      domains: { 'alias.example': { aliases: { team: ['Bob@gone.example'] } } },
    }`,
  )
})
afterEach(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

test('a person is unsubscribed and erased, and every place is named that an operator has to decide about', async () => {
  await relay(['lists', 'create', 'news@alias.example', '--owner', 'bob@gone.example'])
  await relay(['lists', 'subscribe', 'news@alias.example', 'bob@gone.example'])
  await relay(['aliases', 'set', 'sales@alias.example', 'bob@gone.example'])
  const run = await relay(['forget', 'BOB@gone.example', '--json'])
  expect(run.status).toBe(0)
  expect(JSON.parse(run.out)).toEqual({
    address: 'BOB@gone.example',
    lists: ['news@alias.example'],
    requests: 0,
    news: 0,
    messages: 0,
    open: [],
    stillIn: [
      'postmaster',
      'alias team@alias.example of the configuration',
      'alias sales@alias.example (database)',
      'settings of list news@alias.example',
    ],
  })
  const again = await relay(['forget', 'bob@gone.example'])
  expect(again.out).toContain('was subscribed to no list')
  expect(again.out).toContain('the log of the relay')
})

test('the status says that something is left when a message is still on its way', async () => {
  await relay(['aliases', 'set', 'sales@alias.example', 'a@x.example'])
  const store = await openStoreBeside(join(folder, 'data', 'relay.sqlite'), 'change')
  await store.spool(newMessage(1))
  await store.plan(queueId(1), [newDelivery(0, { forwardPath: 'bob@gone.example' })], forwarded)
  await store.close()
  const run = await relay(['forget', 'bob@gone.example'])
  expect(run).toMatchObject({ status: 1, out: expect.stringContaining(queueId(1)) })
})

test('what is no address is a mistake', async () => {
  expect(await relay(['forget', 'bob'])).toMatchObject({ status: 2, out: '' })
})
