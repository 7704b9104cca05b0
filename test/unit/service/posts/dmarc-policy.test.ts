import { expect, test } from 'vitest'
import { zoneResolver } from '../../../../src/dns/zone-resolver.ts'
import { dmarcPolicy } from '../../../../src/service/posts/dmarc-policy.ts'

const resolver = zoneResolver({
  'strict.example': { _dmarc: [['txt', 'v=DMARC1; p=reject; sp=quarantine']] },
  'mild.example': { _dmarc: [['txt', 'v=DMARC1; p=none; t=y']] },
  'two.example': {
    _dmarc: [
      ['txt', 'v=DMARC1; p=reject'],
      ['txt', 'v=DMARC1; p=none'],
    ],
  },
  'xn--bcher-kva.example': { _dmarc: [['txt', 'v=DMARC1; p=quarantine']] },
  'down.example': { _dmarc: [['temporary', 'no server answers']] },
})

test.each([
  ['jane@strict.example', 'reject'],
  ['jane@sub.strict.example', 'quarantine'],
  ['jane@a.b.c.strict.example', 'quarantine'],
  ['jane@mild.example', 'none'],
  ['jane@sub.mild.example', 'none'],
  ['jane@bücher.example', 'quarantine'],
  ['jane@two.example', undefined],
  ['jane@nowhere.example', undefined],
  ['jane@[192.0.2.1]', undefined],
])('the policy for %s is %s', async (author, policy) => {
  expect(await dmarcPolicy(author, resolver)).toEqual({ kind: 'found', policy })
})

test('no answer of DNS is no policy of the domain', async () => {
  expect(await dmarcPolicy('jane@down.example', resolver)).toMatchObject({ kind: 'unknown' })
})
