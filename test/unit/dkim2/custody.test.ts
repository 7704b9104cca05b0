import { describe, expect, test } from 'vitest'
import {
  checkCustody,
  checkEnvelope,
  checkTimestamps,
  continuesFrom,
  defaultTimeBounds,
  isAligned,
  relaxedDomainMatch,
} from '../../../src/dkim2/custody.ts'
import type { Chain, Hop } from '../../../src/dkim2/model.ts'
import { newField } from '../../../src/message/message.ts'

function hop(sequence: number, reversePath: string, forwardPaths: readonly string[], domain: string): Hop {
  return {
    sequence,
    version: 0,
    timestampSeconds: 1_000_000,
    reversePath,
    forwardPaths,
    domain,
    signatures: [],
    flags: [],
    addedFields: [],
    field: newField('DKIM2-Signature', ''),
    signingForm: '',
  }
}

function chain(...hops: Hop[]): Chain {
  return { hops, versions: [] }
}

describe('the relaxed domain match (section 9.4)', () => {
  test.each([
    ['a.example', 'a.example', true],
    ['b.a.example', 'a.example', true],
    ['c.b.a.example', 'a.example', true],
    ['a.example', 'b.a.example', false],
    ['xa.example', 'a.example', false],
    ['a.example', 'example', true],
    ['a.example', 'b.example', false],
    ['', 'a.example', false],
    ['a.example', '', false],
    ['', '', false],
  ])('of %j with %j: %s', (domain, target, expected) => {
    expect(relaxedDomainMatch(domain, target)).toBe(expected)
  })
})

describe('alignment of d= with the reverse-path (section 8.8)', () => {
  test.each([
    ['a.example', 'x@a.example', true],
    ['a.example', 'x@b.a.example', true],
    ['a.example', 'x@A.Example', true],
    ['b.a.example', 'x@a.example', false],
    ['a.example', 'x@c.example', false],
    ['a.example', '', true],
    ['a.example', 'nodomain', false],
  ])('%s for <%s>: %s', (domain, path, expected) => {
    expect(isAligned(domain, path)).toBe(expected)
  })
})

describe('a domain with U-labels', () => {
  test('is the same as with A-labels', () => {
    const one = chain(hop(1, 'a@bücher.example', ['b@käse.example'], 'xn--bcher-kva.example'))
    const envelope = { reversePath: 'a@xn--bcher-kva.example', forwardPaths: ['b@xn--kse-qla.example'] }
    expect(checkEnvelope(one, envelope)).toBeUndefined()
    expect(checkCustody(one)).toBeUndefined()
    expect(
      continuesFrom(
        { forwardPaths: ['b@käse.example'] },
        { reversePath: 'c@xn--kse-qla.example', domain: '' },
      ),
    ).toBe(true)
  })
})

describe('following a hop', () => {
  test.each([
    ['the domain it was sent to', 'b@list.example', 'list.example', true],
    ['a subdomain of that', 'b@bounces.list.example', 'list.example', true],
    ['the domain of any of its recipients', 'b@other.example', 'other.example', true],
    ['another domain', 'b@evil.example', 'evil.example', false],
    ['a parent of the domain it was sent to', 'b@example', 'example', false],
    ['a null reverse-path, signed by that domain', '', 'list.example', true],
    ['a null reverse-path, signed by its parent', '', 'example', true],
    ['a null reverse-path, signed by its subdomain', '', 'mx.list.example', false],
    ['a null reverse-path, signed by another domain', '', 'evil.example', false],
    ['a null reverse-path, signed by a domain that only ends alike', '', 'evillist.example', false],
  ])('is allowed from %s: <%s> d=%s: %s', (_what, reversePath, domain, expected) => {
    const previous = { forwardPaths: ['team@List.example', 'x@other.example'] }
    expect(continuesFrom(previous, { reversePath, domain })).toBe(expected)
  })
})

