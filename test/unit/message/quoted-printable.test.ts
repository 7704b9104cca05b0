import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeQuotedPrintable } from '../../../src/message/quoted-printable.ts'

function decoded(text: string): string {
  return decodeQuotedPrintable(Buffer.from(text, 'latin1')).toString('latin1')
}

describe('quoted-printable (RFC 2045 section 6.7)', () => {
  test.each([
    ['', ''],
    ['plain\r\n', 'plain\r\n'],
    ['caf=C3=A9', 'caf\xc3\xa9'],
    ['=3D', '='],
    ['=3d', '='],
    ['soft=\r\nbreak', 'softbreak'],
    ['soft= \t\r\nbreak', 'softbreak'],
    ['soft=\nbreak', 'softbreak'],
    ['trailing \t\r\nspace', 'trailing\r\nspace'],
    ['kept=20\r\n', 'kept \r\n'],
    ['end=', 'end'],
    ['a\r\n\r\nb', 'a\r\n\r\nb'],
    ['=0D=0A', '\r\n'],
  ])('%j is %j', (text, expected) => {
    expect(decoded(text)).toBe(expected)
  })

  test.each([
    ['=XY', '=XY'],
    ['=4', '=4'],
    ['a=4Gb', 'a=4Gb'],
    ['==3D', '=='],
    ['=\r', '=\r'],
    ['\xff', '\xff'],
  ])('what is malformed in %j stays', (text, expected) => {
    expect(decoded(text)).toBe(expected)
  })

  test('restores any octets that were encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), octets => {
        const encoded = [...octets].map(octet => `=${octet.toString(16).padStart(2, '0').toUpperCase()}`)
        const lines = encoded.map((text, index) => (index % 20 === 19 ? `${text}=\r\n` : text)).join('')
        expect(decodeQuotedPrintable(Buffer.from(lines))).toEqual(Buffer.from(octets))
      }),
    )
  })

  test('never gives more than it got, whatever that is', () => {
    const text = fc
      .array(fc.constantFrom('=', '4', 'A', ' ', '\t', '\r\n', '\n', 'x'))
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(text, encoded => {
        expect(decoded(encoded).length).toBeLessThanOrEqual(encoded.length)
      }),
    )
  })
})
