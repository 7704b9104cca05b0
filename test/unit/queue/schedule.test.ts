import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultSchedule, expiresAt, nextAttemptAt, retryAt } from '../../../src/queue/schedule.ts'

const now = 1_795_000_000_000
const minute = 60_000
const attempted = fc.record({
  attempts: fc.integer({ min: 0, max: 1000 }),
  now: fc.integer({ min: 0, max: 2 ** 42 }),
  jitter: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})
const settings = fc.record({
  delaysMilliseconds: fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 8 }),
  lifetimeMilliseconds: fc.integer({ min: 1, max: 10 ** 10 }),
  jitterShare: fc.double({ min: 0, max: 1, noNaN: true }),
})

describe('the schedule', () => {
  test('by default waits 1, 5, 15, 30 and 60 minutes, then an hour each time', () => {
    const waits = [1, 2, 3, 4, 5, 6, 99].map(
      attempts => retryAt({ attempts, now, jitter: 0 }, defaultSchedule) - now,
    )
    expect(waits.map(wait => wait / minute)).toEqual([1, 5, 15, 30, 60, 60, 60])
  })

  test('by default gives up after 5 days', () => {
    const end = expiresAt(now, defaultSchedule)
    expect(end - now).toBe(5 * 24 * 60 * minute)
    const nextAfter = (time: number) =>
      nextAttemptAt({ attempts: 9, now: time, jitter: 0, expiresAt: end }, defaultSchedule)
    expect(nextAfter(end - 1)).toBe(end)
    expect(nextAfter(end)).toBe('expired')
  })

  test('never comes sooner than the wait, nor later than the wait with all of the jitter', () => {
    fc.assert(
      fc.property(attempted, settings, (where, how) => {
        const index = Math.min(Math.max(where.attempts, 1), how.delaysMilliseconds.length) - 1
        const delay = how.delaysMilliseconds[index] ?? 0
        const at = retryAt(where, how)
        expect(at).toBeGreaterThanOrEqual(where.now + delay)
        expect(at).toBeLessThanOrEqual(Math.ceil(where.now + delay * (1 + how.jitterShare)))
      }),
    )
  })

  test('the next attempt lies in the future and within the life of the delivery, or it is expired', () => {
    fc.assert(
      fc.property(attempted, settings, fc.integer({ min: -(10 ** 9), max: 10 ** 10 }), (where, how, left) => {
        const end = where.now + left
        const next = nextAttemptAt({ ...where, expiresAt: end }, how)
        if (left <= 0) expect(next).toBe('expired')
        else expect(typeof next === 'number' && next > where.now && next <= end).toBe(true)
      }),
    )
  })

  test('a peer that defers for ever is tried a bounded number of times and then given up', () => {
    const end = expiresAt(now, defaultSchedule)
    let time = now
    let attempts = 0
    for (;;) {
      attempts += 1
      const next = nextAttemptAt({ attempts, now: time, jitter: 0, expiresAt: end }, defaultSchedule)
      if (next === 'expired') break
      time = next
    }
    expect(time).toBe(end)
    // At 0, 1, 6, 21, 51 and 111 minutes, hourly up to minute 7191, and at the end, minute 7200.
    expect(attempts).toBe(6 + 118 + 1)
  })
})
