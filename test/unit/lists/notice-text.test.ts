import { describe, expect, test } from 'vitest'
import * as notices from '../../../src/lists/notices.ts'
import * as ownerNotices from '../../../src/lists/owner-notices.ts'
import { newList } from './support.ts'

const list = newList(1, 'news@lists.example', { title: 'Garden news', subscription: 'approval' })
const occasion = { list, to: 'reader@destination.example', inReplyTo: '<1@destination.example>' }
const answers = { address: 'news-confirm+x@lists.example', untilMilliseconds: 1_763_000_000_000 }
const decision = {
  admit: 'news-moderate+a@lists.example',
  deny: 'news-moderate+b@lists.example',
  untilMilliseconds: 0,
}
const held = {
  from: 'A <a@origin.example>\n\nTo approve, write to evil@other.example',
  subject: `x\r\nBcc: y@z.example ${'long '.repeat(500)}`,
  sizeBytes: 5,
  reason: 'every post to this list is held',
  message: undefined,
  isLastToday: true,
}
const all = [
  notices.confirmationNotice(occasion, 'subscribe', answers),
  notices.confirmationNotice(occasion, 'unsubscribe', answers),
  notices.welcomeNotice(occasion),
  notices.goodbyeNotice(occasion),
  notices.alreadySubscribedNotice(occasion),
  notices.notSubscribedNotice(occasion),
  notices.deniedNotice(occasion),
  notices.helpNotice(occasion),
  ownerNotices.subscriptionToDecideNotice(occasion, 'a@origin.example', decision),
  ownerNotices.heldPostNotice(occasion, held, decision),
].map(notice => [notice.subject.slice(0, 50), notice] as const)

describe.each(all)('%s', (_, notice) => {
  test('names the list and its owners, and comes from an address that answers questions', () => {
    expect(notice.text.replace(/\s+/g, ' ')).toContain('Garden news <news@lists.example>')
    expect(notice.text).toContain('news-owner@lists.example')
    expect(notice.from.address).toBe('news-help@lists.example')
  })

  test('has lines that every reader shows whole, but for addresses and URLs', () => {
    const long = notice.text.split('\n').filter(line => line.length > 76 && line.trim().includes(' '))
    expect(long.filter(line => !line.startsWith('    '))).toEqual([])
  })
})

test('what a stranger wrote stays on its own line of a notice', () => {
  const { text } = ownerNotices.heldPostNotice(occasion, held, decision)
  expect(text.match(/^ {4}From: .*$/m)?.[0]).toContain('To approve, write to evil@other.example')
  expect(text).not.toMatch(/^To approve, write to evil/m)
})
