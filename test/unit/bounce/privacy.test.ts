import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanDiagnostic } from '../../../src/bounce/clean-diagnostic.ts'
import { namesIn } from '../../../src/bounce/names.ts'
import { privacyOf, rewriteRecipients, withoutWords } from '../../../src/bounce/privacy.ts'
import type { RecipientStatus } from '../../../src/bounce/status-fields.ts'

const delivery = {
  recipient: 'team@alias.example',
  forwardPath: 'jdoe@bigcorp.example',
  reversePath: 'b+token@alias.example',
}
const facts = {
  delivery,
  nextHops: ['mx1.hosting.example[192.0.2.7]:25', '[2001:db8::7]:25'],
  ownNames: ['relay.alias.example', 'alias.example'],
  to: 'a@origin.example',
}
const privacy = privacyOf(facts)

describe('the names to hide', () => {
  test('are the forward-path, its domain, the hosts and addresses spoken to, and the bounce address', () => {
    expect(privacy.hidden).toEqual([
      'jdoe@bigcorp.example',
      'mx1.hosting.example',
      '192.0.2.7',
      '2001:db8::7',
      'b+token@alias.example',
    ])
    expect(privacy.hiddenDomains).toEqual(['bigcorp.example'])
  })

  test('are not those that the previous hop has itself', () => {
    const same = privacyOf({ ...facts, to: 'boss@bigcorp.example' })
    expect(same.hiddenDomains).toEqual([])
    expect(same.hidden).toContain('jdoe@bigcorp.example')
    expect(privacyOf({ ...facts, to: delivery.forwardPath }).hidden).not.toContain('jdoe@bigcorp.example')
  })

  test('are not those that only end alike', () => {
    expect(privacyOf({ ...facts, to: 'x@notbigcorp.example' }).hiddenDomains).toEqual(['bigcorp.example'])
    expect(privacyOf({ ...facts, to: 'x@mail.bigcorp.example' }).hiddenDomains).toEqual([])
  })

  test('have the spelling of DNS too', () => {
    const idn = privacyOf({ ...facts, delivery: { ...delivery, forwardPath: 'x@bücher.example' } })
    expect(idn.hiddenDomains).toEqual(['bücher.example', 'xn--bcher-kva.example'])
    expect(idn.hidden).toContain('x@xn--bcher-kva.example')
  })
})

describe('a diagnostic text for the previous hop', () => {
  test.each([
    ['550 5.1.1 User unknown', '550 5.1.1 User unknown'],
    ['550 5.1.1 <team@alias.example>: User unknown', '550 5.1.1 <team@alias.example>: User unknown'],
    ['550 5.1.1 <jdoe@bigcorp.example>: User unknown', '550 5.1.1 [...] User unknown'],
    ['550 jdoe: no such user', '550 [...] no such user'],
    ['550 JDOE is not here', '550 [...] is not here'],
    ['550 Bigcorp mail gateway says no', '550 [...] mail gateway says no'],
    ['550 bigcorpmail says no', '550 [...] says no'],
    ['554 host mx1.hosting.example[192.0.2.7] said: no', '554 host [...] said: no'],
    ['554 blocked, see https://hosting.example/?ip=192.0.2.7&u=jdoe', '554 blocked, see [...]'],
    ['554 from 2001:db8::7 refused', '554 from [...] refused'],
    ['554 c000-0207 0xC0000207 3221225991 refused', '554 [...] refused'],
    ['550 jdoe%40bigcorp%2Eexample unknown', '550 [...] unknown'],
    ['550 amRvZUBiaWdjb3JwLmV4YW1wbGU= unknown', '550 [...] unknown'],
    ['550 jdoe&#64;bigcorp unknown', '550 [...] unknown'],
    ['550 ｊｄｏｅ＠ｂｉｇｃｏｒｐ unknown', '550 [...] unknown'],
    ['550 j\u200bdoe unknown', '550 [...] unknown'],
    ['550 бигкорп unknown', '550 [...] unknown'],
    ['550 b+token@alias.example unknown', '550 [...] unknown'],
    ['550 jdoe at bigcorp dot example', '550 [...] at [...] dot [...]'],
    ['550 5.7.1 (#5.7.1) no', '550 5.7.1 (#5.7.1) no'],
  ])('%s', (said, told) => {
    expect(cleanDiagnostic(said, privacy)).toBe(told)
  })

  test('keeps the words that every other host name is made of', () => {
    const common = privacyOf({ ...facts, nextHops: ['mail.bigcorp.example', 'user.smtp.example'] })
    expect(cleanDiagnostic('550 mailbox of this user is full', common)).toBe(
      '550 mailbox of this user is full',
    )
  })

  test('is short, and one line of ASCII', () => {
    const told = cleanDiagnostic(`550 ${'no mail today\r\n '.repeat(1_000)}`, privacy) ?? ''
    expect(told.length).toBeLessThanOrEqual(200)
    expect(told).toMatch(/^[\x20-\x7e]+$/)
  })

  test('is none where nothing is left', () => {
    expect(cleanDiagnostic('jdoe@bigcorp.example', privacy)).toBeUndefined()
  })

  test('never holds a name, whatever was said', () => {
    const pieces = fc.constantFrom(
      'jdoe',
      'bigcorp',
      'example',
      '.',
      '@',
      ' ',
      '550',
      'mx1',
      '192.0.2.7',
      '[',
      '(',
      ':',
      'no',
      '%40',
      'hosting',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), parts => {
        const told = (cleanDiagnostic(parts.join(''), privacy) ?? '').toLowerCase()
        expect([...namesIn(told)].filter(({ text }) => !privacy.nameable.includes(text))).toEqual([])
        for (const secret of ['jdoe', 'bigcorp', 'hosting', '192.0']) expect(told).not.toContain(secret)
      }),
    )
  })
})

