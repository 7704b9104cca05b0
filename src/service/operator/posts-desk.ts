/** Posts that wait for an owner. */
import type { RelayConfig } from '../../config/schema.ts'
import { isoTime } from '../../hoplog/record.ts'
import { rejectionOf } from '../../lists/post-decision.ts'
import { fieldValue, lowerAscii, readMessage } from '../../message/message.ts'
import { oneLine } from '../../message/printable.ts'
import type { Answer, Asked, Performers } from '../../operator/operations.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { OperatorChange, Store } from '../../store/store.ts'
import { keptUntil } from '../settings.ts'
import type { DeskDependencies } from './desk-dependencies.ts'
import { findList } from './find-list.ts'
import { nextOf, numberAfter } from './page-cursor.ts'

type PostsDesk = Pick<Performers, 'heldPosts' | 'decidePosts'>
type Dependencies = Pick<DeskDependencies, 'store' | 'config' | 'clock' | 'changed'>
type HeldPost = Answer<'heldPosts'>['posts'][number]

export function postsDesk(dependencies: Dependencies): PostsDesk {
  const { store } = dependencies
  return {
    async heldPosts({ list, limit, after }) {
      const from = await store('read')
      const held = await from.heldPosts({
        limit,
        ...(list !== undefined && { listId: (await findList(from, list)).id }),
        ...(after !== undefined && { after: numberAfter(after) }),
      })
      const posts: HeldPost[] = []
      for (const post of held) posts.push(await heldPost(post, from))
      return { posts, next: nextOf(held, limit, last => String(last.id)) }
    },
    decidePosts: asked => decide(asked, dependencies),
  }
}

async function heldPost(post: StoredPost, store: Pick<Store, 'message'>): Promise<HeldPost> {
  const stored = await store.message(post.queueId)
  const { fields } = readMessage(stored?.octets ?? Buffer.alloc(0))
  const value = (name: string) => {
    const field = fields.find(one => lowerAscii(one.name) === name)
    return oneLine(field === undefined ? '' : fieldValue(field))
  }
  return {
    post: post.id,
    list: post.listAddress,
    queueId: post.queueId,
    heldAt: isoTime(post.createdAt),
    from: value('from'),
    reversePath: stored?.envelope.reversePath ?? '',
    subject: value('subject'),
    reason: post.reason,
  }
}

async function decide(
  asked: Asked<'decidePosts'>,
  { store, config, clock, changed }: Dependencies,
): Promise<Answer<'decidePosts'>> {
  const [to, settings, at] = [await store('change'), await config(), clock()]
  const found = await Promise.all(asked.posts.map(id => to.post(id)))
  const changes = asked.posts.map((id, index) =>
    decision(asked, { id, listAddress: found[index]?.listAddress ?? '' }, settings, at),
  )
  // All of them or none, and the relay sees them together.
  const answers = await to.together(changes)
  changed()
  const results = asked.posts.map((id, index) => resultOf(id, answers[index] === true, asked, to))
  return { results: await Promise.all(results) }
}

function decision(
  { action, reason = '', silent }: Asked<'decidePosts'>,
  { id, listAddress }: Pick<StoredPost, 'id' | 'listAddress'>,
  config: RelayConfig,
  at: number,
): OperatorChange<'approvePost' | 'rejectPost'> {
  if (action === 'approve') return ['approvePost', id]
  const times = { at, keepUntil: keptUntil(config, at) }
  const { failure, ...quiet } = rejectionOf(listAddress, oneLine(reason), times)
  return ['rejectPost', id, silent || failure === undefined ? quiet : { ...quiet, failure }]
}

async function resultOf(
  id: number,
  done: boolean,
  { action }: Pick<Asked<'decidePosts'>, 'action'>,
  store: Pick<Store, 'post'>,
) {
  if (done) return { post: id, done, result: action === 'approve' ? 'approved' : 'rejected' }
  const post = await store.post(id)
  return { post: id, done, result: post === undefined ? 'no such post' : `not held, but ${post.state}` }
}
