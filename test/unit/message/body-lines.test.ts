import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyLines, countLines, endsWithCrlf, nextLine, skipLines } from '../../../src/message/body-lines.ts'

function lines(text: string): string[] {
  return [...bodyLines(Buffer.from(text, 'latin1'))].map(line => line.toString('latin1'))
}

const bodies = fc
  .array(fc.constantFrom('\r\n', '\r', '\n', 'a', 'bc', '\0', '\xff'), { maxLength: 60 })
  .map(pieces => Buffer.from(pieces.join(''), 'latin1'))

describe('the lines of a body', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\r\n', ['a']],
    ['a\r\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['\r\n', ['']],
    ['\r\n\r\n', ['', '']],
    ['a\nb\r\n', ['a\nb']],
    ['a\rb\r\n', ['a\rb']],
    ['\na\r\n', ['\na']],
    ['a\r\r\n', ['a\r']],
    ['\n\r\n', ['\n']],
  ])('of %j are %j', (text, expected) => {
    expect(lines(text)).toEqual(expected)
    expect(countLines(Buffer.from(text, 'latin1'))).toBe(expected.length)
  })

  test('put together again with CRLF are the body, but for a last CRLF', () => {
    fc.assert(
      fc.property(bodies, body => {
        const joined = [...bodyLines(body)].map(line => `${line.toString('latin1')}\r\n`).join('')
        const text = body.toString('latin1')
        expect(joined === text || joined === `${text}\r\n`).toBe(true)
      }),
    )
  })

  test('are views of the body', () => {
    const body = Buffer.from('a\r\nb\r\n')
    const [first] = bodyLines(body)
    expect(first?.buffer).toBe(body.buffer)
  })

  test('number as many as there are steps through the body', () => {
    fc.assert(
      fc.property(bodies, body => {
        const count = countLines(body)
        expect(skipLines(body, 0, count)).toBe(body.length)
        expect(skipLines(body, 0, count + 1)).toBeUndefined()
      }),
    )
  })
})

describe('skipping lines', () => {
  const body = Buffer.from('one\r\ntwo\r\nthree')

  test.each([
    [0, 0],
    [1, 5],
    [2, 10],
    [3, 15],
    [4, undefined],
    [1_000_000_000, undefined],
  ])('%d from the top leads to %s', (count, expected) => {
    expect(skipLines(body, 0, count)).toBe(expected)
  })

  test('of a body of many stretches leads where one line after the other does', () => {
    for (let shift = 0; shift < 6; shift++) {
      const large = Buffer.from(`${'x'.repeat(shift)}${'\r\n\n\r\r\nab'.repeat(40_000)}`, 'latin1')
      const start = nextLine(large, 0)
      const ends = [...bodyLines(large)].map(line => line.byteOffset - large.byteOffset)
      for (const count of [1, 20_000, 50_000, ends.length - 1]) {
        expect(skipLines(large, 0, count)).toBe(ends[count])
        expect(skipLines(large, start, count - 1)).toBe(ends[count])
      }
      expect(countLines(large)).toBe(ends.length)
      expect(skipLines(large, 0, ends.length)).toBe(large.length)
      expect(skipLines(large, 0, ends.length + 1)).toBeUndefined()
    }
  })

  test('begins where it is told', () => {
    expect(skipLines(body, 5, 1)).toBe(10)
    expect(nextLine(body, 10)).toBe(15)
  })
})

describe('the end of a line', () => {
  test.each([
    ['a\r\n', 0, 3, true],
    ['a\r\n', 2, 3, false],
    ['a\n', 0, 2, false],
    ['', 0, 0, false],
    ['\r\n', 0, 2, true],
  ])('in %j from %d to %d is CRLF: %s', (text, start, end, expected) => {
    expect(endsWithCrlf(Buffer.from(text), start, end)).toBe(expected)
  })
})
