import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dataBlocks, hasBareLineEnd } from '../../../src/deliver/message-data.ts'

/** Lines that are rich in dots and line ends, cut into chunks anywhere. */
const crlfText = fc
  .array(fc.constantFrom('.', '..', '\r\n', 'a', '\r\n.', '\r\n.\r\n', 'é', ' '), { maxLength: 60 })
  .map(parts => Buffer.from(parts.join('')))
const cuts = fc.array(fc.nat(200), { maxLength: 6 })

function chunksOf(octets: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.filter(place => place < octets.length).sort((a, b) => a - b), octets.length]
  return places.slice(1).map((place, index) => octets.subarray(places[index], place))
}

function wire(chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([...dataBlocks(chunks)].map(block => block.octets))
}

/** What a receiver makes of it (RFC 5321 section 4.5.2), octet by octet. */
function received(octets: Buffer): string {
  const data = octets.toString('latin1')
  const end = data === '.\r\n' ? 0 : data.indexOf('\r\n.\r\n') + 2
  expect(data.slice(end)).toBe('.\r\n')
  return data.slice(0, end).replace(/(^|\r\n)\./g, '$1')
}

describe('a message on the wire', () => {
  test('arrives octet for octet wherever its chunks are cut; only a missing CRLF at its end is added', () => {
    fc.assert(
      fc.property(crlfText, cuts, (octets, at) => {
        const text = octets.toString('latin1')
        const expected = text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`
        expect(received(wire(chunksOf(octets, at)))).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  test('of up to 64 KiB is one block together with the final dot', () => {
    const blocks = [...dataBlocks([Buffer.from('Subject: x\r\n\r\n'), Buffer.alloc(60_000, 'x')])]
    expect(blocks.map(block => block.isLast)).toEqual([true])
  })

  test('that is larger goes in blocks, the last with the final dot and the end of the message', () => {
    const line = Buffer.from(`${'x'.repeat(76)}\r\n`)
    const octets = Buffer.concat(Array.from({ length: 10_000 }, () => line))
    const blocks = [...dataBlocks([octets])]
    expect(blocks.length).toBeGreaterThan(10)
    expect(blocks.slice(0, -1).some(block => block.isLast || block.octets.length > 140_000)).toBe(false)
    expect(blocks.at(-1)?.octets.length).toBeGreaterThan(1_000)
    expect(received(wire([octets]))).toBe(octets.toString('latin1'))
  })

  test('with a dot at every boundary of a block arrives too', () => {
    for (const length of [65_533, 65_534, 65_535, 65_536, 65_537]) {
      const octets = Buffer.from(`${'x'.repeat(length - 2)}\r\n.${'y'.repeat(length - 3)}\r\n..\r\n`)
      expect(received(wire([octets]))).toBe(octets.toString('latin1'))
    }
  })
})

describe('a CR or LF that stands alone', () => {
  test('is found wherever the chunks are cut, and CRLF is none', () => {
    const octets = fc
      .array(fc.constantFrom('\r', '\n', '\r\n', 'a'), { maxLength: 12 })
      .map(parts => Buffer.from(parts.join('')))
    fc.assert(
      fc.property(octets, cuts, (message, at) => {
        const expected = /\r(?!\n)|(?<!\r)\n/.test(message.toString())
        expect(hasBareLineEnd(chunksOf(message, at))).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })
})
