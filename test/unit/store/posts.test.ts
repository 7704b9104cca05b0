import { describe, expect, test } from 'vitest'
import type { CopiesPage, NewPost } from '../../../src/store/post-records.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  claimOf,
  forwarded,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newStore,
  newStoreBeside,
  queueId,
} from './fixtures.ts'

function newPost(changes: Partial<NewPost> = {}): NewPost {
  return {
    listId: 1,
    listAddress: 'news@lists.example',
    recipient: 'News@lists.example',
    state: 'accepted',
    reason: null,
    createdAt: 5_000,
    messageIdHash: null,
    ...changes,
  }
}

async function planned(store: Store, number: number, ...posts: NewPost[]) {
  await store.spool(newMessage(number))
  return (await store.planPosts(queueId(number), [], posts, forwarded)).posts
}

function pageOf(postId: number, changes: Partial<CopiesPage> = {}): CopiesPage {
  return {
    postId,
    queueId: queueId(1),
    after: 0,
    cursor: 2,
    isLast: false,
    at: 6_000,
    keepUntil: 3_000_000,
    ...changes,
  }
}

const revision = { revision: '{}', octets: Buffer.from('Subject: [news] 1\r\n\r\nbody\r\n'), reason: null }

async function withList(store: Store, subscribers: number): Promise<number> {
  const listId = await store.createList({ address: 'news@lists.example', settings: {}, createdAt: 1 })
  const added = Array.from({ length: subscribers }, (_, at) => `s${at}@destination.example`)
  await store.subscribe(
    listId,
    added.map(address => ({ address, addressKey: address })),
    1,
  )
  return listId
}

describe('the copies of a post', () => {
  test('are planned page by page, each page once, for who was subscribed when it was revised', async () => {
    const store = await newStore()
    const listId = await withList(store, 3)
    const [post] = await planned(store, 1, newPost({ listId }))
    const revised = await store.revisePost({ postId: post?.id ?? 0, ...revision })
    expect(revised).toMatchObject({ state: 'expanding', cursor: 0, until: 3, nextOrdinal: 0 })
    expect(await store.revisePost({ postId: post?.id ?? 0, ...revision })).toBeUndefined()
    expect(await store.postOctets(post?.id ?? 0)).toEqual(revision.octets)

    const copy = (ordinal: number) =>
      newDelivery(ordinal, { postId: post?.id ?? 0, subscriberId: ordinal + 1, kind: 'list' })
    const page = pageOf(post?.id ?? 0)
    const copies = await store.planCopies(page, [copy(0), copy(1)])
    expect(copies?.map(one => [one.postId, one.subscriberId, one.attempts])).toEqual([
      [post?.id, 1, 1],
      [post?.id, 2, 1],
    ])
    expect(await store.planCopies(page, [copy(0), copy(1)])).toBeUndefined()
    expect(await store.openPosts({ limit: 10 })).toMatchObject([{ cursor: 2, copies: 2, nextOrdinal: 2 }])
    const last = { after: 2, cursor: 3, isLast: true }
    expect(await store.planCopies(pageOf(post?.id ?? 0, last), [copy(2)])).toHaveLength(1)
    expect(await store.openPosts({ limit: 10 })).toEqual([])
    expect(await store.post(post?.id ?? 0)).toMatchObject({ state: 'done', copies: 3, finishedAt: 6_000 })
    expect(await store.delivery(queueId(1), 2)).toMatchObject({ postId: post?.id, subscriberId: 3 })
    expect(await store.message(queueId(1))).toMatchObject({ keepUntil: 3_000_000 })
  })

  test('keep their message until they are planned and final; then the octets of both go together', async () => {
    const store = await newStore()
    const listId = await withList(store, 1)
    const [post] = await planned(store, 1, newPost({ listId }))
    const time = 9_000_000
    expect(await store.prune({ now: time, limit: 10 })).toMatchObject({ octetsRemoved: 0 })
    await store.revisePost({ postId: post?.id ?? 0, ...revision })
    const copies = await store.planCopies(pageOf(post?.id ?? 0, { isLast: true }), [
      newDelivery(0, { postId: post?.id ?? 0 }),
    ])
    expect(await store.prune({ now: time, limit: 10 })).toMatchObject({ octetsRemoved: 0 })
    await store.finishAttempt(claimOf(copies?.[0]?.id), newAttempt())
    await store.prune({ now: time, limit: 10, hopLogMilliseconds: time })
    expect(await store.message(queueId(1))).toMatchObject({ octets: null })
    expect(await store.postOctets(post?.id ?? 0)).toBeUndefined()
    expect(await store.post(post?.id ?? 0)).toMatchObject({ state: 'done' })
    await store.prune({ now: 3 * time, limit: 10, hopLogMilliseconds: time })
    expect(await store.post(post?.id ?? 0)).toBeUndefined()
  })
})

