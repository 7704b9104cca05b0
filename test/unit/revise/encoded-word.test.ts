import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeWords,
  encodeWords,
  isEncodedWords,
  startsWithEncodedWord,
} from '../../../src/revise/encoded-word.ts'

describe('encoded-words', () => {
  test('written and read again are the same text, in words of at most 75 octets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), text => {
        const words = encodeWords(text)
        for (const word of words) expect(word).toMatch(/^=\?utf-8\?[bq]\?[\x21-\x7e]*\?=$/)
        expect(Math.max(0, ...words.map(({ length }) => length))).toBeLessThanOrEqual(75)
        expect(decodeWords(words.join(' '))).toBe(text)
      }),
    )
  })

  test.each([
    ['=?utf-8?Q?Gr=C3=BC=C3=9Fe_?= aus', 'Grüße  aus'],
    ['=?iso-8859-1?q?Gr=FC?= =?iso-8859-1?q?=DFe?=', 'Grüße'],
    ['=?ISO-2022-JP?B?GyRCJDMkcxsoQg==?=', 'こん'],
    ['=?utf-8*de?q?a?=', 'a'],
    ['=?x-klingon?q?a?=', '=?x-klingon?q?a?='],
    ['=?utf-8?x?a?=', '=?x?a?='.replace('=?x', '=?utf-8?x')],
    ['plain =?', 'plain =?'],
    ['Gr\xc3\xbc\xc3\x9fe', 'Grüße'],
  ])('%j is read as %j', (text, expected) => expect(decodeWords(text)).toBe(expected))

  test('are told from text that has some', () => {
    expect(isEncodedWords('=?utf-8?q?a?= \t=?utf-8?q?b?=')).toBe(true)
    expect(isEncodedWords('=?utf-8?q?a?= b')).toBe(false)
    expect(isEncodedWords('')).toBe(false)
    expect(startsWithEncodedWord('=?utf-8?q?a?= b')).toBe(true)
    expect(startsWithEncodedWord('b =?utf-8?q?a?=')).toBe(false)
    expect(startsWithEncodedWord('=? =?utf-8?q?a?=')).toBe(false)
  })
})
