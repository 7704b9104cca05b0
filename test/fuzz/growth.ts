/**
 * Telling work that grows faster than the input: a slow input is made two and four times as long out of itself. Work that is
 * linear takes two and four times as long.
 */

import type { Target } from './target.ts'

/** An input that takes less, whatever its length, is not looked at. */
const slowMilliseconds = 5
/** Reading costs some tens of nanoseconds an octet; signature checks and the like come on top. */
const slowNanosecondsPerOctet = 500
/** More than triple, twice in a row, when four times the input takes at least this. */
const excessFactor = 3
const excessMilliseconds = 50

export interface Growth {
  readonly octets: Buffer
  /** Of one, two and four times the input. */
  readonly milliseconds: readonly number[]
}

/** Whether an input took so long that it is worth measuring again. */
export function isSlow(octets: Buffer, milliseconds: number): boolean {
  return milliseconds > slowMilliseconds && milliseconds * 1e6 > slowNanosecondsPerOctet * octets.length
}

/** The excess of a target on some enlargement of an input; undefined where there is none. */
export async function superlinear(target: Target, octets: Buffer): Promise<Growth | undefined> {
  const { length } = octets
  const cuts = [
    [length >> 2, length - (length >> 2)],
    [0, length >> 1],
    [length >> 1, length],
  ] as const
  for (const [start, end] of cuts) {
    const sizes = [1, 3, 7].map(times => stretched(octets, start, end, times))
    const milliseconds: number[] = []
    for (const size of sizes) milliseconds.push(await fastest(target, size))
    const [one = 0, two = 0, four = 0] = milliseconds
    if (two > excessFactor * one && four > excessFactor * two && four > excessMilliseconds) {
      return { octets: sizes[2] ?? octets, milliseconds }
    }
  }
  return undefined
}

/** The stretch from `start` to `end`, half of the input, stands there `times` times. */
function stretched(octets: Buffer, start: number, end: number, times: number): Buffer {
  const middle = Array.from({ length: times }, () => octets.subarray(start, end))
  return Buffer.concat([octets.subarray(0, start), ...middle, octets.subarray(end)])
}

/** Of three runs, since anything may slow down one of them; of one where that takes long. */
async function fastest(target: Target, octets: Buffer): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 3 && least > 0; run++) {
    const milliseconds = await timed(target, octets)
    least = Math.min(least, milliseconds)
    if (milliseconds > 1_000) break
  }
  return least
}

/** Milliseconds that a target takes for an input. */
export async function timed(target: Target, octets: Buffer): Promise<number> {
  const from = performance.now()
  await target.run(Buffer.from(octets))
  return performance.now() - from
}
