/** With several authors the strictest DMARC policy of all their domains decides (RFC 9989, RFC 7489 section 6.6.1). */
import { describe, expect, test } from 'vitest'
import { zoneResolver } from '../../../../src/dns/zone-resolver.ts'
import { authorAddresses } from '../../../../src/revise/from-rewrite.ts'
import { strictestPolicy } from '../../../../src/service/posts/dmarc-policy.ts'
import { message } from '../../revise/support.ts'

const resolver = zoneResolver({
  'strict.example': { _dmarc: [['txt', 'v=DMARC1; p=reject']] },
  'mild.example': { _dmarc: [['txt', 'v=DMARC1; p=quarantine']] },
  'lax.example': { _dmarc: [['txt', 'v=DMARC1; p=none']] },
  'xn--bcher-kva.example': { _dmarc: [['txt', 'v=DMARC1; p=reject']] },
  'down.example': { _dmarc: [['temporary', 'no server answers']] },
})
const authorsIn = (from: string) =>
  authorAddresses(message(`From: ${Buffer.from(from).toString('latin1')}\n\nbody\n`))

test.each([
  ['jane@strict.example', 'reject'],
  ['joe@lax.example, jim@lax.example', 'none'],
  ['Jane <jane@strict.example>, Joe <joe@lax.example>', 'reject'],
  ['Joe <joe@lax.example>, Jane <jane@strict.example>', 'reject'],
  ['joe@lax.example, jim@lax.example, jane@strict.example', 'reject'],
  ['joe@lax.example, ann@mild.example', 'quarantine'],
  ['ann@mild.example, jane@strict.example, joe@lax.example', 'reject'],
  ['joe@nowhere.example, ann@mild.example', 'quarantine'],
  ['Us: joe@lax.example, jane@strict.example;', 'reject'],
  ['joe@lax.example, "jane"@sub.strict.example', 'reject'],
  ['joe@nowhere.example', undefined],
  ['uwe@b\u00fccher.example', 'reject'],
  ['joe@lax.example, \u00fcwe@b\u00fccher.example', 'reject'],
  ['joe@down.example, jane@strict.example', 'reject'],
])('%s: %s', async (from, policy) => {
  expect(await strictestPolicy(authorsIn(from) ?? [], resolver)).toEqual({ kind: 'found', policy })
})

test.each([
  'joe@lax.example, ann@down.example',
  'a@a.example, b@b.example, c@c.example, d@d.example, e@e.example',
])('the policy of %s is not known', async from => {
  expect(await strictestPolicy(authorsIn(from) ?? [], resolver)).toMatchObject({ kind: 'unknown' })
})

describe('a From that cannot be read names no author', () => {
  test.each([
    'nobody',
    '',
    '<>',
    '"open <a@b.example>',
    'undisclosed:;',
    'Jane <jane at origin.example>',
    'jane@',
  ])('%j', from => expect(authorsIn(from)).toBeUndefined())

  test('nor one whose octets are not UTF-8', () => {
    expect(authorAddresses(message('From: a@b\xfccher.example\n\nbody\n'))).toBeUndefined()
  })
})
