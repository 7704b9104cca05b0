import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fieldValue,
  isFieldName,
  lowerAscii,
  newField,
  trimWhiteSpace,
  unfold,
  valueOctets,
} from '../../../src/message/header-field.ts'

describe('a new field', () => {
  test('is its name, a colon, a space, its value and CRLF', () => {
    expect(newField('Subject', 'x').octets.toString()).toBe('Subject: x\r\n')
  })

  test('without a value has no space either', () => {
    expect(newField('Subject', '').octets.toString()).toBe('Subject:\r\n')
  })

  test('may be folded', () => {
    expect(newField('Subject', 'a\r\n b\r\n\tc').octets.toString()).toBe('Subject: a\r\n b\r\n\tc\r\n')
  })

  test('holds latin1 text as octets', () => {
    expect([...newField('A', '\xe9').octets.subarray(3, 4)]).toEqual([0xe9])
  })

  test.each(['a\r\nb', 'a\n b', 'a\r b', 'a\r\n', '\r\nBcc: x', 'a\r\n\r\n b', '\n', '\r'])(
    'refuses the value %j, which would end the field',
    value => {
      expect(() => newField('Subject', value)).toThrow(RangeError)
    },
  )

  test.each(['', 'a b', 'a:', 'ä', 'a\r\n', '\t'])('refuses the name %j', name => {
    expect(() => newField(name, 'x')).toThrow(RangeError)
  })

  test('refuses characters that are no octets', () => {
    expect(() => newField('Subject', '\u0100')).toThrow(RangeError)
  })

  test('gives its value back', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\t', '=', ';', '\xe9'), maxLength: 40 })
    fc.assert(
      fc.property(text, value => {
        expect(fieldValue(newField('A', value))).toBe(trimWhiteSpace(value))
      }),
    )
  })

  test('gives its value as octets for a recipe', () => {
    expect(valueOctets(newField('A', 'x\r\n \xe9')).equals(Buffer.from('x \xe9', 'latin1'))).toBe(true)
  })
})

describe('unfolding', () => {
  test.each([
    ['a', 'a'],
    ['a\r\n b', 'a b'],
    ['a\r\n b\r\n', 'a b'],
    ['a\r\n\tb', 'a\tb'],
    ['a\r\n', 'a'],
    ['a\r\n \r\n b', 'a  b'],
    ['a\nb', 'a\nb'],
    ['a\r\nb', 'a\r\nb'],
  ])('%j is %j', (folded, expected) => {
    expect(unfold(folded)).toBe(expected)
  })
})

describe('trimming', () => {
  test('takes spaces and tabs only', () => {
    expect(trimWhiteSpace(' \t a\xa0 \t')).toBe('a\xa0')
    expect(trimWhiteSpace('\n a \r')).toBe('\n a \r')
  })

  test('of nothing but white space leaves nothing', () => {
    expect(trimWhiteSpace(' \t ')).toBe('')
    expect(trimWhiteSpace('')).toBe('')
  })

  test('takes linear time on a long run inside', () => {
    const text = `x${' '.repeat(1_000_000)}x`
    expect(trimWhiteSpace(text)).toBe(text)
  })
})

describe('lower case', () => {
  test.each([
    ['Subject', 'subject'],
    ['subject', 'subject'],
    ['X-\xc4', 'x-\xc4'],
    ['\xc4', '\xc4'],
    ['', ''],
  ])('of %j is %j: octets above 127 are no letters', (text, expected) => {
    expect(lowerAscii(text)).toBe(expected)
  })
})

describe('field names', () => {
  test.each(['A', 'X-Y', 'a.b', '!', '~', 'a;b', 'a=b'])('%j is one (RFC 5322 section 2.2)', name => {
    expect(isFieldName(name)).toBe(true)
  })

  test.each(['', ' ', 'a b', 'a:b', 'é', 'a\x7f'])('%j is none', name => {
    expect(isFieldName(name)).toBe(false)
  })
})
