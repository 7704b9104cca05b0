/** lists held, approve and reject, on a database that no relay has opened. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import { openReader } from '../../support/database-beside.ts'
import { forwarded, newMessage, queueId } from '../store/fixtures.ts'
import type { Run } from './command-line.ts'
import { relay } from './command-line.ts'

const checkout = process.cwd()
const file = join('data', 'relay.sqlite')
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'held-cli-'))
  process.chdir(folder)
  writeFileSync(
    'relay.config.ts',
    `export default { hostname: 'relay.lists.example', dataDirectory: 'data', listeners: [{ name: 'mx', port: 0 }], domains: { 'lists.example': {} } }\n`,
  )
  mkdirSync('data', { mode: 0o700 })
  await lists('create', 'news@lists.example', '--owner', 'owner@owners.example')
  const store = await openStore({ file })
  for (const number of [1, 2]) {
    const octets = Buffer.from(`From: jane@origin.example\r\nSubject: Plan ${number}\x1b[31m\r\n\r\nbody\r\n`)
    await store.spool(newMessage(number, { octets }))
    const held = { listId: 1, listAddress: 'news@lists.example', recipient: 'news@lists.example' }
    const post = {
      ...held,
      state: 'held',
      reason: 'not a subscriber',
      createdAt: 5_000,
      messageIdHash: null,
    } as const
    await store.planPosts(queueId(number), [], [post], forwarded)
  }
  await store.close()
})

afterEach(() => {
  process.chdir(checkout)
  rmSync(folder, { recursive: true })
})

function lists(...args: string[]): Promise<Run> {
  return relay(['lists', ...args])
}

test('what is held is listed with its author and subject, whatever they hold', async () => {
  const { status, out } = await lists('held', 'news@lists.example')
  expect(status).toBe(0)
  expect(out).toMatch(/^1 +news@lists\.example +\S+ +jane@origin\.example +Plan 1/m)
  expect(out).not.toContain('\x1b')
  expect(JSON.parse((await lists('held', '--json')).out)).toMatchObject([
    { post: 1, list: 'news@lists.example', reason: 'not a subscriber', reversePath: 'alice@origin.example' },
    { post: 2, subject: 'Plan 2 [31m' },
  ])
})

test('an approved post is open, and approving it again is an error', async () => {
  expect(await lists('approve', '1')).toMatchObject({ status: 0, out: '1: approved\n' })
  expect(await lists('approve', '1', '7')).toMatchObject({
    status: 1,
    out: '1: not held, but accepted\n7: no such post\n',
  })
  expect((await lists('held')).out).not.toContain('Plan 1')
})

test('a rejected post is a failure that the author hears of, unless asked otherwise', async () => {
  expect(await lists('reject', '1', '--reason', 'off\ntopic')).toMatchObject({ status: 0 })
  expect(await lists('reject', '2', '--silent')).toMatchObject({ status: 0 })
  expect((await lists('held')).out).toBe('no post is held\n')
  const reader = openReader(file)
  expect(reader.failuresToReport(10)).toEqual([{ queueId: queueId(1), ordinals: [0] }])
  expect(reader.delivery(queueId(1), 0)?.reason).toBe(
    '5.7.1 an owner of news@lists.example has rejected the message: off topic',
  )
  expect(reader.post(2)).toMatchObject({ state: 'rejected', reason: 'rejected by an owner' })
  reader.close()
})

test.each([
  ['news', []],
  ['gone', ['no alias gone@lists.example here']],
])('check knows whether an alias leads to a list: %s', async (name, problems) => {
  const aliases = `{ 'lists.example': { aliases: { all: ['${name}@lists.example'] } } }`
  writeFileSync(
    `${name}.config.ts`,
    `export default { hostname: 'relay.lists.example', dataDirectory: 'data', postmaster: 'p@x.example', listeners: [{ name: 'mx', port: 0 }], domains: ${aliases} }\n`,
  )
  writeFileSync('zone.json', '{}')
  const { out } = await relay(['check', '--json', '--dns', 'zone.json', '--config', `${name}.config.ts`])
  expect(JSON.parse(out).problems).toEqual(problems)
})
