import { describe, expect, test } from 'vitest'
import { takeUpPosts } from '../../../../src/service/posts/post-path.ts'
import { newList } from '../../lists/support.ts'
import { Ended, FakePosts, list, storedPost, subscriber } from './fake-posts.ts'

function subscribers(count: number, first = 1) {
  return Array.from({ length: count }, (_, index) => subscriber(first + index))
}

function addresses(count: number, first = 1): string[] {
  return subscribers(count, first).map(({ address }) => address)
}

describe('a post that is accepted', () => {
  test('is revised once and goes to everybody who is subscribed, in their order, each copy for one alone', async () => {
    const posts = new FakePosts([storedPost(1)], subscribers(50))
    await takeUpPosts('Q1', posts.dependencies())
    expect(posts.copies).toEqual(addresses(50))
    expect(posts.deliveries.map(({ ordinal }) => ordinal)).toEqual([...Array(50).keys()])
    expect(new Set(posts.deliveries.map(({ reversePath }) => reversePath)).size).toBe(50)
    expect(new Set(posts.deliveries.map(({ recipient }) => recipient))).toEqual(new Set([list.address]))
    expect(posts.deliveries.map(({ subscriberId }) => subscriberId)).toEqual(
      [...Array(50).keys()].map(n => n + 1),
    )
    expect(posts.posts.get(1)).toMatchObject({ state: 'done', copies: 50 })
  })

  test('comes in pages, small first and then larger; each is in the store before it is queued', async () => {
    const posts = new FakePosts([storedPost(1)], subscribers(700))
    await takeUpPosts('Q1', posts.dependencies())
    expect(posts.queued.map(page => page.length)).toEqual([40, 80, 160, 320, 100])
    expect(posts.queued.flat()).toEqual(posts.deliveries)
  })

  test('has no further page made before the queue has attempted most of the one before', async () => {
    const posts = new FakePosts([storedPost(1)], subscribers(50))
    const room = Promise.withResolvers<void>()
    const waits = Promise.withResolvers<void>()
    posts.atMost = () => {
      waits.resolve()
      return room.promise
    }
    const done = takeUpPosts('Q1', posts.dependencies())
    await waits.promise
    expect(posts.queued.map(page => page.length)).toEqual([40])
    expect(posts.waited).toEqual([['Q1', 160]])
    room.resolve()
    await done
    expect(posts.copies).toHaveLength(50)
  })

  test('goes neither to the suspended nor to those who subscribe after it was revised', async () => {
    const posts = new FakePosts([storedPost(1)], [...subscribers(41), subscriber(42, { state: 'suspended' })])
    posts.atMost = async () => void posts.subscribers.push(...subscribers(3, 43 + posts.queued.length * 10))
    await takeUpPosts('Q1', posts.dependencies())
    expect(posts.copies).toEqual(addresses(41))
    expect(posts.posts.get(1)?.state).toBe('done')
  })

  test('to a list without subscribers is done with no copy', async () => {
    const posts = new FakePosts()
    await takeUpPosts('Q1', posts.dependencies())
    expect(posts.copies).toEqual([])
    expect(posts.posts.get(1)).toMatchObject({ state: 'done', copies: 0 })
  })

  test('leaves out what cannot be undone, and that is kept with it and said in the log', async () => {
    const posts = new FakePosts([storedPost(1)], subscribers(1))
    posts.lists.set(list.id, newList(list.id, list.address, { subjectTag: ' [x] ', fromRewrite: 'never' }))
    await takeUpPosts('Q1', posts.dependencies())
    expect(posts.posts.get(1)?.reason).toMatch(/^revised without subject tag: /)
    expect(posts.log.lines.filter(({ text }) => text === 'revised without')).toHaveLength(1)
    expect(posts.copies).toHaveLength(1)
  })
})

