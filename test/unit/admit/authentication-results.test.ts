import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  authenticationResults,
  claimsAuthservId,
  propertyValue,
} from '../../../src/admit/authentication-results.ts'
import type { HopVerdict, Verdict } from '../../../src/dkim2/index.ts'
import { newField } from '../../../src/message/message.ts'

function hop(sequence: number, domain: string, state: HopVerdict['state']): HopVerdict {
  return {
    sequence,
    domain,
    state,
    reversePath: `a@${domain}`,
    forwardPaths: [],
    timestampSeconds: 0,
    selectors: [],
    algorithms: [],
    flags: [],
  }
}

function text(verdict: Verdict, others: string[] = []): string {
  return authenticationResults('relay.example', verdict, others)
    .octets.toString('latin1')
    .replace(/\r\n[\t ]+/g, ' ')
}

describe('the field that this relay adds (RFC 8601, draft-gondwana-dkim2-authres)', () => {
  test('says pass with the domain of i=1 and the hops', () => {
    const verdict: Verdict = {
      state: 'pass',
      profile: 'mailversion',
      hops: [hop(1, 'a.example', 'pass'), hop(2, 'b.example', 'pass')],
    }
    expect(text(verdict)).toBe(
      'Authentication-Results: relay.example; dkim2=pass (i=1 a.example pass, i=2 b.example pass) header.d=a.example\r\n',
    )
  })

  test('attributes a failure to its hop and escapes parentheses in the comment', () => {
    const verdict: Verdict = {
      state: 'fail',
      error: 'DKIM2-Signature i=2 s(1) incorrect signature',
      failedAt: 2,
      hops: [hop(1, 'a.example', 'pass'), hop(2, 'b.example', 'fail')],
    }
    expect(text(verdict)).toBe(
      'Authentication-Results: relay.example; dkim2=fail (i=1 a.example pass, i=2 b.example fail; FAIL: DKIM2-Signature i=2 s\\(1\\) incorrect signature) header.d=a.example header.i=2\r\n',
    )
  })

  test('calls hops skipped that were not judged, or cannot be', () => {
    const verdict: Verdict = {
      state: 'temperror',
      error: 'DKIM2-Signature i=3 public key s could not be fetched',
      failedAt: 3,
      hops: [
        hop(1, 'a.example', 'unverifiable'),
        hop(2, 'b.example', 'none'),
        hop(3, 'c.example', 'temperror'),
      ],
    }
    expect(text(verdict)).toContain(
      '(i=1 a.example skipped, i=2 b.example skipped, i=3 c.example temperror; TEMPERROR: DKIM2-Signature i=3 public key s could not be fetched) header.d=a.example header.i=3',
    )
  })

  test('names no hop where the message as a whole is wrong', () => {
    const verdict: Verdict = {
      state: 'fail',
      error: 'Message has been exploded despite a donotexplode request',
      failedAt: 2,
      ofMessage: true,
      hops: [hop(1, 'a.example', 'pass'), hop(2, 'b.example', 'fail')],
    }
    expect(text(verdict)).toMatch(/ header\.d=a\.example\r\n$/)
  })

  test('names the originator though the chain cannot be read, and no hop where none is to blame', () => {
    const verdict: Verdict = {
      state: 'permerror',
      error: 'Message-Instance m=2 missing',
      originator: 'a.example',
      hops: [],
    }
    expect(text(verdict)).toBe(
      'Authentication-Results: relay.example; dkim2=permerror (; PERMERROR: Message-Instance m=2 missing) header.d=a.example\r\n',
    )
  })

  test('says none and the results of other methods where there is no chain', () => {
    expect(text({ state: 'none', hops: [] }, ['spf=pass smtp.mailfrom=a@b.example'])).toBe(
      'Authentication-Results: relay.example; dkim2=none; spf=pass smtp.mailfrom=a@b.example\r\n',
    )
  })

  test('has no line above 998 octets, even for fifty hops with long domains (RFC 5322 section 2.1.1)', () => {
    const hops = Array.from({ length: 50 }, (_, at) =>
      hop(at + 1, `${'x'.repeat(60)}.${'y'.repeat(60)}.example`, 'pass'),
    )
    const lines = authenticationResults('relay.example', { state: 'pass', hops })
      .octets.toString('latin1')
      .split('\r\n')
    expect(Math.max(...lines.map(line => line.length))).toBeLessThan(998)
  })
})

describe('a field that claims to be ours (RFC 8601 section 5)', () => {
  const forged = [
    'relay.example; dkim2=pass',
    'RELAY.example ; none',
    '(comment (nested) \\) ) relay.example 1; none',
    '"relay.example"; none',
    'relay.example',
    ' relay.example\r\n\t; spf=pass',
    'relay.example(a comment); none',
    'relay.example.; none',
    'relay.example./1; none',
    'relay.example/1; none',
    'relay.example / 1; none',
    'relay.example;1; none',
    '"relay.example.";none',
    '"relay.exam\\ple" 1; none',
    '"relay".example; none',
    '"relay.example; none',
    'relay.(a comment)example; none',
    'relay . example; none',
    '(c)relay.\r\n\t(d)\r\n\texample; none',
    '\0relay.example; none',
    'relay.\0example; none',
    'relay.example\0; none',
    '"relay.example\0"; none',
    '\xef\xbb\xbfrelay.example; none',
    'relay.ex\xc2\xadample; none',
    '\xef\xbd\x92elay.example; none',
    'relay.example@x; none',
    'relay.example, none',
  ]
  test.each(forged)('is recognised: %j', value => {
    expect(claimsAuthservId(newField('AUTHENTICATION-results', value), 'relay.example')).toBe(true)
  })

  const others = [
    'mx.relay.example; none',
    'relay.example.evil; none',
    'relay.example-2; none',
    'relay.example+mx; none',
    'relay example; none',
    '(relay.example) other.example; none',
    '',
    ';',
  ]
  test.each(others)('is told from that of somebody else: %j', value => {
    expect(claimsAuthservId(newField('Authentication-Results', value), 'relay.example')).toBe(false)
  })

  test('is recognised in U-labels where our name is in A-labels, and the other way round', () => {
    const field = newField('Authentication-Results', 'relay.b\xc3\xbccher.example; none')
    expect(claimsAuthservId(field, 'relay.xn--bcher-kva.example')).toBe(true)
    expect(
      claimsAuthservId(
        newField('Authentication-Results', 'relay.XN--bcher-kva.example;'),
        'relay.bücher.example',
      ),
    ).toBe(true)
  })

  test('is looked for in Authentication-Results only', () => {
    expect(claimsAuthservId(newField('Subject', 'relay.example; x'), 'relay.example')).toBe(false)
  })

  test('is read without an error whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), value => {
        const field = newField('Authentication-Results', value.replace(/[\r\n]/g, ' '))
        expect(typeof claimsAuthservId(field, 'relay.example')).toBe('boolean')
      }),
    )
  })
})

describe('a value of a property (RFC 8601 section 2.2)', () => {
  test('stands as it is when it is a token, or an address where those are allowed', () => {
    expect(propertyValue('a.example')).toBe('a.example')
    expect(propertyValue('a@b.example', '@')).toBe('a@b.example')
  })

  test('is quoted otherwise, and holds no control character', () => {
    expect(propertyValue('a@b.example')).toBe('"a@b.example"')
    expect(propertyValue('a\0b')).toBe('"a?b"')
    expect(propertyValue('"x y"@b.example', '@')).toBe('"\\"x y\\"@b.example"')
  })
})
