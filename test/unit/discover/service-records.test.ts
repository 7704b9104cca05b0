import { expect, test } from 'vitest'
import { orderServices } from '../../../src/discover/service-records.ts'
import type { ServiceRecord } from '../../../src/dns/resolver.ts'
import { seededRandom } from './settings.ts'

function record(target: string, priority: number, weight: number): ServiceRecord {
  return { target, priority, weight, port: 842 }
}

/** How often each target comes first in 1,000 draws. */
function firsts(records: readonly ServiceRecord[]): Record<string, number> {
  const random = seededRandom(42)
  const counts: Record<string, number> = {}
  for (let draw = 0; draw < 1_000; draw++) {
    const first = orderServices(records, random)[0]?.target ?? ''
    counts[first] = (counts[first] ?? 0) + 1
  }
  return counts
}

test('weights 10, 30 and 60 come first in about 100, 300 and 600 of 1,000 draws (RFC 2782)', () => {
  const counts = firsts([record('a', 0, 10), record('b', 0, 30), record('c', 0, 60)])
  expect(Math.abs((counts.a ?? 0) - 100)).toBeLessThan(40)
  expect(Math.abs((counts.b ?? 0) - 300)).toBeLessThan(60)
  expect(Math.abs((counts.c ?? 0) - 600)).toBeLessThan(60)
})

test('weight 0 beside others comes first rarely, but it does', () => {
  const counts = firsts([record('heavy', 0, 20), record('zero', 0, 0)])
  expect(counts.zero).toBeGreaterThan(10)
  expect(counts.zero).toBeLessThan(100)
})

test('records that all have weight 0 are all kept', () => {
  const ordered = orderServices([record('a', 0, 0), record('b', 0, 0)], seededRandom(1))
  expect(ordered.map(({ target }) => target).sort()).toEqual(['a', 'b'])
})

test('a lower priority comes first whatever the weights', () => {
  const records = [record('later', 20, 65_535), record('first', 10, 0), record('second', 10, 0)]
  for (let seed = 0; seed < 20; seed++) {
    const ordered = orderServices(records, seededRandom(seed))
    expect(ordered.at(-1)?.target).toBe('later')
    expect(ordered).toHaveLength(3)
  }
})

test('any random number gives every record exactly once', () => {
  const records = [record('a', 0, 5), record('b', 0, 0), record('c', 0, 65_535)]
  for (const number of [0, 0.5, 0.999_999_999])
    expect(new Set(orderServices(records, () => number)).size).toBe(3)
})
