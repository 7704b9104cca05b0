import { describe, expect, test } from 'vitest'
import { aliasDirectory } from '../../../../src/expand/alias-directory.ts'
import type { ExpandDependencies, Forwarding } from '../../../../src/service/forward/expand-envelope.ts'
import { expandEnvelope, respectFlags } from '../../../../src/service/forward/expand-envelope.ts'

const world: ExpandDependencies = {
  aliases: aliasDirectory({
    'alias.example': { team: ['a@x.example', 'gone@alias.example'], postmaster: ['p@x.example'] },
  }),
  listAt: () => undefined,
  expandBounds: { maxDepth: 10, maxTargets: 100 },
  defaultDomain: 'alias.example',
  bounceAddress: (queueId, ordinal, domain) => `b+${queueId}-${ordinal}@${domain}`,
  isCarriable: address => !address.includes(';'),
  isSuspended: () => false,
}

function expand(forwardPaths: string[], reversePath = 's@origin.example'): Forwarding[] {
  return [...expandEnvelope('Q', { reversePath, forwardPaths, smtpUtf8: false }, world).copies]
}

describe('the envelope of a copy', () => {
  test('has a bounce address of its own, in the domain that received it', () => {
    expect(expand(['team@alias.example'])[0]).toMatchObject({
      ordinal: 0,
      recipient: 'team@alias.example',
      forwardPath: 'a@x.example',
      reversePath: 'b+Q-0@alias.example',
      domain: 'alias.example',
      kind: 'alias',
    })
  })

  test('keeps a null reverse-path null (RFC 5321 section 4.5.5)', () => {
    expect(expand(['team@alias.example'], '')[0]?.reversePath).toBe('')
  })

  test('keeps the sender of our own clients, whose domain signs', () => {
    expect(expand(['b@y.example'], 'me@alias.example')).toMatchObject([
      {
        kind: 'originate',
        reversePath: 'me@alias.example',
        domain: 'alias.example',
        forwardPath: 'b@y.example',
      },
    ])
  })

  test('for the bare word postmaster is that of the own domain', () => {
    expect(expand(['Postmaster'])).toMatchObject([{ recipient: 'Postmaster', forwardPath: 'p@x.example' }])
  })

  test('says why a target cannot be reached', () => {
    expect(expand(['team@alias.example'])[1]?.failure).toMatch(/^5\.1\.1 /)
    expect(expand(['"a;b"@y.example'], 'me@alias.example')[0]?.failure).toMatch(/^5\.1\.3 /)
  })
})

describe('donotexplode', () => {
  const hops = [{ sequence: 1, flags: ['donotexplode'] }]
  const asked = { profile: 'mailversion', hops } as unknown as Parameters<typeof respectFlags>[0]

  test('stops every copy where there would be more than one', () => {
    const copies = respectFlags(asked, expand(['team@alias.example', 'postmaster@alias.example']))
    expect(copies.map(copy => copy.failure?.slice(0, 5))).toEqual(['5.7.1', '5.1.1', '5.7.1'])
  })

  test('does not count targets that cannot be reached anyway', () => {
    expect(respectFlags(asked, expand(['team@alias.example']))[0]?.failure).toBeUndefined()
  })
})
