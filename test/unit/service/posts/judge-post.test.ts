import { describe, expect, test } from 'vitest'
import { requestsOf } from '../../../../src/dkim2/requests-of-hops.ts'
import type { AdmissionRecord } from '../../../../src/record/admission-record.ts'
import type { CandidatePost } from '../../../../src/service/posts/judge-post.ts'
import { judgePost } from '../../../../src/service/posts/judge-post.ts'
import { judgePosts } from '../../../../src/service/posts/judge-posts.ts'
import { admission } from '../../../support/records.ts'
import { newList } from '../../lists/support.ts'
import { message } from '../../revise/support.ts'
import { subscriber } from './fake-posts.ts'

const fields = 'From: jane@origin.example\nTo: news@lists.example\nMessage-ID: <1@origin.example>\n'
const vouched: AdmissionRecord = { ...admission, senderAuthenticated: true }
const list = newList(7, 'news@lists.example', { posting: 'anyone', maxMessageBytes: 1_000 })
const nobody = { subscriber: async () => undefined }

function candidate(text = `${fields}\nHello\n`, changes: Partial<CandidatePost> = {}): CandidatePost {
  const post = { message: message(text), sizeBytes: 100, reversePath: 'jane@origin.example', record: vouched }
  return { ...post, ...changes }
}

async function replyTo(post: CandidatePost, on = list): Promise<string> {
  const judged = await judgePost(post, on, nobody)
  if (judged.kind !== 'refused') return judged.kind
  const { code, enhanced, text } = judged.reply
  return `${code} ${enhanced} ${text}`
}

describe('a message is refused by a list, with its reason', () => {
  test.each([
    ['that has been on it', `${fields}List-Id: <news.lists.example>\n\nx\n`, /^554 5\.4\.6 mail loop/],
    [
      'that a program sent in answer',
      `${fields}Auto-Submitted: auto-replied\n\nx\n`,
      /^550 5\.7\.1 .*automatic/,
    ],
    ['with two Subject fields', `${fields}Subject: a\nSubject: b\n\nx\n`, /^550 5\.6\.0 .*2 Subject fields/],
    ['without From', 'To: news@lists.example\n\nx\n', /^550 5\.6\.0 .*no From field/],
    ['whose author cannot be read', 'From: nobody at all\n\nx\n', /^550 5\.6\.0 From names no mailbox/],
  ])('%s', async (_, text, reply) => {
    expect(await replyTo(candidate(text))).toMatch(reply)
  })

  test('that is larger than it takes; one that is as large is taken', async () => {
    expect(await replyTo(candidate(undefined, { sizeBytes: 1_000 }))).toBe('accepted')
    expect(await replyTo(candidate(undefined, { sizeBytes: 1_001 }))).toBe(
      '552 5.3.4 news@lists.example takes messages of at most 1000 octets',
    )
  })

  test('with a null reverse-path, which reports have', async () => {
    expect(await replyTo(candidate(undefined, { reversePath: '' }))).toMatch(
      /^550 5\.7\.1 .*automatic replies/,
    )
  })

  test('that a hop asked not to be exploded', async () => {
    const hop = {
      sequence: 1,
      domain: 'origin.example',
      reversePath: 'jane@origin.example',
      forwardPaths: ['news@lists.example'],
      timestampSeconds: 1,
      selectors: ['ed'],
      algorithms: [],
      flags: ['donotexplode'],
      state: 'pass',
    } as const
    const record: AdmissionRecord = { ...vouched, state: 'pass', profile: 'mailversion', hops: [hop] }
    expect(await replyTo(candidate(undefined, { record }))).toMatch(/^550 5\.7\.1 .*not exploded$/)
    expect([...requestsOf(record)]).toEqual(['donotexplode'])
    // A flag is a request in the profile that has it, and nothing without a profile.
    expect([...requestsOf({ hops: [hop] })]).toEqual([])
  })

  test('in the name of a domain of this relay, by a foreign list, where nobody vouches for it', async () => {
    const foreignList = { domain: 'far.example', from: ['lists.example'] }
    const record = { ...vouched, foreignList }
    expect(await replyTo(candidate(undefined, { record }))).toMatch(/^550 5\.7\.1 .*nobody vouches for it$/)
  })
})

describe('who may post', () => {
  const members = newList(7, 'news@lists.example', { posting: 'subscribers' })
  const moderated = newList(7, 'news@lists.example', { posting: 'subscribers', moderation: 'others' })

  test('a subscriber whose sender is vouched for; asked about by the comparable address and of this list alone', async () => {
    const asked: unknown[] = []
    const store = {
      async subscriber(...parameters: [number, string]) {
        asked.push(parameters)
        return subscriber(1)
      },
    }
    const text = 'From: Jane@ORIGIN.example\nMessage-ID: <1@origin.example>\n\nx\n'
    const judged = await judgePost(candidate(text), members, store)
    expect(judged).toEqual({ kind: 'accepted' })
    expect(asked).toEqual([[7, 'jane@origin.example']])
  })

  test('others are refused, or held for an owner where the list says so', async () => {
    expect(await replyTo(candidate(), members)).toMatch(/^550 5\.7\.1 news@lists\.example: only subscribers/)
    expect(await judgePost(candidate(), moderated, nobody)).toMatchObject({
      kind: 'held',
      reason: expect.stringContaining('only subscribers'),
    })
  })
})

describe('the plan of a message for several lists', () => {
  const closed = newList(8, 'closed@lists.example', { posting: 'subscribers' })
  const moderated = newList(9, 'slow@lists.example', { posting: 'anyone', moderation: 'all' })
  const dependencies = { store: nobody, nowMilliseconds: 4_000 }
  const to = (...lists: (typeof list)[]) => lists.map(one => ({ list: one, recipient: one.address }))

  test('has a post for each that takes it, and a failed copy for each that does not, numbered on', async () => {
    const planned = await judgePosts(candidate(), to(closed, list, moderated, closed), 5, dependencies)
    expect(planned.posts).toMatchObject([
      { listId: 7, state: 'accepted', reason: null, createdAt: 4_000 },
      { listId: 9, state: 'held', reason: 'every post to this list is held' },
    ])
    expect(planned.refusals).toMatchObject([
      { ordinal: 5, forwardPath: 'closed@lists.example', reversePath: '', kind: 'post' },
      { ordinal: 6, failure: expect.stringMatching(/^5\.7\.1 closed@lists\.example: only subscribers/) },
    ])
  })

  test('tells the same message by its Message-ID; one that has none, or two, is told from no other', async () => {
    const hashOf = async (text: string) => {
      const { posts } = await judgePosts(candidate(text), to(list), 0, dependencies)
      return posts[0]?.messageIdHash
    }
    const first = await hashOf(`${fields}\nHello\n`)
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(await hashOf(`Subject: other\n${fields}\nOther\n`)).toBe(first)
    expect(await hashOf('From: jane@origin.example\n\nx\n')).toBeNull()
  })

  test('names the recipient as it was received, also where an alias leads to the list', async () => {
    const { posts } = await judgePosts(
      candidate(),
      [{ list, recipient: 'team@lists.example' }],
      0,
      dependencies,
    )
    expect(posts).toMatchObject([{ listAddress: 'news@lists.example', recipient: 'team@lists.example' }])
  })
})
