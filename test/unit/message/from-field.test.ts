import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { singleMailboxDomain } from '../../../src/message/from-field.ts'

describe('the domain of the one mailbox in a field', () => {
  test.each([
    ['a@b.example', 'b.example'],
    ['  a@B.Example  ', 'b.example'],
    ['<a@b.example>', 'b.example'],
    ['A Name <a@b.example>', 'b.example'],
    ['"A, Name <x@evil.example>" <a@b.example>', 'b.example'],
    ['"quoted local"@b.example', 'b.example'],
    ['a@b.example (x@evil.example)', 'b.example'],
    ['(one (two \\) ) <c@d>) A <a@b.example> (three)', 'b.example'],
    ['=?utf-8?q?M=C3=BCller?= <a@b.example>', 'b.example'],
    ['M\xfcller <a@b.example>', 'b.example'],
    [Buffer.from('ü <a@bücher.example>').toString('latin1'), 'bücher.example'],
    ['J. R. Smith <a@b.example>', 'b.example'],
  ])('%j: %s', (value, domain) => {
    expect(singleMailboxDomain(value)).toBe(domain)
  })

  test.each([
    ['nothing', ''],
    ['no domain', 'a'],
    ['no local part', '@b.example'],
    ['an empty address', '<>'],
    ['two mailboxes', 'a@b.example, c@d.example'],
    ['two mailboxes in brackets', 'A <a@b.example> <c@d.example>'],
    ['an address beside the brackets', 'x@evil.example <a@b.example>'],
    ['an address after the brackets', '<a@b.example> x@evil.example'],
    ['a group', 'us: a@b.example;'],
    ['an empty group', 'nobody:;'],
    ['a source route', '<@evil.example:a@b.example>'],
    ['two at signs', 'a@b@c.example'],
    ['a domain literal', 'a@[192.0.2.1]'],
    ['brackets in brackets', '<<a@b.example>>'],
    ['a bracket that is not closed', 'A <a@b.example'],
    ['a bracket that is not opened', 'a@b.example>'],
    ['a quote that is not closed', '"A <a@b.example>'],
    ['a comment that is not closed', '(A <a@b.example>'],
    ['a comment that is not opened', 'A) <a@b.example>'],
    ['a comment inside the address', 'a@b(x).example'],
    ['a space inside the address', 'a @b.example'],
    ['a comma in a name without quotes', 'Smith, John <a@b.example>'],
    ['a control character', 'A\x00 <a@b.example>'],
    ['octets that are not UTF-8 in the domain', 'a@b\xff.example'],
    ['comments deeper than anyone writes', `${'('.repeat(20)}${')'.repeat(20)} a@b.example`],
  ])('is unknown with %s', (_what, value) => {
    expect(singleMailboxDomain(value)).toBeUndefined()
  })

  test('is found or unknown in whatever text, in linear time', () => {
    const piece = fc.constantFrom('a', '@', 'b.c', '<', '>', '(', ')', '"', '\\', ',', ';', ':', ' ', '\xe9')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
        const domain = singleMailboxDomain(pieces.join(''))
        expect(domain === undefined || /^[^@<>()",;:\\ ]+$/.test(domain)).toBe(true)
      }),
      { numRuns: 3_000 },
    )
    for (const text of ['(', '"', '<', '\\', 'a ', '('.repeat(5) + ')'.repeat(5)]) {
      expect(singleMailboxDomain(text.repeat(200_000))).toBeUndefined()
    }
  })
})