describe('a Message-ID that a list has seen', () => {
  test('makes the second post of that list rejected, and no other', async () => {
    const store = await newStore()
    const seen = { messageIdHash: 'a' }
    expect(await planned(store, 1, newPost(seen), newPost({ ...seen, listId: 2 }))).toMatchObject([
      { state: 'accepted' },
      { state: 'accepted' },
    ])
    const other = newPost({ listId: 3, ...seen })
    expect(await planned(store, 2, newPost(seen), other)).toMatchObject([
      { state: 'rejected', reason: expect.stringContaining('Message-ID') },
      { state: 'accepted' },
    ])
    expect(await planned(store, 3, newPost({ messageIdHash: 'b' }))).toMatchObject([{ state: 'accepted' }])
    const asked = [store.hasMessageId(1, 'a'), store.hasMessageId(1, 'c'), store.hasMessageId(4, 'a')]
    expect(await Promise.all(asked)).toEqual([true, false, false])
  })

  test('is forgotten after two weeks', async () => {
    const store = await newStore()
    await planned(store, 1, newPost({ messageIdHash: 'a' }))
    const weeks = 14 * 86_400_000
    await store.prune({ now: 5_000 + weeks, limit: 10 })
    expect(await planned(store, 2, newPost({ messageIdHash: 'a' }))).toMatchObject([{ state: 'rejected' }])
    await store.prune({ now: 5_001 + weeks, limit: 10 })
    expect(await planned(store, 3, newPost({ messageIdHash: 'a' }))).toMatchObject([{ state: 'accepted' }])
  })
})

describe('a held post', () => {
  const held = newPost({ state: 'held', reason: 'not a subscriber' })
  const rejection = { at: 7_000, reason: 'off topic', keepUntil: 4_000_000 }

  test('is listed until an owner decides, and approved once', async () => {
    const store = await newStore()
    const [post] = await planned(store, 1, held)
    expect(await store.heldPosts({ limit: 10, untold: true })).toMatchObject([
      { id: post?.id, state: 'held' },
    ])
    const tell = { postId: post?.id ?? 0, at: 5_500 }
    expect((await store.carryOut({ tell })).isDone).toBe(true)
    expect((await store.carryOut({ tell: { ...tell, at: 6_000 } })).isDone).toBe(false)
    expect(await store.postsTold(1, 5_499)).toBe(1)
    expect(await store.postsTold(1, 5_500)).toBe(0)
    expect(await store.heldPosts({ limit: 10, untold: true })).toEqual([])
    expect(await store.heldPosts({ limit: 10, listId: 2 })).toEqual([])
    expect(await store.heldPosts({ limit: 10 })).toMatchObject([{ ownerToldAt: 5_500 }])
    const version = await store.listsVersion()
    expect(await store.approvePost(post?.id ?? 0)).toBe(true)
    expect(await store.listsVersion()).toBeGreaterThan(version)
    expect(await store.approvePost(post?.id ?? 0)).toBe(false)
    expect(await store.rejectPost(post?.id ?? 0, rejection)).toBe(false)
    expect(await store.openPosts({ limit: 10 })).toMatchObject([{ id: post?.id, state: 'accepted' }])
  })

  test('that is rejected is a failure to report, if the poster is to hear of it', async () => {
    const store = await newStore()
    const [first] = await planned(store, 1, held)
    const [second] = await planned(store, 2, held)
    expect(await store.rejectPost(first?.id ?? 0, rejection)).toBe(true)
    expect(await store.failuresToReport(10)).toEqual([])
    const failure = '5.7.1 the owners of the list have rejected the message'
    expect(await store.rejectPost(second?.id ?? 0, { ...rejection, failure })).toBe(true)
    expect(await store.failuresToReport(10)).toEqual([{ queueId: queueId(2), ordinals: [0] }])
    expect(await store.delivery(queueId(2), 0)).toMatchObject({
      state: 'failed',
      recipient: 'News@lists.example',
      reason: failure,
      dsn: 'due',
    })
  })

  test('can be decided by a process beside the relay', async () => {
    const file = newFile()
    const store = await newStore({ file })
    const [post] = await planned(store, 1, held)
    const writer = await newStoreBeside(file, 'change')
    expect(await writer.heldPosts({ limit: 10 })).toHaveLength(1)
    expect(await writer.approvePost(post?.id ?? 0)).toBe(true)
    expect(await store.openPosts({ limit: 10 })).toHaveLength(1)
  })
})

test('a plan that was made before adds no post', async () => {
  const store = await newStore()
  await planned(store, 1, newPost())
  const again = await store.planPosts(queueId(1), [newDelivery(0)], [newPost({ listId: 2 })], forwarded)
  expect(again.posts).toHaveLength(1)
  expect(again.deliveries).toEqual([])
})
