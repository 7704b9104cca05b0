import { describe, expect, test } from 'vitest'
import { commandSender } from '../../../src/lists/command-sender.ts'
import { askedInSubject } from '../../../src/lists/mail-command.ts'
import { readMessage } from '../../../src/message/message.ts'
import type { AdmissionRecord } from '../../../src/record/admission-record.ts'
import { decodeWords } from '../../../src/revise/encoded-word.ts'

const path = { reversePath: 'a@origin.example', forwardPath: 'news-subscribe@lists.example' }
const none: AdmissionRecord = { state: 'none', hops: [], addHop: true, senderAuthenticated: false }

function withSender(spf: string, dkimDomains: readonly string[] = []): AdmissionRecord {
  return {
    ...none,
    sender: {
      spf,
      dkimDomains,
      dkim: dkimDomains.map(domain => ({ domain, covers: { from: 1, to: 1, cc: 1 }, isWhole: true })),
      authenticated: spf === 'pass',
    },
    senderAuthenticated: spf === 'pass',
  }
}

function message(lines: readonly string[]) {
  return readMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
}

const ordinary = ['From: A <a@origin.example>', 'To: news-subscribe@lists.example']

function isVouched(lines: readonly string[], record: AdmissionRecord, sent = path): boolean | undefined {
  const sender = commandSender(message(lines), sent, record)
  return sender.kind === 'person' ? sender.isVouched : undefined
}

describe('the address in From may be answered', () => {
  test('where SPF vouches for a reverse-path of the same domain', () => {
    expect(isVouched(ordinary, withSender('pass'))).toBe(true)
    expect(isVouched(ordinary, withSender('pass'), { ...path, reversePath: 'x@bulk.example' })).toBe(false)
    for (const spf of ['none', 'neutral', 'softfail', 'fail', 'temperror', 'permerror'])
      expect(isVouched(ordinary, withSender(spf))).toBe(false)
  })

  test('where a DKIM signature of its domain passes and the list is named in To or Cc', () => {
    const signed = withSender('none', ['origin.example'])
    expect(isVouched(ordinary, signed)).toBe(true)
    const cc = ['From: a@sub.origin.example', 'To: x@y.example', 'Cc: <NEWS-subscribe@lists.example>']
    expect(isVouched(cc, signed)).toBe(true)
    expect(isVouched(ordinary, withSender('none', ['other.example']))).toBe(false)
  })

  test('not where it was signed by DKIM for somebody else and sent here again', () => {
    const replayed = ['From: A <a@origin.example>', 'To: friend@attacker.example']
    expect(isVouched(replayed, withSender('none', ['origin.example']))).toBe(false)
  })

  test('not where the message came by a second hop: whoever forwards may do so to any list', () => {
    const hop = {
      sequence: 1,
      domain: 'origin.example',
      reversePath: 'a@origin.example',
      forwardPaths: ['x@attacker.example'],
      timestampSeconds: 1,
      selectors: [],
      algorithms: [],
      flags: [],
      state: 'pass',
    } as const
    const forwarded: AdmissionRecord = {
      ...none,
      state: 'pass',
      profile: 'mailversion',
      hops: [hop, { ...hop, sequence: 2, domain: 'attacker.example' }],
      senderAuthenticated: true,
    }
    expect(isVouched(ordinary, forwarded)).toBe(false)
  })

  test('for a client of ours that writes in the name of its own domain', () => {
    expect(isVouched(ordinary, { ...none, senderAuthenticated: true })).toBe(true)
    const other = ['From: a@other.example', 'To: news-subscribe@lists.example']
    expect(isVouched(other, { ...none, senderAuthenticated: true })).toBe(false)
  })
})

test('the subject of a mail for help may say what is wanted, with one word', () => {
  const asked = (subject: string) => askedInSubject(message([`Subject: ${subject}`]), decodeWords)
  expect(['subscribe', ' JOIN ', 'Unsubscribe', 'leave'].map(asked)).toEqual([
    'subscribe',
    'subscribe',
    'unsubscribe',
    'unsubscribe',
  ])
  expect(
    ['', 'please subscribe me', 'constructor', '__proto__', '=?utf-8?q?unsubscribe_me?='].map(asked),
  ).toEqual(Array(5).fill('help'))
  const leaving = [
    '=?UTF-8?B?dW5zdWJzY3JpYmU=?=',
    '=?iso-8859-1?Q?unsubscribe?=',
    '=?US-ASCII?q?=55nsubscribe?=',
    '=?utf-8?q?unsub?= =?utf-8?q?scribe?=',
    '=?utf-8?q?unsub?=\r\n =?utf-8?b?c2NyaWJl?=',
    '=?utf-8*en?q?leave?=',
    '=?utf-8?q?_unsubscribe_?=',
    '=?windows-1252?Q?Unsubscribe?=',
    '=?koi8-r?q?LEAVE?=',
  ]
  expect(leaving.map(asked)).toEqual(leaving.map(() => 'unsubscribe'))
  expect(asked('=?iso-2022-jp?q?join?=')).toBe('subscribe')
  expect(askedInSubject(message(ordinary), decodeWords)).toBe('help')
})
