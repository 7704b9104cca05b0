/** Failed copies for subscribers: each is counted once, with what follows for its subscriber. */
import { describe, expect, test } from 'vitest'
import type { ListRemark, Standing, SubscriberChange } from '../../../src/store/list-records.ts'
import type { Store } from '../../../src/store/store.ts'
import { records } from '../../support/records.ts'
import { claimOf, newAttempt, newDelivery, newMessage, newStore, queued, queueId } from './fixtures.ts'

const suspended: Standing = {
  state: 'suspended',
  suspendedAt: 5_000,
  suspendedBy: 'bounces',
  reason: '550 5.1.1 no such user',
  bounceScore: 4,
  bouncedAt: 5_000,
  probes: 0,
  probeDueAt: 9_000,
  probeQueueId: null,
}

/** A list with two subscribers, whose copies of one message have failed, and a third copy that is nobody's. */
async function failedPost(): Promise<{ store: Store; listId: number; subscriberId: number }> {
  const store = await newStore()
  const listId = await store.createList({ address: 'news@lists.example', settings: {}, createdAt: 1_000 })
  const people = ['a@x.example', 'b@x.example'].map(address => ({ address, addressKey: address }))
  await store.subscribe(listId, people, 2_000)
  const [first, second] = await store.subscribers({ listId, limit: 2 })
  const copies = [first, second, undefined].map((one, ordinal) =>
    newDelivery(ordinal, one === undefined ? {} : { subscriberId: one.id, kind: 'list' }),
  )
  const deliveries = await queued(store, 1, copies)
  const refused = { code: 550, enhanced: '5.1.1', text: 'no such user' }
  const failed = newAttempt({ outcome: 'failed', phase: 'rcpt', reply: refused })
  for (const { id } of deliveries) await store.finishAttempt(claimOf(id), failed)
  return { store, listId, subscriberId: first?.id ?? 0 }
}

function change(subscriberId: number): SubscriberChange {
  const news = { at: 5_000, kind: 'suspended', address: 'a@x.example', reason: null } as const
  return { subscriberId, standing: suspended, news }
}

describe('failed copies', () => {
  test('are told with their subscribers and the last reply, page by page; other failures are not among them', async () => {
    const { store } = await failedPost()
    const first = await store.failedCopies(queueId(1), { after: -1, limit: 1 })
    expect(first).toMatchObject([
      {
        ordinal: 0,
        kind: 'list',
        phase: 'rcpt',
        reply: { code: 550 },
        subscriber: { address: 'a@x.example' },
      },
    ])
    const rest = await store.failedCopies(queueId(1), { after: 0, limit: 9 })
    expect(rest.map(copy => copy.ordinal)).toEqual([1])
    expect(await store.failuresLeft(queueId(1))).toBe(3)
  })

  test('are told without the subscriber who has left', async () => {
    const { store, listId } = await failedPost()
    await store.unsubscribe(listId, ['a@x.example'])
    const [copy] = await store.failedCopies(queueId(1), { after: -1, limit: 1 })
    expect(copy?.subscriber).toBeUndefined()
  })

  test('change their subscriber once, and leave the other failures to be reported', async () => {
    const { store, listId, subscriberId } = await failedPost()
    await store.countFailures(queueId(1), [{ ordinal: 0, change: change(subscriberId) }, { ordinal: 1 }])
    expect(await store.subscriberById(subscriberId)).toMatchObject(suspended)
    await store.resumeSubscribers(listId, ['a@x.example'])
    await store.countFailures(queueId(1), [{ ordinal: 0, change: change(subscriberId) }])
    expect(await store.subscriberById(subscriberId)).toMatchObject({ state: 'active', bounceScore: 0 })
    expect(await store.failuresToReport(9)).toEqual([{ queueId: queueId(1), ordinals: [2] }])
    expect(await store.untoldNews()).toEqual([{ listId, count: 1, toldAt: null }])
  })
})

test('a bounce counts once, whether or not the failure was counted before', async () => {
  const { store, listId, subscriberId } = await failedPost()
  const bounce = { bounceQueueId: queueId(2), queueId: queueId(1), ordinal: 0, keepUntil: 9_000 }
  await store.spool(newMessage(2, { record: records.bounce }))
  expect(await store.countBounce(bounce, { change: change(subscriberId) })).toBe(true)
  expect(await store.countBounce(bounce, { change: change(subscriberId) })).toBe(false)
  await store.spool(newMessage(3, { record: records.bounce }))
  await store.countBounce({ ...bounce, bounceQueueId: queueId(3) }, { change: change(subscriberId) })
  expect(await store.untoldNews()).toEqual([{ listId, count: 1, toldAt: null }])
  expect(await store.delivery(queueId(1), 0)).toMatchObject({ dsn: 'counted' })
})

test('a probe is queued with the change of its subscriber, or not at all when that has left', async () => {
  const { store, listId, subscriberId } = await failedPost()
  await store.changeSubscriber(change(subscriberId))
  expect(await store.probesDue(8_999, 9)).toEqual([])
  expect((await store.probesDue(9_000, 9)).map(one => one.id)).toEqual([subscriberId])
  const probe = newMessage(4, { record: records.notice, state: 'forwarded', keepUntil: 9_000 })
  const sent = { subscriberId, standing: { ...suspended, probes: 1, probeQueueId: queueId(4) } }
  expect(await store.spoolProbe(sent, probe, [newDelivery(0)])).toHaveLength(1)
  await store.unsubscribe(listId, ['a@x.example'])
  const again = newMessage(5, { record: records.notice, state: 'forwarded', keepUntil: 9_000 })
  expect(await store.spoolProbe(sent, again, [newDelivery(0)])).toEqual([])
  expect(await store.message(queueId(5))).toBeUndefined()
})

