import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BodyDigests, digestsOf } from '../../../src/dkim2/body-digests.ts'

const mebibyte = 1024 * 1024

/** Bodies of more than one kept state, in which the white space to be reduced begins early, late, or nowhere. */
const bodies = fc
  .tuple(
    fc.constantFrom('base64'.repeat(12), 'two  spaces and a tab\t \r\n', '\r\n', ' \r'),
    fc.integer({ min: 0, max: mebibyte }),
    fc.constantFrom('end  of it\t\r\n', 'end', ' \r\n\r\n', '\r', ''),
  )
  .map(([unit, bytes, tail]) => {
    const start = 'clean\r\n'.repeat(Math.floor(bytes / 20))
    return Buffer.from(start + unit.repeat(Math.ceil(bytes / unit.length)) + tail, 'latin1')
  })

function all(digests: BodyDigests, body: Buffer): string[] {
  const made = [
    digests.canonical(body, 'relaxed', 'sha256'),
    digests.canonical(body, 'simple', 'sha256'),
    digests.octets(body, 'sha256'),
    digests.canonical(body, 'relaxed', 'sha512'),
  ]
  return made.map(value => value.toString('hex'))
}

describe('the hashes of bodies that begin alike', () => {
  test('are those that each has alone, wherever the shorter one ends', () => {
    fc.assert(
      fc.property(bodies, fc.double({ min: 0, max: 1, noNaN: true }), (body, share) => {
        const shared = new BodyDigests()
        const beginning = body.subarray(0, Math.floor(body.length * share))
        expect(all(shared, body)).toEqual(all(new BodyDigests(), body))
        expect(all(shared, beginning)).toEqual(all(new BodyDigests(), beginning))
        expect(all(shared, body)).toEqual(all(new BodyDigests(), body))
      }),
      { numRuns: 25 },
    )
  })

  test('are those that each has alone when the shorter one comes first and ends between CR and LF behind white space', () => {
    for (const before of [256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1]) {
      const beginning = Buffer.from(`two  spaces${'x'.repeat(before - 11)} \r`, 'latin1')
      const body = Buffer.concat([beginning, Buffer.from('\nmore\r\n')])
      const shared = new BodyDigests()
      expect(all(shared, body.subarray(0, beginning.length))).toEqual(all(new BodyDigests(), beginning))
      expect(all(shared, body)).toEqual(all(new BodyDigests(), body))
    }
  })

  test('are those that each has alone when the shorter one ends near a kept state', () => {
    const body = Buffer.from('a \r\n'.repeat(mebibyte / 4), 'latin1')
    const shared = new BodyDigests()
    shared.canonical(body, 'relaxed', 'sha256')
    for (let end = mebibyte / 2 - 5; end < mebibyte / 2 + 5; end++) {
      const beginning = body.subarray(0, end)
      expect(all(shared, beginning)).toEqual(all(new BodyDigests(), beginning))
    }
  })

  test('without anything to change are the hash of the octets with one CRLF at the end', () => {
    const body = Buffer.from(`${'A'.repeat(76)}\r\n`.repeat(10_000))
    const [relaxed, simple, octets] = all(new BodyDigests(), Buffer.concat([body, Buffer.from('\r\n')]))
    const expected = hash('sha256', body, 'hex')
    expect([relaxed, simple]).toEqual([expected, expected])
    expect(octets).not.toBe(expected)
  })

  test('are shared by a body that lies where the other one does, and by no other', () => {
    const body = Buffer.alloc(100, 'a')
    expect(digestsOf(body.subarray(0, 50), body)).toBe(digestsOf(body))
    expect(digestsOf(body.subarray(1), body)).not.toBe(digestsOf(body))
    expect(digestsOf(Buffer.from(body), body)).not.toBe(digestsOf(body))
  })
})