describe('a post that goes to nobody', () => {
  test.each([
    ['whose list was deleted', (posts: FakePosts) => posts.lists.clear(), 'the list was deleted'],
    [
      'whose message is gone',
      (posts: FakePosts) => posts.messages.clear(),
      'the message is no longer in the store',
    ],
  ])('%s is ended with the reason, and no copy is made', async (_, spoil, reason) => {
    const posts = new FakePosts([storedPost(1)], subscribers(3))
    spoil(posts)
    await takeUpPosts('Q1', posts.dependencies())
    expect(posts.posts.get(1)).toMatchObject({ state: 'rejected', reason, finishedAt: 5_000 })
    expect(posts.copies).toEqual([])
    expect(posts.log.lines.map(({ level, fields }) => [level, fields.reason])).toEqual([['error', reason]])
  })

  test('does not keep the next post of the message from its list', async () => {
    const posts = new FakePosts([storedPost(1, { listId: 8 }), storedPost(2)], subscribers(3))
    await takeUpPosts('Q1', posts.dependencies())
    expect(posts.posts.get(1)?.state).toBe('rejected')
    expect(posts.copies).toHaveLength(3)
  })
})

test('posts of one message are done one after the other, and their copies have numbers of their own', async () => {
  const posts = new FakePosts([storedPost(1), storedPost(2)], subscribers(45))
  await takeUpPosts('Q1', posts.dependencies())
  expect(posts.deliveries.map(({ ordinal }) => ordinal)).toEqual([...Array(90).keys()])
  expect(posts.deliveries.map(({ postId }) => postId)).toEqual([...Array(45).fill(1), ...Array(45).fill(2)])
})

test.each(['held', 'done', 'rejected'] as const)('a post that is %s is left as it is', async state => {
  const posts = new FakePosts([storedPost(1, { state })], subscribers(3))
  await takeUpPosts('Q1', posts.dependencies())
  expect(posts.changes).toBe(0)
})

describe('when the process ends', () => {
  async function changesOfAll(): Promise<number> {
    const posts = new FakePosts([storedPost(1), storedPost(2)], subscribers(130))
    await takeUpPosts('Q1', posts.dependencies())
    return posts.changes
  }

  test.each(['endsBefore', 'endsAfter'] as const)(
    'at any change of the store (%s), the next run does what is left and nothing twice',
    async end => {
      const all = await changesOfAll()
      expect(all).toBeGreaterThan(6)
      for (let at = 1; at <= all; at++) {
        const posts = new FakePosts([storedPost(1), storedPost(2)], subscribers(130))
        posts[end] = at
        await expect(takeUpPosts('Q1', posts.dependencies())).rejects.toThrow(Ended)
        await takeUpPosts('Q1', posts.dependencies())
        expect(posts.copies).toEqual([...addresses(130), ...addresses(130)])
        expect(new Set(posts.deliveries.map(({ ordinal }) => ordinal)).size).toBe(260)
        expect([...posts.posts.values()].map(({ state }) => state)).toEqual(['done', 'done'])
      }
    },
  )

  test('a post is not revised anew: later copies have the octets of the first ones', async () => {
    const posts = new FakePosts([storedPost(1)], subscribers(50))
    posts.endsAfter = 2
    await expect(takeUpPosts('Q1', posts.dependencies())).rejects.toThrow(Ended)
    const before = posts.posts.get(1)?.revision
    posts.lists.set(list.id, newList(list.id, list.address, { subjectTag: '[other]', fromRewrite: 'never' }))
    await takeUpPosts('Q1', posts.dependencies())
    expect(posts.posts.get(1)?.revision).toBe(before)
    expect(posts.copies).toEqual(addresses(50))
  })
})

test('a relay that stops begins no further page, and the next start goes on behind the last one', async () => {
  const posts = new FakePosts([storedPost(1)], subscribers(200))
  posts.atMost = async () => {
    posts.isStopping = true
  }
  await takeUpPosts('Q1', posts.dependencies())
  expect(posts.copies).toEqual(addresses(40))
  expect(posts.posts.get(1)?.state).toBe('expanding')
  posts.isStopping = false
  posts.atMost = async () => {}
  await takeUpPosts('Q1', posts.dependencies())
  expect(posts.copies).toEqual(addresses(200))
})

test('of two that distribute the same post, each page is planned and queued by one', async () => {
  const posts = new FakePosts([storedPost(1)], subscribers(300))
  await Promise.all([takeUpPosts('Q1', posts.dependencies()), takeUpPosts('Q1', posts.dependencies())])
  await takeUpPosts('Q1', posts.dependencies())
  expect(posts.copies).toEqual(addresses(300))
  expect(posts.queued.flat()).toHaveLength(300)
})
