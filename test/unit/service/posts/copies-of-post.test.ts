import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change, Step } from '../../../../src/dkim2/index.ts'
import { parseMailbox } from '../../../../src/message/mailbox.ts'
import { readMessage } from '../../../../src/message/message.ts'
import { copiesFor } from '../../../../src/service/posts/copies-of-post.ts'
import { revisionText, storedRevision } from '../../../../src/service/posts/stored-revision.ts'
import type { Subscriber } from '../../../../src/store/list-records.ts'
import { newList } from '../../lists/support.ts'
import { FakePosts, list, octets, storedPost, subscriber } from './fake-posts.ts'

const other = newList(8, 'other@lists.example')

function copies(subscribers: readonly Subscriber[], first = 0, url?: string) {
  const dependencies = {
    ...new FakePosts().dependencies().copyDependencies(),
    listAt: (mailbox: { localPart: string }) => (mailbox.localPart === 'other' ? other : undefined),
    isCarriable: (address: string) => parseMailbox(address) !== undefined && !address.includes(';'),
    unsubscribeUrl: (_: unknown, { id }: Subscriber) => url && `${url}${id}`,
  }
  return copiesFor(subscribers, storedPost(1), list, first, dependencies)
}

describe('the copies for subscribers', () => {
  test('are numbered on from the first, each with a bounce address of its number', () => {
    expect(copies([subscriber(1), subscriber(2)], 10)).toMatchObject([
      { ordinal: 10, forwardPath: 's1@far.example', reversePath: 'b+Q1-10@lists.example', subscriberId: 1 },
      { ordinal: 11, forwardPath: 's2@far.example', reversePath: 'b+Q1-11@lists.example', subscriberId: 2 },
    ])
  })

  test('of one at an alias of this relay go to what that leads to, all counted on the one', () => {
    const made = copies([subscriber(3, { address: 'team@lists.example' }), subscriber(4)])
    expect(
      made.map(({ ordinal, forwardPath, subscriberId }) => [ordinal, forwardPath, subscriberId]),
    ).toEqual([
      [0, 'a@x.example', 3],
      [1, 'b@x.example', 3],
      [2, 's4@far.example', 4],
    ])
  })

  test('do not go to the list itself, and fail for another list of this relay', () => {
    const made = copies([
      subscriber(1, { address: list.address }),
      subscriber(2, { address: 'other@lists.example' }),
    ])
    expect(made).toMatchObject([{ subscriberId: 2, failure: expect.stringMatching(/^5\.4\.6 a list/) }])
  })

  test('say why they cannot go where no signature can carry the address, or nobody is there', () => {
    const made = copies([
      subscriber(1, { address: '"a;b"@far.example' }),
      subscriber(2, { address: 'gone@lists.example' }),
    ])
    expect(made.map(({ failure }) => failure?.slice(0, 5))).toEqual(['5.1.3', '5.1.1'])
  })

  test('have the link of their own subscriber and of nobody else', () => {
    const text = copies([subscriber(1), subscriber(2)], 0, 'https://www.lists.example/u/').map(
      ({ ownFields }) => ownFields.map(field => field.octets.toString('latin1')).join(''),
    )
    expect(text[0]).toContain('https://www.lists.example/u/1>')
    expect(text[0]).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    expect(text[0]).not.toContain('/u/2')
    expect(text[1]).toContain('https://www.lists.example/u/2>')
  })

  test('promise one click over https alone (RFC 8058 section 3.1)', () => {
    const [copy] = copies([subscriber(1)], 0, 'http://www.lists.example/u/')
    expect(copy?.ownFields.map(({ name }) => name)).toEqual(['List-Unsubscribe'])
  })
})

test('a revision is the same after it was in the store, whatever octets its recipe holds', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('copy' as const), from: fc.nat(), to: fc.nat() }),
    fc.record({
      kind: fc.constant('data' as const),
      items: fc.array(fc.uint8Array({ maxLength: 20 }).map(one => Buffer.from(one))),
    }),
  )
  const change: fc.Arbitrary<Change> = fc.oneof(fc.constant('unrecoverable' as const), fc.array<Step>(step))
  const headers = fc.array(fc.record({ name: fc.string(), change }))
  const recipes = fc.oneof(fc.record({ headers }), fc.record({ headers, body: change }))
  fc.assert(
    fc.property(recipes, fc.array(fc.string()), (recipe, addedFields) => {
      const revision = { message: readMessage(octets), recipe, addedFields }
      expect(storedRevision(revisionText(revision), octets)).toEqual(revision)
    }),
  )
})
