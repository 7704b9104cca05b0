import { expect, test } from 'vitest'
import { TurnCount, tickSettings } from '../../../src/watchdog/turns.ts'

test('the main thread stands still after so many ticks without a turn, and not before', () => {
  const count = new TurnCount(3)
  expect([count.tick(7, false), count.tick(7, false), count.tick(7, false)]).toEqual([false, false, false])
  expect(count.tick(7, false)).toBe(true)
})

test('a turn begins the count anew', () => {
  const count = new TurnCount(2)
  expect([7, 7, 8, 8, 9, 9].map(turns => count.tick(turns, false))).not.toContain(true)
})

test('a turn count that has gone once around is a turn too', () => {
  const count = new TurnCount(1)
  expect([2 ** 31 - 1, -(2 ** 31)].map(turns => count.tick(turns, false))).toEqual([false, false])
})

test('a process that was stopped for hours has missed one tick', () => {
  // However long a tick has taken, it is one: time itself does not count.
  const count = new TurnCount(2)
  count.tick(7, false)
  expect(count.tick(7, false)).toBe(false)
  expect(count.tick(8, false)).toBe(false)
})

test('a main thread that a debugger may hold is waited for', () => {
  const count = new TurnCount(1)
  expect([1, 2, 3].map(() => count.tick(7, true))).not.toContain(true)
  expect(count.tick(7, false)).toBe(true)
})

test.each([1, 2, 30, 600])('ticks add up to %i s and are at most a second long', seconds => {
  const { tickMilliseconds, ticks } = tickSettings(seconds)
  expect(ticks * tickMilliseconds).toBe(seconds * 1000)
  expect(ticks).toBeGreaterThanOrEqual(10)
  expect(tickMilliseconds).toBeLessThanOrEqual(1000)
})
