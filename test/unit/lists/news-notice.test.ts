import { expect, test } from 'vitest'
import { mailingList } from '../../../src/lists/list-table.ts'
import { newsNotice } from '../../../src/lists/news-notice.ts'
import { listSettings } from './support.ts'

const stored = { id: 1, address: 'news@lists.example', settings: {}, createdAt: 0 }
const list = mailingList(stored, listSettings({ title: 'News' }))
const occasion = { list, to: 'news-owner@lists.example' }
const at = Date.UTC(2026, 10, 28)
const suspended = {
  at,
  kind: 'suspended',
  address: 'x@second.example',
  reason: '550 gone',
  count: 1,
} as const
const refused = {
  at,
  kind: 'refused',
  address: 'mx.second.example',
  reason: '550 block list',
  count: 3,
} as const
const unread = { at, kind: 'unread', address: 'y@second.example', reason: 'from b: Hi', count: 1 } as const

test('one mail tells the owners of subscribers, hosts and mail that was not understood, each with its words', () => {
  const { subject, text } = newsNotice(occasion, [refused, suspended, unread], 10)
  expect(subject).toBe('A subscriber of News: mail fails')
  expect(text).toContain('x@second.example: suspended, Sat, 28 Nov 2026')
  expect(text).toContain('mx.second.example: refused, 3 times, Sat')
  expect(text).toContain('        550 block list')
  expect(text).toContain('y@second.example: not understood, Sat')
})

test('the subject says what it is about where nobody was suspended', () => {
  expect(newsNotice(occasion, [refused], 10).subject).toBe('A host refuses mail of News')
  expect(newsNotice(occasion, [refused, refused], 10).subject).toBe('2 hosts refuse mail of News')
  expect(newsNotice(occasion, [unread], 10).subject).toBe('An answer to a copy of News is no report')
})

test('of many of a kind some are named, and the others counted', () => {
  const { text } = newsNotice(occasion, [suspended, ...Array(12).fill(refused)], 5)
  expect(text.match(/refused, 3 times/g)).toHaveLength(5)
  expect(text).toContain('and 7 more')
  expect(text).toContain('suspended')
})
