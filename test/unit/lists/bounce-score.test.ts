import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Score } from '../../../src/lists/bounce-score.ts'
import { countFailure, nextProbeAt, scoreAt } from '../../../src/lists/bounce-score.ts'
import type { FailureClass } from '../../../src/lists/failure-class.ts'
import { listSettings } from './support.ts'

const day = 86_400_000
const start = 1_763_000_000_000
const { bounceScore: usual } = listSettings()

/** Days after the first failure at which a subscriber is suspended; undefined: never, with failures every so many days for years. */
function suspendedAfter(failure: FailureClass, everyDays: number): number | undefined {
  let score: Score = { bounceScore: 0, bouncedAt: null }
  for (let at = 0; at < 1_500; at += everyDays) {
    const counting = countFailure(score, failure, usual, start + at * day)
    if (counting.kind === 'not counted') continue
    if (counting.isSuspended) return at
    score = counting.score
  }
  return undefined
}

describe('with the usual settings', () => {
  test('an address that is gone is seen within a week of daily posts, and within a month of weekly ones', () => {
    expect(suspendedAfter('hard', 1)).toBe(4)
    expect(suspendedAfter('hard', 7)).toBe(28)
  })

  test('a failure once in a month, or a soft one once a week, suspends nobody', () => {
    expect(suspendedAfter('hard', 30)).toBeUndefined()
    expect(suspendedAfter('soft', 8)).toBeUndefined()
  })

  test('a mailbox that is full for weeks is suspended', () => expect(suspendedAfter('soft', 1)).toBe(18))

  test('what does not lie with the address never counts', () =>
    expect(suspendedAfter('none', 1)).toBeUndefined())

  test('any number of failures within a day is one', () => {
    expect(suspendedAfter('hard', 1 / 2)).toBe(4)
  })
})

test('a list can count every failure', () => {
  const { bounceScore } = listSettings({ bounceScore: { onceInHours: 0, suspendAt: 2 } })
  const first = countFailure({ bounceScore: 0, bouncedAt: null }, 'hard', bounceScore, start)
  if (first.kind === 'not counted') throw new Error(first.why)
  expect(countFailure(first.score, 'hard', bounceScore, start)).toMatchObject({ isSuspended: true })
})

test('points are forgotten bit by bit, never below none, and never grow while nothing counts', () => {
  const score = { bounceScore: 3, bouncedAt: start }
  expect(scoreAt(score, usual, start)).toBe(3)
  expect(scoreAt(score, usual, start + 15 * day)).toBe(2.5)
  expect(scoreAt(score, usual, start + 365 * day)).toBe(0)
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), (one, more) => {
      const earlier = scoreAt(score, usual, start + one * 60_000)
      expect(scoreAt(score, usual, start + (one + more) * 60_000)).toBeLessThanOrEqual(earlier)
    }),
  )
})

test('probes end', () => {
  expect(nextProbeAt(0, usual, start)).toBe(start + 7 * day)
  expect(nextProbeAt(3, usual, start)).toBeNull()
})
