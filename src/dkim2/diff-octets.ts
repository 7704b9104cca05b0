/**
 * What two bodies have in common at their beginnings and ends, in whole lines. Octets are compared natively, without
 * looking for lines first: most of a long body is the same.
 */

import { endsWithCrlf } from '../message/body-lines.ts'

const crlf = Buffer.from('\r\n')
/** Stretches up to this length are compared here: calls of native code would take longer. */
const shortOctets = 64
const longestBlock = 64 * 1024

/** Octets that `a` from `aStart` and `b` from `bStart` have in common. */
export function commonOctets(a: Buffer, aStart: number, b: Buffer, bStart: number): number {
  const limit = Math.min(a.length - aStart, b.length - bStart)
  const isSame = (from: number, to: number) => isEqual(a, aStart + from, b, bStart + from, to - from)
  return firstDifference(limit, at => a[aStart + at] === b[bStart + at], isSame)
}

/** How many octets of the whole lines at the beginning are the same; `aStart` and `bStart` are beginnings of lines. */
export function commonLinesBefore(a: Buffer, aStart: number, octets: number): number {
  if (octets < crlf.length) return 0
  const end = a.lastIndexOf(crlf, aStart + octets - crlf.length)
  return end < aStart ? 0 : end + crlf.length - aStart
}

/** Octets of the whole lines that `a` and `b` have in common at their ends. A last line may lack its CRLF in both. */
export function commonLastLines(a: Buffer, b: Buffer): number {
  const limit = Math.min(a.length, b.length)
  const isSame = (from: number, to: number) => isEqual(a, a.length - to, b, b.length - to, to - from)
  const octets = firstDifference(limit, at => a[a.length - 1 - at] === b[b.length - 1 - at], isSame)
  if (isLineStart(a, a.length - octets) && isLineStart(b, b.length - octets)) return octets
  const end = a.indexOf(crlf, a.length - octets)
  return end < 0 ? 0 : a.length - end - crlf.length
}

function isLineStart(body: Buffer, at: number): boolean {
  return at === 0 || endsWithCrlf(body, 0, at)
}

function isEqual(a: Buffer, aStart: number, b: Buffer, bStart: number, length: number): boolean {
  return a.compare(b, bStart, bStart + length, aStart, aStart + length) === 0
}

/** The first place below `limit` where `isSameAt` is false, else `limit`; `isSame` says it of a stretch at once. */
function firstDifference(
  limit: number,
  isSameAt: (at: number) => boolean,
  isSame: (from: number, to: number) => boolean,
): number {
  let at = 0
  const short = Math.min(limit, shortOctets)
  while (at < short && isSameAt(at)) at++
  if (at < short) return at
  let block = shortOctets
  while (at < limit && isSame(at, Math.min(limit, at + block))) {
    at = Math.min(limit, at + block)
    block = Math.min(2 * block, longestBlock)
  }
  for (let unsure = Math.min(block, limit - at); unsure > 0; ) {
    const half = Math.ceil(unsure / 2)
    if (isSame(at, at + half)) {
      at += half
      unsure -= half
    } else {
      if (half === 1) return at
      unsure = half
    }
  }
  return at
}