describe('the recipients of a report, for the previous hop', () => {
  const failed: RecipientStatus = {
    finalRecipient: 'jdoe@store.bigcorp.example',
    action: 'failed',
    status: '5.1.1',
    remoteMta: 'store.bigcorp.example',
    diagnosticType: 'smtp',
    diagnosticCode: '550 5.1.1 <jdoe@bigcorp.example> unknown',
  }

  test('are the one address that it had used', () => {
    expect(rewriteRecipients({ recipients: [failed, failed] }, delivery, privacy)).toEqual({
      finalRecipient: 'team@alias.example',
      action: 'failed',
      status: '5.1.1',
      explanation: 'the address does not exist',
      diagnostic: '550 5.1.1 [...] unknown',
    })
  })

  test('fared as the one that failed', () => {
    const others: RecipientStatus[] = [
      { action: 'delivered', status: '2.0.0' },
      { ...failed, status: '5.2.2' },
    ]
    expect(rewriteRecipients({ recipients: others }, delivery, privacy)).toMatchObject({
      action: 'failed',
      status: '5.2.2',
    })
  })

  test('get the status of the reply, or a general one, where the report has none', () => {
    const { status: _, ...bare } = failed
    expect(rewriteRecipients({ recipients: [bare] }, delivery, privacy).status).toBe('5.1.1')
    expect(rewriteRecipients({ recipients: [{ action: 'failed' }] }, delivery, privacy).status).toBe('5.0.0')
    expect(rewriteRecipients({ recipients: [{ action: 'delayed' }] }, delivery, privacy)).toMatchObject({
      action: 'delayed',
      status: '4.0.0',
    })
  })

  test('get the words of a server only', () => {
    const local = { ...failed, diagnosticType: 'x-unix', diagnosticCode: 'could not write to home of user' }
    expect(rewriteRecipients({ recipients: [local] }, delivery, privacy).diagnostic).toBeUndefined()
  })

  test('keep the ORCPT of the previous hop', () => {
    const told = rewriteRecipients({ recipients: [failed] }, delivery, privacy, 'rfc822;list@origin.example')
    expect(told.originalRecipient).toBe('rfc822;list@origin.example')
  })

  test('can be told without any words of others', () => {
    expect(withoutWords(rewriteRecipients({ recipients: [failed] }, delivery, privacy))).toEqual({
      finalRecipient: 'team@alias.example',
      action: 'failed',
      status: '5.1.1',
      explanation: 'the address does not exist',
    })
  })
})

test.each([
  ['mail to a@b.example, or <c@d.example>', ['a@b.example', 'c@d.example']],
  ['host mx.b.example[192.0.2.1]:25 said', ['mx.b.example', '192.0.2.1']],
  ['[IPv6:2001:db8::1] and 2001:db8:0:0:0:0:0:1', ['2001:db8::1', '2001:db8:0:0:0:0:0:1']],
  ['at 02:13:20 +0000, status 5.1.1, MIME 1.0, e.g. this.', []],
  ['https://b.example/path?x=y', ['b.example']],
  ['dns;mx.b.example', ['mx.b.example']],
])('names in %s', (text, names) => {
  expect([...namesIn(text)].map(name => name.text)).toEqual(names)
})

test('names that a report speaks of, from beyond what this hop knows, are kept back as words too', () => {
  const recipient: RecipientStatus = {
    action: 'failed',
    status: '5.1.1',
    finalRecipient: 'alice42@big-corp.example',
    diagnosticType: 'smtp',
    diagnosticCode: '550 5.1.1 User alice unknown at bigcorp, ask Big-Corp',
  }
  const { diagnostic } = rewriteRecipients({ recipients: [recipient] }, delivery, privacy)
  expect(diagnostic).toContain('550 5.1.1')
  expect(diagnostic?.toLowerCase()).not.toMatch(/alice|corp/)
})