test('news are forgotten up to the last that was told, and remembered when', async () => {
  const { store, listId, subscriberId } = await failedPost()
  await store.changeSubscriber(change(subscriberId))
  const told = await store.listNews(listId, 9)
  await store.changeSubscriber(change(subscriberId))
  const notice = newMessage(4, { record: records.notice, state: 'forwarded', keepUntil: 9_000 })
  await store.spoolNews({ listId, news: told, at: 6_000 }, notice, [newDelivery(0)])
  expect(await store.untoldNews()).toEqual([{ listId, count: 1, toldAt: 6_000 }])
})

describe('what owners hear beside their subscribers', () => {
  const remark = (listId: number, host: string, at = 5_000): ListRemark => ({
    listId,
    news: { at, kind: 'refused', address: host, reason: 'first words' },
  })
  const bounceOf = (n: number) => ({
    bounceQueueId: queueId(n),
    queueId: queueId(1),
    ordinal: 0,
    keepUntil: 9_000,
  })

  test('is kept once for each host, with how often it was, beside the change of a subscriber', async () => {
    const { store, listId } = await failedPost()
    await store.countFailures(queueId(1), [
      { ordinal: 0, remark: remark(listId, 'mx.x.example') },
      { ordinal: 1, remark: remark(listId, 'mx.x.example', 6_000) },
    ])
    await store.countFailures(queueId(1), [{ ordinal: 0, remark: remark(listId, 'mx.x.example') }])
    expect(await store.listNews(listId, 9)).toMatchObject([
      { kind: 'refused', address: 'mx.x.example', at: 5_000, reason: 'first words', count: 2 },
    ])
    expect(await store.untoldNews()).toEqual([{ listId, count: 1, toldAt: null }])
  })

  test('what is counted while the owners are told is told another time', async () => {
    const { store, listId } = await failedPost()
    await store.countFailures(queueId(1), [{ ordinal: 0, remark: remark(listId, 'mx.x.example') }])
    const told = await store.listNews(listId, 9)
    await store.countFailures(queueId(1), [{ ordinal: 1, remark: remark(listId, 'mx.x.example') }])
    const notice = newMessage(4, { record: records.notice, state: 'forwarded', keepUntil: 9_000 })
    await store.spoolNews({ listId, news: told, at: 6_000 }, notice, [newDelivery(0)])
    expect(await store.listNews(listId, 9)).toMatchObject([{ kind: 'refused', count: 1 }])
    expect(await store.untoldNews()).toEqual([{ listId, count: 1, toldAt: 6_000 }])
  })

  test('is noted with mail that is no report, once, and a list that is gone has none', async () => {
    const { store, listId } = await failedPost()
    await store.spool(newMessage(2, { record: records.bounce }))
    const unread: ListRemark = {
      listId,
      news: { at: 5_000, kind: 'unread', address: 'a@x.example', reason: 'from b' },
    }
    expect(await store.noteUnread(bounceOf(2), 'other: a letter', unread)).toBe(true)
    expect(await store.noteUnread(bounceOf(2), 'other: a letter', unread)).toBe(false)
    expect(await store.listNews(listId, 9)).toMatchObject([{ kind: 'unread', count: 1 }])
    expect(await store.message(queueId(2))).toMatchObject({
      state: 'bounce-received',
      reason: 'other: a letter',
    })
    await store.deleteList(listId)
    await store.spool(newMessage(3, { record: records.bounce }))
    expect(await store.noteUnread(bounceOf(3), 'other: a letter', unread)).toBe(true)
    expect(await store.untoldNews()).toEqual([])
  })

  test('has an end: of a thousand hosts the next is not kept, and those before are still counted', async () => {
    const { store, listId } = await failedPost()
    const all = Array.from({ length: 1_001 }, (_, n) => n)
    await Promise.all(all.map(n => store.spool(newMessage(n + 10, { record: records.bounce }))))
    await Promise.all(
      all.map(n => store.noteUnread(bounceOf(n + 10), '', remark(listId, `mx${n}.x.example`))),
    )
    expect(await store.untoldNews()).toEqual([{ listId, count: 1_000, toldAt: null }])
    await store.spool(newMessage(2_000, { record: records.bounce }))
    await store.noteUnread(bounceOf(2_000), '', remark(listId, 'mx0.x.example'))
    expect((await store.listNews(listId, 1))[0]).toMatchObject({ address: 'mx0.x.example', count: 2 })
  })
})

test('a subscriber has left when its number was given and nobody has it', async () => {
  const { store, listId, subscriberId } = await failedPost()
  expect(await store.hasLeft(subscriberId)).toBe(false)
  await store.unsubscribe(listId, ['a@x.example'])
  expect(await store.hasLeft(subscriberId)).toBe(true)
  expect(await store.hasLeft(99)).toBe(false)
})
