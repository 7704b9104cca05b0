/** One mailbox in several spellings: RFC 5321 section 4.1.2 (quoted forms), RFC 6532 section 3.1 (NFC), RFC 5233 (tags). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { singleMailbox } from '../../../src/message/from-field.ts'
import {
  comparable,
  comparableAscii,
  comparableLocalPart,
  foldedAddress,
  localPartWithoutTag,
  parseMailbox,
} from '../../../src/message/mailbox.ts'

describe('spellings of one local part', () => {
  test.each([
    ['"team"', 'team'],
    ['"t\\e\\am"', 'team'],
    ['"first.last"', 'first.last'],
    ['"a+b=c"', 'a+b=c'],
    ['"te am"', '"te am"'],
    ['"te\\ am"', '"te am"'],
    ['"a..b"', '"a..b"'],
    ['".a"', '".a"'],
    ['"a@b"', '"a@b"'],
    ['"a\\"b"', '"a\\"b"'],
    ['""', '""'],
    ['Team', 'Team'],
    ['gru\u0308n', 'gr\u00fcn'],
    ['"gru\u0308n"', 'gr\u00fcn'],
    ['\u110b\u116e', '\uc6b0'],
  ])('%j is compared as %j', (localPart, expected) => {
    expect(comparableLocalPart(localPart)).toBe(expected)
    expect(comparable(`${localPart}@B.example`)).toBe(`${expected}@b.example`)
    expect(comparableAscii(`${localPart}@b\u00fccher.example`)).toBe(`${expected}@xn--bcher-kva.example`)
  })

  test.each([
    ['"te am"@a.example', 'team@a.example'],
    ['"a.b"@a.example', '"a..b"@a.example'],
    ['"a@b.example"@a.example', 'a@b.example'],
    ['"a\\\\b"@a.example', 'ab@a.example'],
  ])('%j and %j are two mailboxes', (one, other) => {
    expect(foldedAddress(one)).not.toBe(foldedAddress(other))
  })

  test('quoting whatever can be quoted changes nothing of what is compared', () => {
    const content = fc.string({
      unit: fc.constantFrom('a', 'B', '.', ' ', '@', '"', '\\', '+', '\u00fc'),
      minLength: 1,
    })
    fc.assert(
      fc.property(content, content, (one, other) => {
        const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
        const spelled = comparableLocalPart(quoted(one))
        expect(parseMailbox(`${spelled}@a.example`)).toBeDefined()
        expect(comparableLocalPart(spelled)).toBe(spelled)
        expect(comparableLocalPart(quoted(one)) === comparableLocalPart(quoted(other))).toBe(one === other)
      }),
    )
  })

  test('case does not count in own domains and of people, also where it is made of several characters', () => {
    expect(foldedAddress('"TEAM"@A.example')).toBe('team@a.example')
    expect(foldedAddress('GRU\u0308N@a.example')).toBe(foldedAddress('gr\u00fcn@a.example'))
    expect(foldedAddress('\u0130stanbul@a.example')).toBe(
      foldedAddress('\u0130stanbul@a.example'.normalize('NFD')),
    )
  })
})

test.each([
  ['team+x', 'team'],
  ['team+x+y', 'team'],
  ['"team+x"', 'team'],
  ['team+', 'team'],
  ['+x', undefined],
  ['team', undefined],
  ['"te am+x"', undefined],
])('%j without its tag is %j', (localPart, expected) => {
  expect(localPartWithoutTag(localPart)).toBe(expected)
})

describe('the one address in From', () => {
  test.each([
    ['"jane"@origin.example', '"jane"@origin.example'],
    ['Jane <"jane"@origin.example>', '"jane"@origin.example'],
    ['"Doe, Jane" <"jane doe"@origin.example>', '"jane doe"@origin.example'],
    ['"Doe, Jane" <jane@origin.example>', 'jane@origin.example'],
    ['"jane".doe@origin.example', 'jane.doe@origin.example'],
    ['"a@b"@origin.example', '"a@b"@origin.example'],
  ])('%s is %s', (value, expected) => expect(singleMailbox(value)).toBe(expected))

  test.each(['"jane"doe"@origin.example', '"jane"" "@origin.example x', '"jane\x01"@origin.example'])(
    '%j is none that could be answered',
    value => expect(singleMailbox(value)).toBeUndefined(),
  )
})
