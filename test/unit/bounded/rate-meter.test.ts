import { expect, test } from 'vitest'
import { RateMeter } from '../../../src/bounded/rate-meter.ts'

const meter = (maxKeys = 10) => new RateMeter({ most: 2, periodMilliseconds: 1_000 }, maxKeys)

test('so many are allowed in a period that begins with the first; then all are again', () => {
  const counts = meter()
  for (const now of [100, 900]) {
    expect(counts.wait('a', now)).toBe(0)
    counts.add('a', now)
  }
  expect(counts.wait('a', 900)).toBe(200)
  expect(counts.wait('a', 1_099)).toBe(1)
  expect(counts.wait('a', 1_100)).toBe(0)
  expect(counts.add('a', 1_100)).toEqual({ count: 1, endsAt: 2_100 })
})

test('each key is counted by itself', () => {
  const counts = meter()
  for (let times = 0; times < 2; times++) counts.add('a', 0)
  expect([counts.wait('a', 0), counts.wait('b', 0)]).toEqual([1_000, 0])
})

test('to ask counts nothing', () => {
  const counts = meter()
  for (let times = 0; times < 5; times++) counts.wait('a', 0)
  expect(counts.add('a', 0).count).toBe(1)
})

test('a count of an earlier run goes on', () => {
  const counts = meter()
  counts.restore('a', { count: 2, endsAt: 700 })
  expect([counts.wait('a', 0), counts.wait('a', 700)]).toEqual([700, 0])
})

test('a clock that was set back locks nobody out for longer than a period', () => {
  const counts = meter()
  for (let times = 0; times < 2; times++) counts.add('a', 1_000_000)
  expect(counts.wait('a', 0)).toBe(0)
  expect(counts.add('a', 0)).toEqual({ count: 1, endsAt: 1_000 })
})

test('of more keys than are remembered the one not counted for the longest is forgotten', () => {
  const counts = meter(2)
  for (const key of ['a', 'a', 'b', 'b', 'a', 'c']) counts.add(key, 0)
  expect(['a', 'b', 'c'].map(key => counts.wait(key, 0))).toEqual([1_000, 0, 0])
})
