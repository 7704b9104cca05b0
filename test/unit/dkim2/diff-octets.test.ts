import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commonLastLines, commonLinesBefore, commonOctets } from '../../../src/dkim2/diff-octets.ts'

/** Texts with line ends of all kinds, and long stretches that are the same. */
const piece = fc.constantFrom(
  'a',
  'b',
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  'x'.repeat(63),
  'x'.repeat(64),
  'y'.repeat(1_000),
)
const text = fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join(''))

function latin1(of: string): Buffer {
  return Buffer.from(of, 'latin1')
}

/** Read literally: the lines of a text with their CRLF. */
function linesOf(of: string): string[] {
  return of.split(/(?<=\r\n)/)
}

describe('what two texts have in common', () => {
  test('at the beginning, in octets, is found to the octet', () => {
    fc.assert(
      fc.property(text, text, text, (common, a, b) => {
        let expected = 0
        const [left, right] = [common + a, common + b]
        while (expected < Math.min(left.length, right.length) && left[expected] === right[expected])
          expected++
        expect(commonOctets(latin1(left), 0, latin1(right), 0)).toBe(expected)
        expect(commonOctets(latin1(`..${left}`), 2, latin1(`.${right}`), 1)).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('at the beginning, in lines, ends with the last CRLF', () => {
    expect(commonLinesBefore(latin1('a\r\nb\r\nc'), 0, 7)).toBe(6)
    expect(commonLinesBefore(latin1('a\r\nb\r\nc'), 0, 5)).toBe(3)
    expect(commonLinesBefore(latin1('a\r\nb\r\nc'), 3, 2)).toBe(0)
    expect(commonLinesBefore(latin1('abc'), 0, 3)).toBe(0)
  })

  test('at the end, in lines, is the longest tail of whole lines', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, common) => {
        const [left, right] = [linesOf(a + common), linesOf(b + common)]
        let expected = 0
        for (let back = 1; back <= Math.min(left.length, right.length); back++) {
          if (left.at(-back) !== right.at(-back)) break
          expected += left.at(-back)?.length ?? 0
        }
        expect(commonLastLines(latin1(a + common), latin1(b + common))).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('at the end is nothing where one text ends without the CRLF of the other', () => {
    expect(commonLastLines(latin1('a\r\nb'), latin1('a\r\nb\r\n'))).toBe(0)
    expect(commonLastLines(latin1('a\r\nb'), latin1('b'))).toBe(1)
  })
})
