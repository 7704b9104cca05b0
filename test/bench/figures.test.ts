import { describe, expect, test } from 'vitest'
import { allCases, type BenchCase } from './cases.ts'
import { type CaseResult, keptOfFast, median, percentile, ratio } from './figures.ts'

function runs(...rates: number[]) {
  return {
    runs: rates.map(messagesPerSecond => ({
      messagesPerSecond,
      cpuMillisecondsPerMessage: 1,
      writtenBytesPerMessage: 1,
    })),
  }
}

function result(name: string, relay: number[], plain: number[]): CaseResult {
  const found = allCases().find(one => one.name === name) as BenchCase
  return { case: found, relay: runs(...relay), plain: runs(...plain) }
}

describe('what is made of several runs', () => {
  test('the median of an even number of values lies between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([3, 1, 2])).toBe(2)
    expect(median([])).toBeNaN()
  })

  test('a percentile is a value that occurred', () => {
    const values = Array.from({ length: 200 }, (_, at) => at + 1)
    expect(percentile(values, 50)).toBe(100)
    expect(percentile(values, 99)).toBe(198)
    expect(percentile([], 99)).toBeNaN()
  })

  test('the ratio compares runs that followed each other, so that a machine that slows down changes nothing', () => {
    expect(ratio(result('4k-kept-10', [800, 400, 80], [1000, 500, 100]))).toBeCloseTo(0.8)
  })

  test('a slow disk is compared with the same case on a fast one', () => {
    const fast = result('4k-kept-10', [1000, 500, 100], [])
    const slow = result('4k-kept-10-slow', [900, 450, 90], [])
    expect(keptOfFast(slow, [fast, slow])).toBeCloseTo(0.9)
    expect(keptOfFast(fast, [fast, slow])).toBeNaN()
  })

  test('every case has a name of its own', () => {
    const names = allCases().map(one => one.name)
    expect(new Set(names).size).toBe(names.length)
  })
})
