import { describe, expect, onTestFinished, test } from 'vitest'
import { fieldValue } from '../../../src/message/header-field.ts'
import { readMessage } from '../../../src/message/message.ts'
import type { TakenUp } from '../../../src/service/kinds.ts'
import type { PathWorkers } from '../../../src/service/path-workers.ts'
import { openPathWorkers } from '../../../src/service/path-workers.ts'
import { pullInAttempts, unplannedPages } from '../../../src/service/recovery.ts'
import type { Store } from '../../../src/store/store.ts'
import type { OpenPath } from '../../support/path.ts'
import { openPath } from '../../support/path.ts'
import { admission } from '../../support/records.ts'
import { claimOf, newDelivery, newMessage, queueId } from '../store/fixtures.ts'

interface Rig extends OpenPath {
  readonly workers: PathWorkers
  readonly takenUp: TakenUp[]
}

async function rig(): Promise<Rig> {
  const open = await openPath()
  const takenUp: TakenUp[] = []
  const workers = openPathWorkers(open.path, async message => void takenUp.push(message))
  workers.queue.start([])
  onTestFinished(async () => {
    for (const one of [workers.posts, workers.reports, ...workers.dailyReports]) one.stop()
    workers.suspects.stop()
    await Promise.all([workers.background.settledWithin(5_000), workers.queue.stop(5_000)])
  })
  return { ...open, workers, takenUp }
}

const notice = {
  from: { name: 'News', address: 'news@alias.example' },
  to: 'one@box.example',
  subject: 'Hello',
  text: 'A word.',
  autoSubmitted: 'auto-generated',
} as const

describe('a notice', () => {
  test('is signed, queued and delivered, its failure told to nobody', async () => {
    const { workers, path, log } = await rig()
    const id = await workers.sendNotice(notice)
    await log.until(({ text }) => text === 'delivered')
    const history = await path.store.showMessage(id ?? '')
    expect(history?.message.envelope.reversePath).toBe('')
    expect(history?.deliveries).toMatchObject([
      { state: 'delivered', hop: { sequence: 1, domain: 'alias.example' } },
    ])
  })

  test('to an own address is taken up as every message to that, with what it needs to be believed', async () => {
    const { workers, takenUp } = await rig()
    await workers.sendNotice({ ...notice, to: 'team@alias.example' })
    expect(takenUp).toMatchObject([
      { record: { kind: 'notice', admission: { state: 'pass', addHop: true } } },
    ])
  })

  test('that another one was faster to commit is not queued', async () => {
    const { workers, path } = await rig()
    expect(await workers.sendNotice(notice, { commit: async () => [] })).toBeUndefined()
    expect(await path.store.counts()).toMatchObject({ queued: 0 })
  })
})

/** A message whose sender is vouched for, with one copy that leads nowhere. */
async function failing(store: Store, now: number): Promise<void> {
  const record = { kind: 'forward', admission: { ...admission, senderAuthenticated: true } } as const
  const envelope = {
    reversePath: 'jane@box.example',
    forwardPaths: ['team@alias.example'],
    smtpUtf8: false,
  } as const
  await store.spool(newMessage(1, { record, envelope, prepend: Buffer.alloc(0), removed: [] }))
  const nowhere = { forwardPath: 'x@nowhere.example', destination: 'nowhere.example' }
  const times = { nextAttemptAt: now + 60_000, expiresAt: now + 86_400_000 }
  const outcome = { state: 'forwarded', keepUntil: now + 10 ** 10 } as const
  await store.plan(queueId(1), [newDelivery(0, { ...nowhere, ...times })], outcome)
}

test('a copy that fails for good is reported to the previous hop, by mail that goes out itself', async () => {
  const { workers, path, log, clock } = await rig()
  await failing(path.store, clock.now)
  clock.now += 60_000
  workers.queue.look()
  await log.until(({ text }) => text === 'failure reported to the previous hop')
  const delivered = await log.until(({ text }) => text === 'delivered')
  expect(delivered.fields.forwardPath).toBe('jane@box.example')
  expect(await path.store.counts()).toMatchObject({ reportsDue: 0 })
})

test('a failure that no run has reported yet is found in the store', async () => {
  const { workers, path, log, clock } = await rig()
  await failing(path.store, clock.now)
  const delivery = await path.store.delivery(queueId(1), 0)
  if (delivery === undefined) throw new Error('the delivery is not there')
  const failed = { startedAt: 1, endedAt: 2, nextHop: '', tls: null, reply: null, phase: 'discover' } as const
  await path.store.finishAttempt(claimOf(delivery.id), {
    ...failed,
    outcome: 'failed',
    reason: '5.4.4 no host',
  })
  await workers.reports.recover()
  await log.until(({ text }) => text === 'failure reported to the previous hop')
})

test('the first attempts of a message need not read it from the store', async () => {
  const { workers, path } = await rig()
  const message = newMessage(1, { prepend: Buffer.from('Received: here\r\n'), removed: [] })
  workers.cacheOutgoing(message, readMessage(message.octets))
  const held = path.cache.get(queueId(1))
  expect(Buffer.concat([...(held?.chunks ?? [])]).toString()).toBe(
    'Received: here\r\nSubject: 1\r\n\r\nbody\r\n',
  )
})

test('the owners are told of a held post at their address of the list', async () => {
  const { workers, path, log } = await rig()
  const settings = { owners: ['owner@box.example'], moderation: 'all' }
  const listId = await path.store.createList({ address: 'news@alias.example', settings, createdAt: 1 })
  await path.lists.check()
  await path.store.spool(newMessage(1))
  const post = {
    listId,
    listAddress: 'news@alias.example',
    recipient: 'news@alias.example',
    state: 'held',
    reason: 'every post to this list is held',
    createdAt: 1,
    messageIdHash: null,
  } as const
  await path.store.planPosts(queueId(1), [], [post], { state: 'forwarded', keepUntil: 10 ** 13 })
  workers.lists.tellOfHeldPosts()
  const told = await log.until(({ text }) => text === 'notice')
  expect(told.fields.to).toBe('news-owner@alias.example')
  const sent = await path.store.message(String(told.fields.queueId))
  const subject = readMessage(sent?.octets ?? Buffer.alloc(0)).fields.find(({ name }) => name === 'Subject')
  expect(subject && fieldValue(subject)).toBe('Held: 1')
})

describe('what an earlier run has left', () => {
  test('is found page by page, once each, however many messages it was', async () => {
    const { path } = await rig()
    for (let number = 1; number <= 205; number++) await path.store.spool(newMessage(number))
    const pages: string[][] = []
    for await (const page of unplannedPages(path.store)) pages.push(page.map(one => one.queueId))
    expect(pages.map(page => page.length)).toEqual([100, 100, 5])
    expect(new Set(pages.flat()).size).toBe(205)
  })

  test('before the clock was set back is due now, and no later than a message lives', async () => {
    const { path, clock, log } = await rig()
    await failing(path.store, clock.now)
    clock.now -= 30 * 86_400_000
    await pullInAttempts(path)
    const { deliveries } = await path.store.due({ now: clock.now, limit: 10 })
    expect(deliveries).toHaveLength(1)
    expect(deliveries[0]?.expiresAt).toBeLessThanOrEqual(clock.now + 6 * 86_400_000)
    expect(log.lines.filter(({ text }) => text.startsWith('the clock was set back'))).toHaveLength(1)
    await pullInAttempts(path)
    expect(log.lines.filter(({ text }) => text.startsWith('the clock was set back'))).toHaveLength(1)
  })
})
