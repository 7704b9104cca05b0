import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../../src/message/base64.ts'

describe('base64', () => {
  test.each([
    ['', ''],
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['Zg', 'f'],
    ['Zm8', 'fo'],
    [' Z m\t9\r\n v ', 'foo'],
  ])('%j is %j', (text, expected) => {
    expect(decodeBase64(text)?.toString()).toBe(expected)
  })

  test.each([
    'Z',
    'Zm9vZ',
    '=',
    '====',
    'Zg=',
    'Zg===',
    'Z===',
    'Zg==Zg==',
    'Zm-v',
    'Zm_v',
    'Zm9v!',
    'Zm8==',
  ])('%j is none', text => {
    expect(decodeBase64(text)).toBeUndefined()
  })

  test('that is written is read again', () => {
    fc.assert(
      fc.property(fc.uint8Array(), octets => {
        expect(decodeBase64(encodeBase64(octets))).toEqual(Buffer.from(octets))
      }),
    )
  })

  test('of a view encodes the view and not what is around it', () => {
    expect(encodeBase64(Buffer.from('xfoox').subarray(1, 4))).toBe('Zm9v')
  })
})
