import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mimeHeader, plainMimeHeader } from '../../../src/message/mime-header.ts'

describe('a MIME header', () => {
  test.each([
    [undefined, 'text/plain', undefined],
    ['', 'text/plain', undefined],
    ['text/html', 'text/html', undefined],
    ['Text/HTML; charset=utf-8', 'text/html', undefined],
    ['multipart/mixed; boundary=abc', 'multipart/mixed', 'abc'],
    ['multipart/mixed; boundary="a b;c"', 'multipart/mixed', 'a b;c'],
    ['multipart/mixed; charset="x; boundary=no"; BOUNDARY=yes', 'multipart/mixed', 'yes'],
    ['multipart/mixed; boundary="a\\"b"', 'multipart/mixed', 'a"b'],
    ['multipart/mixed;\r\n\tboundary="abc"', 'multipart/mixed', 'abc'],
    ['multipart/mixed; type="x" ; boundary=abc ', 'multipart/mixed', 'abc'],
    ['multipart/mixed', 'text/plain', undefined],
    ['multipart/mixed; boundary=', 'text/plain', undefined],
    [`multipart/mixed; boundary=${'x'.repeat(201)}`, 'text/plain', undefined],
    ['multipart/mixed; boundary="\xe4"', 'text/plain', undefined],
    ['nonsense', 'text/plain', undefined],
    ['text/', 'text/plain', undefined],
    ['text/html; boundary=x', 'text/html', undefined],
    ['message/rfc822', 'message/rfc822', undefined],
  ])('%j says %s with the boundary %s', (value, contentType, boundary) => {
    expect(mimeHeader(value, undefined)).toMatchObject({ contentType, boundary })
  })

  test.each([
    [undefined, '7bit'],
    ['', '7bit'],
    [' BASE64 ', 'base64'],
    ['Quoted-Printable', 'quoted-printable'],
    ['x-unknown', 'x-unknown'],
  ])('the encoding %j is %s', (value, encoding) => {
    expect(mimeHeader(undefined, value).encoding).toBe(encoding)
  })

  test('is the same once it is written plainly', () => {
    const boundary = fc.stringMatching(/^[ -~]{0,69}[!-~]$/)
    fc.assert(
      fc.property(boundary, fc.constantFrom('base64', '7bit', 'quoted-printable'), (text, encoding) => {
        const header = { contentType: 'multipart/mixed', boundary: text, encoding }
        const [type = '', encodingLine = ''] = plainMimeHeader(header).split('\r\n')
        const value = (line: string) => line.slice(line.indexOf(':') + 1).trim()
        expect(mimeHeader(value(type), value(encodingLine))).toEqual(header)
      }),
    )
  })

  test('of hostile text is read without harm', () => {
    const text = fc.array(
      fc.constantFrom(';', '=', '"', '\\', '*', 'boundary', ' ', '0', '\r\n ', 'multipart/x'),
    )
    fc.assert(
      fc.property(text, pieces => {
        expect(mimeHeader(pieces.join(''), pieces.join('')).contentType).toMatch(/^[!-~]+\/[!-~]+$/)
      }),
      { numRuns: 500 },
    )
  })

  test('of a megabyte is read in linear time', () => {
    expect(mimeHeader(`multipart/x; ${'a=b;'.repeat(250_000)}boundary=c`, undefined).boundary).toBe('c')
    expect(mimeHeader(`multipart/x;${' '.repeat(1_000_000)}`, undefined).boundary).toBeUndefined()
    expect(mimeHeader(`multipart/x; a="${'\\'.repeat(1_000_000)}`, undefined).boundary).toBeUndefined()
  })
})
