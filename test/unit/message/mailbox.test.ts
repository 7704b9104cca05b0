import { describe, expect, test } from 'vitest'
import {
  asciiDomain,
  asciiDomainOf,
  comparable,
  comparableAscii,
  domainOf,
  isDomain,
  parseMailbox,
} from '../../../src/message/mailbox.ts'

const longLocal = 'a'.repeat(64)
const longLabel = 'a'.repeat(63)

describe('a mailbox', () => {
  test.each([
    ['a@b.example', 'a', 'b.example'],
    ['A.b@B.Example', 'A.b', 'b.example'],
    ['b+x=1@alias.example', 'b+x=1', 'alias.example'],
    ["!#$%&'*+-/=?^_`{|}~@b.example", "!#$%&'*+-/=?^_`{|}~", 'b.example'],
    ['"a b"@b.example', '"a b"', 'b.example'],
    ['"a@b"@c.example', '"a@b"', 'c.example'],
    ['"a\\"b"@c.example', '"a\\"b"', 'c.example'],
    ['""@c.example', '""', 'c.example'],
    ['a@[192.0.2.1]', 'a', '[192.0.2.1]'],
    ['a@[IPv6:2001:db8::1]', 'a', '[ipv6:2001:db8::1]'],
    ['bücher@example.com', 'bücher', 'example.com'],
    ['a@bücher.example', 'a', 'bücher.example'],
    ['用户@例子.example', '用户', '例子.example'],
    [`${longLocal}@b.example`, longLocal, 'b.example'],
    [`${longLocal}${longLocal}@b.example`, `${longLocal}${longLocal}`, 'b.example'],
    [`a@${longLabel}.example`, 'a', `${longLabel}.example`],
    ['a@host', 'a', 'host'],
    ['a@_dmarc.example', 'a', '_dmarc.example'],
  ])('%s is read', (address, localPart, domain) => {
    expect(parseMailbox(address)).toEqual({ localPart, domain })
  })

  test.each([
    [''],
    ['a'],
    ['@b.example'],
    ['a@'],
    ['a b@c.example'],
    ['.a@c.example'],
    ['a.@c.example'],
    ['a..b@c.example'],
    ['a@b@c.example'],
    ['<a@b.example>'],
    ['a@b..example'],
    ['a@.example'],
    ['a@b.example.'],
    ['a@-b.example'],
    ['a@b-.example'],
    ['a@b c'],
    ['"a@b.example'],
    ['"a"b"@c.example'],
    ['"a\tb"@c.example'],
    ['a\r\n@b.example'],
    ['a\0@b.example'],
    ['a@b.example\r\nRCPT TO:<x>'],
    ['a(comment)@b.example'],
    ['a,b@c.example'],
    ['a;b@c.example'],
    ['a:b@c.example'],
    ['a@[192.0.2.1'],
    ['a@[foo]'],
    ['a@[IPv6:x]y]'],
    ['a\u200b@b.example'],
    ['a\u0085@b.example'],
    ['a\ud800@b.example'],
    [`${longLocal.repeat(4)}@b.example`],
    [`a@${longLabel}a.example`],
    [`a@${`${longLabel}.`.repeat(4)}example`],
    [`${'ü'.repeat(130)}@b.example`],
  ])('%j is refused', address => {
    expect(parseMailbox(address)).toBeUndefined()
  })

  test('of hostile length is refused in linear time', () => {
    expect(parseMailbox(`${'a.'.repeat(500_000)}@b.example`)).toBeUndefined()
    expect(parseMailbox(`"${'\\'.repeat(500_001)}@b.example`)).toBeUndefined()
  })
})

describe('the domain of an address', () => {
  test.each([
    ['a@B.Example', 'b.example'],
    ['"x@y"@B.example', 'b.example'],
    ['a', ''],
    ['', ''],
    ['a@', ''],
  ])('of %j is %j', (address, expected) => {
    expect(domainOf(address)).toBe(expected)
  })
})

describe('comparing addresses', () => {
  test('ignores the case of the domain and nothing else', () => {
    expect(comparable('A@B.Example')).toBe('A@b.example')
    expect(comparable('a@B.Example')).not.toBe(comparable('A@b.example'))
    expect(comparable('')).toBe('')
    expect(comparable('Postmaster')).toBe('Postmaster')
  })
})

describe('A-labels in place of U-labels', () => {
  test.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['a.example', 'a.example'],
    ['[192.0.2.1]', '[192.0.2.1]'],
    ['é/b', 'é/b'],
    ['é b', 'é b'],
    ['', ''],
  ])('%j is compared as %j', (domain, ascii) => {
    expect(asciiDomain(domain)).toBe(ascii)
  })

  test('leave local parts as they are', () => {
    expect(comparableAscii('Ü@Bücher.Example')).toBe('Ü@xn--bcher-kva.example')
    expect(comparableAscii('postmaster')).toBe('postmaster')
    expect(asciiDomainOf('ü@bücher.example')).toBe('xn--bcher-kva.example')
  })
})

describe('a domain', () => {
  test.each(['example', 'a.b.c', 'x-y.example', '_x._y.example', '1.example'])('%s is one', domain => {
    expect(isDomain(domain)).toBe(true)
  })

  test.each(['', '.', 'a.', '.a', 'a..b', '-a', 'a-', 'a b', 'a@b', '[1.2.3.4]', 'a/b'])(
    '%j is none',
    domain => {
      expect(isDomain(domain)).toBe(false)
    },
  )
})
