import { expect, test } from 'vitest'
import { PostRunner } from '../../../../src/service/posts/post-runner.ts'
import { tasks } from '../../../../src/service/tasks.ts'
import { settled } from '../../queue/fixtures.ts'
import { Ended, FakePosts, storedPost, subscriber } from './fake-posts.ts'

function messages(count: number): FakePosts {
  const ids = Array.from({ length: count }, (_, index) => `Q${index + 1}`)
  const posts = new FakePosts(
    ids.map((queueId, index) => storedPost(index + 1, { queueId })),
    [subscriber(1)],
  )
  for (const queueId of ids) posts.add(queueId)
  return posts
}

function runnerOf(posts: FakePosts, inTurn = (_: string, work: () => Promise<void>) => work()) {
  const background = tasks(posts.log)
  const runner = new PostRunner({
    background,
    postDependencies: isStopping => posts.dependencies({ isStopping }),
    inTurn,
  })
  return { runner, background }
}

test('after a crash every open post is taken up, however many questions that takes', async () => {
  const posts = messages(230)
  const { runner, background } = runnerOf(posts)
  await runner.recover()
  await background.settledWithin(10_000)
  expect(posts.deliveries).toHaveLength(230)
})

test('four posts are under way at the same time, the fifth waits', async () => {
  const posts = messages(6)
  const room = Promise.withResolvers<void>()
  posts.atMost = () => room.promise
  const { runner, background } = runnerOf(posts)
  await runner.recover()
  await expect.poll(() => posts.waited.length).toBe(4)
  await settled()
  expect(posts.waited).toHaveLength(4)
  room.resolve()
  await background.settledWithin(10_000)
  expect(posts.deliveries).toHaveLength(6)
})

test('a post that comes while those of its message are under way is not missed', async () => {
  const posts = messages(1)
  const { runner } = runnerOf(posts)
  const room = Promise.withResolvers<void>()
  posts.atMost = () => room.promise
  const first = runner.takeUp('Q1')
  await expect.poll(() => posts.waited.length).toBe(1)
  posts.posts.set(2, storedPost(2))
  const second = runner.takeUp('Q1')
  room.resolve()
  await Promise.all([first, second])
  expect(posts.deliveries.map(({ postId }) => postId)).toEqual([1, 2])
})

test('one that fails is logged and does not stand in the way of the others', async () => {
  const posts = messages(3)
  posts.endsBefore = 2
  const { runner, background } = runnerOf(posts)
  await runner.recover()
  await background.settledWithin(10_000)
  const failed = posts.log.lines.filter(({ level }) => level === 'error')
  expect(failed.map(({ fields }) => fields.error)).toEqual([expect.any(Ended)])
  expect([...posts.posts.values()].filter(({ state }) => state === 'done')).toHaveLength(2)
  await runner.recover()
  await background.settledWithin(10_000)
  expect(posts.deliveries).toHaveLength(3)
})

test('what the process has ended during is begun when its turn comes, and not at all while it is held', async () => {
  const posts = messages(2)
  const { runner } = runnerOf(posts, async (queueId, work) => (queueId === 'Q1' ? undefined : work()))
  await Promise.all([runner.takeUp('Q1'), runner.takeUp('Q2')])
  expect(posts.deliveries.map(({ queueId }) => queueId)).toEqual(['Q2'])
})

test('after stop nothing is begun', async () => {
  const posts = messages(2)
  const { runner, background } = runnerOf(posts)
  runner.stop()
  await runner.recover()
  await runner.takeUp('Q1')
  await background.settledWithin(10_000)
  expect(posts.changes).toBe(0)
})
