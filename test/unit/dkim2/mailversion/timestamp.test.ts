import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTimestamp, writeTimestamp } from '../../../../src/dkim2/profiles/mailversion/timestamp.ts'

describe('a timestamp', () => {
  test.each([
    ['2025-11-13T02:13:20', 1_763_000_000],
    ['2025-11-13T02:13:20Z', 1_763_000_000],
    ['2025-11-13t02:13:20z', 1_763_000_000],
    ['2025-11-13T03:13:20+01:00', 1_763_000_000],
    ['2025-11-12T21:43:20-04:30', 1_763_000_000],
    ['2025-11-13T02:13:20.999Z', 1_763_000_000],
    ['1970-01-01T00:00:00', 0],
    ['2024-02-29T00:00:00', 1_709_164_800],
    ['2016-12-31T23:59:60Z', 1_483_228_800],
    ['9999-12-31T23:59:59', 253_402_300_799],
  ])('%s is %d', (text, seconds) => {
    expect(readTimestamp(text)).toBe(seconds)
  })

  test.each([
    '',
    '1763000000',
    '2025-11-13',
    '2025-11-13 02:13:20',
    '2025-11-13T02:13',
    '2025-11-13T24:00:00',
    '2025-11-13T02:60:00',
    '2025-11-13T02:13:61',
    '2025-13-01T00:00:00',
    '2025-00-01T00:00:00',
    '2025-02-29T00:00:00',
    '2025-11-31T00:00:00',
    '2025-11-00T00:00:00',
    '0000-01-01T00:00:00',
    '1969-12-31T23:59:59',
    '2025-11-13T02:13:20+24:00',
    '2025-11-13T02:13:20+01',
    '2025-11-13T02:13:20.',
    '+2025-11-13T02:13:20',
    '2025-11-13T02:13:20 Z',
    '12025-11-13T02:13:20',
  ])('%j is none', text => {
    expect(readTimestamp(text)).toBeUndefined()
  })

  test('is written without a zone and read again', () => {
    expect(writeTimestamp(1_763_000_000)).toBe('2025-11-13T02:13:20')
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), seconds => {
        expect(readTimestamp(writeTimestamp(seconds))).toBe(seconds)
      }),
    )
  })

  test.each([253_402_300_800, -1e12, Number.NaN, Number.POSITIVE_INFINITY])(
    'of %d cannot be written',
    seconds => {
      expect(() => writeTimestamp(seconds)).toThrow(RangeError)
    },
  )
})
