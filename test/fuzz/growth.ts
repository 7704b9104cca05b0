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
  for (const sizes of enlargements(octets)) {
    // Once more where it looks bad: others on the machine, or a collection of garbage, may have been what took the time.
    const milliseconds = (await growsTooFast(target, sizes)) && (await growsTooFast(target, sizes))
    if (milliseconds) return { octets: sizes[2] ?? octets, milliseconds }
  }
  return undefined
}

/** An input once, twice and four times as long: its longest repetition goes on, or half of it comes again. */
function* enlargements(octets: Buffer): Generator<readonly Buffer[]> {
  const { length } = octets
  const [runStart, runEnd] = longestRepetition(octets)
  if (runEnd - runStart > length >> 2) {
    yield [1, 2, 4].map(times => stretched(octets, runStart, runEnd, times))
  }
  yield [1, 3, 7].map(times => stretched(octets, length >> 2, length - (length >> 2), times))
}

/** Words that are repeated are no longer. */
const maxPeriod = 64

/** The longest stretch that is some octets again and again, a whole number of times. */
function longestRepetition(octets: Buffer): readonly [start: number, end: number] {
  let best: readonly [number, number] = [0, 0]
  for (let period = 1; period <= maxPeriod; period++) {
    let start = 0
    for (let at = period; at <= octets.length; at++) {
      if (at < octets.length && octets[at] === octets[at - period]) continue
      const end = at - ((at - start) % period)
      if (end - start > best[1] - best[0] && end - start > period) best = [start, end]
      start = at - period + 1
    }
  }
  return best
}

/** The times for three sizes where they grow too fast. */
async function growsTooFast(target: Target, sizes: readonly Buffer[]): Promise<number[] | undefined> {
  const milliseconds: number[] = []
  for (const size of sizes) milliseconds.push(await fastest(target, size))
  const [one = 0, two = 0, four = 0] = milliseconds
  const isExcess = two > excessFactor * one && four > excessFactor * two && four > excessMilliseconds
  return isExcess ? milliseconds : undefined
}

/** The stretch from `start` to `end` stands there `times` times. */
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
