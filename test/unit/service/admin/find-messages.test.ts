/** The search of the pages: by the indexes of the store, and not by looking at messages one after the other. */
import { describe, expect, test } from 'vitest'
import { findMessages, searchesFor } from '../../../../src/service/admin/find-messages.ts'
import { messagesDesk } from '../../../../src/service/operator/messages-desk.ts'
import type { MessagesQuery } from '../../../../src/store/queries.ts'
import { queueIdAt } from '../../../../src/store/queue-ids.ts'
import type { Store } from '../../../../src/store/store.ts'
import { newMessage, newStore } from '../../store/fixtures.ts'

const start = Date.UTC(2026, 1, 1)
const idAt = (second: number) => queueIdAt(start + second * 1000)

function messageAt(second: number, from: string, to: string) {
  const receivedAt = start + second * 1000
  const envelope = { reversePath: from, forwardPaths: [to], smtpUtf8: false }
  return newMessage(0, { queueId: idAt(second), receivedAt, envelope })
}

test.each([
  ['', [{}]],
  ['<>', [{ from: '' }]],
  ['origin.example', [{ from: 'origin.example' }, { to: 'origin.example' }]],
  [' <a@b.example> ', [{ from: 'a@b.example' }, { to: 'a@b.example' }, { messageId: 'a@b.example' }]],
  ['192.0.2.7', [{ peer: '192.0.2.7' }]],
  ['2001:db8:0:0::7', [{ peer: '2001:db8::7' }]],
])('%j may mean %j', (text, searches) => {
  expect(searchesFor(text)).toEqual(searches)
})

describe('in a store with 6,000 messages', () => {
  async function storeWith(first: readonly [from: string, to: string][]): Promise<Store> {
    const store = await newStore()
    const others = Array.from({ length: 6_000 }, (_, at) =>
      messageAt(first.length + at, 'x@other.example', 'y@other.example'),
    )
    const all = [...first.map(([from, to], at) => messageAt(at, from, to)), ...others]
    await Promise.all(all.map(one => store.spool(one)))
    return store
  }

  /** What the store was asked. */
  async function search(store: Store, text: string, before?: string) {
    const asked: MessagesQuery[] = []
    const counting = Object.create(store, {
      listMessages: {
        value: (query: MessagesQuery) => {
          asked.push(query)
          return store.listMessages(query)
        },
      },
    })
    const desk = messagesDesk({ store: async () => counting })
    const { found, more } = await findMessages(
      { text, state: '', ...(before !== undefined && { before }) },
      desk,
    )
    return { ids: found.map(one => one.queueId), more, asked }
  }

  test('the oldest is found on the first page, with one question for each thing that the text may be', async () => {
    const store = await storeWith([['ann@rare.example', 'team@alias.example']])
    const { ids, more, asked } = await search(store, 'ann@rare.example')
    expect(ids).toEqual([idAt(0)])
    expect(more).toBeUndefined()
    expect(asked.map(query => query.criteria)).toEqual([
      { from: 'ann@rare.example' },
      { to: 'ann@rare.example' },
      { messageId: 'ann@rare.example' },
    ])
  })

  test('what several conditions find stands once, newest first, and the pages leave nothing out', async () => {
    const some = Array.from({ length: 250 }, (_, at): [string, string] => [
      at % 2 === 0 ? `n${at}@rare.example` : 'x@other.example',
      at % 3 === 0 ? 'team@rare.example' : 'y@rare.example',
    ])
    const store = await storeWith(some)
    const seen: string[] = []
    for (let before: string | undefined; ; ) {
      const { ids, more } = await search(store, 'rare.example', before)
      seen.push(...ids)
      if (more === undefined) break
      before = more
    }
    expect(seen).toEqual(some.map((_, at) => idAt(at)).toReversed())
  })
})
