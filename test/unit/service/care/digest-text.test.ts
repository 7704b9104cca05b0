import { describe, expect, test } from 'vitest'
import { freshTarget } from '../../../../src/service/alias-targets/target-standing.ts'
import type { Findings } from '../../../../src/service/care/digest-text.ts'
import { digestNotice } from '../../../../src/service/care/digest-text.ts'

const day = 86_400_000
const at = Date.UTC(2026, 10, 28, 6)
const frame = {
  hostname: 'relay.alias.example',
  from: 'postmaster@alias.example',
  to: 'admin@destination.example',
  at,
  most: 2,
}
const nothing: Findings = { losses: [], stuck: [], held: 0, keys: [], certificates: [], targets: [] }
const loss = {
  id: 1,
  kind: 'failure',
  why: 'the reverse-path is null',
  about: 'destination.example',
  said: '550 5.1.1 no such user',
  queueId: 'Q1',
  count: 3,
  firstAt: at - day,
  lastAt: at - 1,
} as const

function told(changes: Partial<Findings>) {
  const notice = digestNotice({ ...nothing, ...changes }, frame)
  if (notice === undefined) throw new Error('nothing was told')
  return notice
}

test('there is no digest when there is nothing to tell', () => {
  expect(digestNotice(nothing, frame)).toBeUndefined()
})

test('it comes from the postmaster of an own domain to whoever reads that mail, and is no answer', () => {
  expect(told({ held: 1 })).toMatchObject({
    from: { address: 'postmaster@alias.example' },
    to: 'admin@destination.example',
    autoSubmitted: 'auto-generated',
  })
})

test('losses are told with their number, why nobody was told, what was said, and one message to look at', () => {
  const { subject, text } = told({
    losses: [loss, { ...loss, id: 2, kind: 'bounce', about: '', said: null, count: 1 }],
  })
  expect(subject).toBe('relay.alias.example: 4 failures that nobody was told of')
  expect(text).toContain('3 x delivery failed for destination.example: the reverse-path is null')
  expect(text).toContain('        550 5.1.1 no such user')
  expect(text).toContain('last: Q1, Sat, 28 Nov 2026 05:59 UTC')
  expect(text).toContain('1 x came back: the reverse-path is null')
})

test('a stuck destination is told with what waits, what it said and when it ends; held deliveries beside it', () => {
  const stuck = [{ destination: 'slow.example', count: 1, expiresAt: at + day, said: '451 4.3.0 later' }]
  const { subject, text } = told({ stuck, held: 2 })
  expect(subject).toBe('relay.alias.example: 1 stuck destination, 2 held deliveries')
  expect(text).toContain('slow.example: 1 delivery, given up from Sun, 29 Nov 2026 06:00 UTC on')
  expect(text).toContain('451 4.3.0 later')
  expect(text).toContain('queue list --state held')
})

test.each([
  ['missing', undefined, 'there is none'],
  ['different', 'v=DKIM1; p=', 'it is not that of the key'],
  ['unknown', 'no answer', 'it could not be looked up'],
] as const)('a key record that is %s is told by its name', (state, found, words) => {
  const { text } = told({
    keys: [{ recordName: 'ed._domainkey.alias.example', isPending: false, state, found }],
  })
  expect(text).toContain(`ed._domainkey.alias.example: ${words}`)
  if (found !== undefined) expect(text).toContain(`        ${found}`)
})

test.each([
  [at + day, 'ends on Sun, 29 Nov 2026'],
  [at - day, 'has ended on Fri, 27 Nov 2026'],
  [undefined, 'it cannot be read'],
])('a certificate is told with its listeners, its file and its end: %s', (endsAt, words) => {
  const { text } = told({ certificates: [{ listeners: ['mx', 'http'], file: '/etc/cert.pem', endsAt }] })
  expect(text).toContain(`mx, http: ${words}`)
  expect(text).toContain('/etc/cert.pem')
})

test('a target of an alias is told when it gets no more mail, with the reason, and when it does again', () => {
  const fresh = freshTarget('gone@x.example', 'team@alias.example', at - day)
  const { subject, text } = told({
    targets: [
      { ...fresh, state: 'suspended', suspendedAt: at - 1, reason: '550 5.1.1 no such user' },
      { ...fresh, address: 'back@x.example', resumedAt: at - 1 },
    ],
  })
  expect(subject).toBe('relay.alias.example: 2 targets of aliases')
  expect(text).toContain('gone@x.example: gets no more mail since Sat, 28 Nov 2026 05:59 UTC')
  expect(text).toContain('        of team@alias.example: 550 5.1.1 no such user')
  expect(text).toContain('back@x.example: gets mail again since Sat, 28 Nov 2026 05:59 UTC')
})

describe('what strangers have chosen', () => {
  test('is one line each, without controls', () => {
    const { text } = told({ losses: [{ ...loss, about: 'a\nSubject: x', said: 'b\r\n\x1b[2Jc' }] })
    expect(text).not.toMatch(/\r|\x1b|^Subject: x/m)
  })

  test('makes no section longer than its limit: the rest is counted', () => {
    const losses = Array.from({ length: 5 }, (_, id) => ({ ...loss, id, about: `d${id}.example` }))
    const { subject, text } = told({ losses })
    expect(subject).toContain('15 failures')
    expect(text.match(/delivery failed/g)).toHaveLength(2)
    expect(text).toContain('and 3 more')
  })
})
