import { expect, test } from 'vitest'
import { refusalBySigns } from '../../../src/lists/post-signs.ts'
import { readMessage } from '../../../src/message/message.ts'

function refusal(field: string, reversePath = 'jane@origin.example'): string | undefined {
  const message = readMessage(Buffer.from(`From: jane@origin.example\r\n${field}\r\n\r\nHello\r\n`))
  const reply = refusalBySigns(message, reversePath, 'news@lists.example', 'news.lists.example')
  return reply && `${reply.code} ${reply.enhanced}`
}

test.each([
  'List-Id: News <news.lists.example>',
  'List-Id: <NEWS.Lists.Example>',
  'List-ID: a comment, then <news.lists.example>',
  'Delivered-To: news@lists.example',
  'Delivered-To: <News@Lists.Example>',
])('a message that has been on the list is a loop: %s', field => {
  expect(refusal(field)).toBe('554 5.4.6')
})

test.each([
  'Auto-Submitted: auto-replied',
  'Auto-Submitted: (vacation) Auto-Replied; owner-email="x"',
  'Precedence: auto_reply',
  'Precedence: junk',
  'X-Autoreply: yes',
])('an automatic reply is not distributed: %s', field => {
  expect(refusal(field)).toBe('550 5.7.1')
})

test('what comes with the null reverse-path is not distributed', () => {
  expect(refusal('X: y', '')).toBe('550 5.7.1')
})

test.each([
  'List-Id: <other.lists.example>\r\nPrecedence: junk',
  'List-Id: <other.lists.example>\r\nPrecedence: list',
  'Precedence: bulk',
  'Auto-Submitted: auto-generated',
  'Auto-Submitted: no',
  'Delivered-To: somebody@lists.example',
  'Subject: Auto-Submitted: auto-replied',
])('a list in the list, a program that writes by itself, and everything else is a post: %s', field => {
  expect(refusal(field)).toBeUndefined()
})
