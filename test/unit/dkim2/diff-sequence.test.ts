import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchSequences } from '../../../src/dkim2/diff-sequence.ts'
import { DiffWork } from '../../../src/dkim2/diff-work.ts'
import { longestCommon } from './diff-support.ts'

function matched(previous: readonly number[], current: readonly number[], maxSteps: number): number {
  const idCount = 1 + [...previous, ...current].reduce((most, id) => Math.max(most, id), 0)
  const work = new DiffWork(maxSteps)
  const partners = matchSequences(Int32Array.from(previous), Int32Array.from(current), idCount, work)
  expect(work.steps).toBeLessThanOrEqual(maxSteps + 2 * (previous.length + current.length) + 1)
  let last = -1
  let count = 0
  for (const [index, partner] of partners.entries()) {
    if (partner < 0) continue
    expect(partner).toBeGreaterThan(last)
    expect(current[partner]).toBe(previous[index])
    last = partner
    count++
  }
  expect(partners.length).toBe(previous.length)
  return count
}

function sequence(kinds: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(kinds - 1), { maxLength: 60 })
}

describe('the partners of two sequences', () => {
  test.each([1, 2, 3, 10, 100])('are the most there can be, of %i kinds of items', kinds => {
    fc.assert(
      fc.property(sequence(kinds), sequence(kinds), (previous, current) => {
        expect(matched(previous, current, 1_000_000)).toBe(longestCommon(previous, current))
      }),
      { numRuns: 300 },
    )
  })

  test('are right with any number of steps', () => {
    fc.assert(
      fc.property(sequence(5), sequence(5), fc.nat(300), (previous, current, maxSteps) => {
        matched(previous, current, maxSteps)
      }),
      { numRuns: 500 },
    )
  })

  test('are found by items that occur once, where the search for the best ones is too long', () => {
    const previous = Array.from({ length: 2_000 }, (_, index) => index)
    // Pairs of neighbours change places: half of the items keep their order.
    const current = previous.map(item => item ^ 1)
    expect(matched(previous, current, 40_000)).toBe(1_000)
  })

  test('take memory that is linear: the table of the textbook would have ten billion places', () => {
    const previous = Array.from({ length: 100_000 }, (_, index) => index % 7)
    const current = Array.from({ length: 100_000 }, (_, index) => index % 5)
    expect(matched(previous, current, 2_000_000)).toBeGreaterThanOrEqual(0)
  })
})
