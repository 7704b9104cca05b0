/** Which revision of the draft a hop is written by, and by which what arrives is verified. */

import { describe, expect, test } from 'vitest'
import { lastSigner } from '../../../src/dkim2/index.ts'
import { readMessage } from '../../../src/message/message.ts'
import { type SignDependencies, wayName, wayTo } from '../../../src/service/forward/sign-copies.ts'

const to = (forwardPath: string, domain = 'alias.example') => ({ forwardPath, domain })
const world = {
  profileFor: (destination: string, domain: string) =>
    destination === 'old.example' || domain === 'old-fashioned.example' ? 'mailversion' : 'message-instance',
  revisionFor: (destination: string) => (destination === 'slow.example' ? '07' : '09'),
} as Pick<SignDependencies, 'profileFor' | 'revisionFor'> as SignDependencies

describe('a hop', () => {
  test('is written by the revision of its destination, in the profile of the chain where there is one', () => {
    expect(wayTo(to('a@slow.example'), undefined, world)).toEqual({
      profile: 'message-instance',
      revision: '07',
    })
    expect(wayTo(to('a@old.example'), undefined, world)).toEqual({ profile: 'mailversion', revision: '09' })
    expect(wayTo(to('a@else.example', 'old-fashioned.example'), undefined, world).profile).toBe('mailversion')
    expect(wayTo(to('a@old.example'), 'message-instance', world).profile).toBe('message-instance')
  })

  test('is prepared once for each way', () => {
    const ways = ['a@slow.example', 'b@slow.example', 'a@else.example'].map(address =>
      wayName(wayTo(to(address), 'message-instance', world)),
    )
    expect(new Set(ways).size).toBe(2)
  })
})

describe('the peer that hands a message over', () => {
  test.each([
    ['the highest hop, wherever it stands', 'i=1; d=a.example|i=2; d=B.example', 'b.example'],
    ['the highest hop above', 'i=10; d=b.example|i=9; d=a.example', 'b.example'],
    ['nobody without DKIM2', '', undefined],
    ['nobody where no number can be read', 'i=x; d=a.example', undefined],
  ])('is %s', (_what, fields, expected) => {
    const header = fields
      .split('|')
      .map(value => (value === '' ? '' : `DKIM2-Signature: ${value}\r\n`))
      .join('')
    expect(lastSigner(readMessage(Buffer.from(`${header}Subject: x\r\n\r\n`)))).toBe(expected)
  })
})
