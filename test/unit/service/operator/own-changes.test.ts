/** What this relay changed in a message, for its journey: as long as the octets are kept, and afterwards. */
import { describe, expect, test } from 'vitest'
import { messageChunks, readMessage } from '../../../../src/message/message.ts'
import { messagesDesk } from '../../../../src/service/operator/messages-desk.ts'
import { postRules } from '../../../../src/service/posts/post-rules.ts'
import { revisePost } from '../../../../src/service/posts/revise-post.ts'
import { revisionText } from '../../../../src/service/posts/stored-revision.ts'
import type { Store } from '../../../../src/store/store.ts'
import { newList } from '../../lists/support.ts'
import {
  claimOf,
  forwarded,
  newAttempt,
  newDelivery,
  newMessage,
  newStore,
  queueId,
} from '../../store/fixtures.ts'

const octets = Buffer.from(
  'From: jane@origin.example\r\nBcc: secret@origin.example\r\nMessage-ID: <1@origin.example>\r\nSubject: x\r\n\r\nHello\r\n',
)
const list = newList(1, 'news@lists.example', {
  title: 'News',
  subjectTag: '[news]',
  footer: { text: 'A footer' },
})
const id = queueId(1)

const changesOf = (store: Store) => messagesDesk({ store: async () => store }).showChanges({ queueId: id })

/** A post whose Bcc was left out on admission, revised, with one copy. */
async function postOf(store: Store) {
  await store.spool(newMessage(1, { octets, removed: [1] }))
  const { id: listId, address: listAddress } = list
  const post = { listId, listAddress, recipient: listAddress, createdAt: 1, messageIdHash: null }
  const planned = await store.planPosts(id, [], [{ ...post, state: 'accepted', reason: null }], forwarded)
  return planned.posts[0]?.id ?? 0
}

async function revise(store: Store, postId: number): Promise<void> {
  const message = readMessage(octets)
  const received = { ...message, fields: message.fields.filter((_, index) => index !== 1) }
  const usual = { requests: new Set<never>(), policy: undefined, hasOwnLinks: true }
  const { rules } = postRules(received, list, usual)
  const { revision } = await revisePost(received, rules, { profiles: ['mailversion'], isAdditionOnly: false })
  const revised = Buffer.concat(messageChunks(revision.message))
  const reason = 'revised without from'
  await store.revisePost({ postId, revision: revisionText(revision), octets: revised, reason })
  const prefix = Buffer.from('DKIM2-Signature: i=2\r\nList-Unsubscribe: <https://x.example/token>\r\n')
  const page = { postId, queueId: id, after: 0, cursor: 1, isLast: true, at: 2, keepUntil: 3_000_000 }
  await store.planCopies(page, [newDelivery(0, { prefix, postId, subscriberId: 1, kind: 'list' })])
}

async function deliver(store: Store): Promise<void> {
  const delivery = await store.delivery(id, 0)
  await store.finishAttempt(claimOf(delivery?.id), newAttempt())
}

describe('what this relay changed', () => {
  test('is the revision of each list, and what every copy lost', async () => {
    const store = await newStore()
    await revise(store, await postOf(store))
    const { own } = await changesOf(store)
    expect(own[0]).toEqual({
      list: null,
      i: null,
      headers: [{ name: 'Bcc', before: ['secret@origin.example'], now: [] }],
      body: [],
      obstacle: null,
      remarks: [],
    })
    expect(own[1]).toMatchObject({ list: 'news@lists.example', i: 2, obstacle: null })
    expect(own[1]?.headers).toContainEqual({ name: 'Subject', before: ['x'], now: ['[news] x'] })
    expect(own[1]?.headers).toContainEqual({
      name: 'List-Id',
      before: [],
      now: ['News <news.lists.example>'],
    })
    expect(own[1]?.body.flatMap(({ now }) => now)).toContain('A footer')
  })

  test('names the link of each copy and what was left out of the revision, and shows no link', async () => {
    const store = await newStore()
    await revise(store, await postOf(store))
    const { own } = await changesOf(store)
    expect(own[1]?.remarks).toEqual([
      'revised without from',
      'each copy has a List-Unsubscribe of its own above the rest',
    ])
    expect(JSON.stringify(own)).not.toContain('token')
  })

  test('is still told after the body went: places, what stood there, and that the rest is gone', async () => {
    const store = await newStore()
    await revise(store, await postOf(store))
    await deliver(store)
    expect(await store.shedBodies({ after: 0, limit: 10, endedBefore: 1_000_000 })).toMatchObject({ shed: 1 })
    const { own } = await changesOf(store)
    expect(own[0]).toMatchObject({ headers: [{ name: 'Bcc', before: ['secret@origin.example'] }] })
    expect(own[1]?.headers).toContainEqual({ name: 'Subject', before: ['x'], now: [] })
    expect(own[1]?.body).toEqual([{ line: 2, before: [], now: [] }])
    expect(own[1]?.obstacle).toMatch(/no longer kept: .* cannot be shown any more/)
    await store.dropHeaders(1_000_000, 10)
    expect((await changesOf(store)).own[0]).toMatchObject({
      headers: [],
      obstacle: expect.stringContaining('header section is no longer kept'),
    })
  })

  test('is nothing yet of a post that waits', async () => {
    const store = await newStore()
    await postOf(store)
    expect((await changesOf(store)).own[1]).toMatchObject({
      i: null,
      obstacle: 'the post is accepted: not revised',
    })
  })
})