describe('custody of a chain', () => {
  const first = hop(1, 'a@origin.example', ['team@list.example'], 'origin.example')

  test('that is whole has nothing wrong', () => {
    const second = hop(2, 'b@list.example', ['x@alias.example'], 'list.example')
    expect(
      checkCustody(chain(first, second, hop(3, 'c@alias.example', ['d@e.example'], 'alias.example'))),
    ).toBeUndefined()
  })

  test('names the hop that does not follow', () => {
    const second = hop(2, 'b@list.example', ['x@alias.example'], 'list.example')
    expect(
      checkCustody(chain(first, second, hop(3, 'a@origin.example', ['d@e.example'], 'origin.example'))),
    ).toEqual({
      state: 'permerror',
      error: 'DKIM2-Signature i=3 MAIL FROM <a@origin.example> did not match',
      since08: 'DKIM2-Signature i=3 mf= does not match the rt= of i=2',
      sequence: 3,
    })
  })

  test('names the hop whose d= is not aligned, before anything of later hops', () => {
    const wrong = hop(1, 'a@origin.example', ['team@list.example'], 'other.example')
    const alsoWrong = hop(2, 'b@evil.example', ['x@y.example'], 'evil.example')
    expect(checkCustody(chain(wrong, alsoWrong))?.error).toBe(
      'DKIM2-Signature i=1 MAIL FROM and d= do not match',
    )
  })

  test('is not asked of the first hop, which nobody sent to', () => {
    expect(checkCustody(chain(first))).toBeUndefined()
  })

  test('of a DSN sent on with its null reverse-path names the path as <>', () => {
    const dsn = hop(1, '', ['team@list.example'], 'origin.example')
    expect(checkCustody(chain(dsn, hop(2, '', ['x@y.example'], 'evil.example')))?.error).toBe(
      'DKIM2-Signature i=2 MAIL FROM <> did not match',
    )
    expect(checkCustody(chain(dsn, hop(2, '', ['x@y.example'], 'list.example')))).toBeUndefined()
  })
})

describe('the envelope (section 11.4)', () => {
  const sent = chain(
    hop(1, 'A@Origin.example', ['team@list.example', 'Other@list.example'], 'origin.example'),
  )

  test.each([
    ['A@origin.example', ['team@list.example'], undefined],
    ['A@ORIGIN.EXAMPLE', ['team@LIST.example', 'Other@list.example'], undefined],
    ['a@origin.example', ['team@list.example'], 'MAIL FROM <a@origin.example> did not match'],
    ['', ['team@list.example'], 'MAIL FROM <> did not match'],
    ['A@origin.example', ['other@list.example'], 'RCPT TO <other@list.example> did not match'],
    ['A@origin.example', ['team@list.example', 'x@y.example'], 'RCPT TO <x@y.example> did not match'],
    ['A@sub.origin.example', ['team@list.example'], 'MAIL FROM <A@sub.origin.example> did not match'],
  ])('from <%s> to %j: %s', (reversePath, forwardPaths, expected) => {
    const error = checkEnvelope(sent, { reversePath, forwardPaths })?.error
    expect(error).toBe(expected && `DKIM2-Signature i=1 ${expected}`)
  })

  test('is compared with the highest hop only', () => {
    const two = chain(...sent.hops, hop(2, 'b@list.example', ['x@y.example'], 'list.example'))
    expect(
      checkEnvelope(two, { reversePath: 'b@list.example', forwardPaths: ['x@y.example'] }),
    ).toBeUndefined()
    expect(
      checkEnvelope(two, { reversePath: 'A@origin.example', forwardPaths: ['x@y.example'] })?.sequence,
    ).toBe(2)
  })

  test('that holds control characters is shown without them', () => {
    const error = checkEnvelope(sent, { reversePath: 'a\r\nb@x', forwardPaths: [] })?.error
    expect(error).toBe('DKIM2-Signature i=1 MAIL FROM <a??b@x> did not match')
  })

  test('that is very long is shown cut', () => {
    const error = checkEnvelope(sent, { reversePath: 'a'.repeat(5_000), forwardPaths: [] })?.error ?? ''
    expect(error.length).toBeLessThan(320)
  })
})

describe('timestamps (section 11.3)', () => {
  const signed = chain(hop(1, '', ['a@b.example'], 'b.example'))
  const fortnight = 14 * 86_400

  test.each([
    [1_000_000, undefined],
    [1_000_000 + fortnight, undefined],
    [1_000_000 + fortnight + 1, 'DKIM2-Signature i=1 signature expired'],
    [1_000_000 - 86_400, undefined],
    [1_000_000 - 86_401, 'DKIM2-Signature i=1 signature is from the future'],
  ])('at %d: %s', (now, expected) => {
    expect(checkTimestamps(signed, now, defaultTimeBounds)?.error).toBe(expected)
  })

  test('are checked on every hop', () => {
    const two = chain(...signed.hops, { ...hop(2, '', ['a@b.example'], 'b.example'), timestampSeconds: 1 })
    expect(checkTimestamps(two, 1_000_000, { maxAgeSeconds: 10, maxFutureSeconds: 10 })?.sequence).toBe(2)
  })
})
