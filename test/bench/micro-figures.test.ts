import { describe, expect, test } from 'vitest'
import { type MicroRound, microFigures } from './micro-figures.ts'
import type { Slice } from './micro-timing.ts'

function slice(calls: number, wall: number, main: number, processor = main): Slice {
  return { calls, wallMicroseconds: wall, mainMicroseconds: main, processorMicroseconds: processor }
}

/** A round on a machine that is so many times slower. */
function round(slower: number): MicroRound {
  return {
    baseline: slice(10, 100 * slower, 100 * slower),
    work: slice(10, 1000 * slower, 800 * slower, 2000 * slower),
    alone: slice(2, 400 * slower, 400 * slower),
    cryptography: slice(100, 6000 * slower, 4000 * slower, 15_000 * slower),
  }
}

describe('the figures of a micro-benchmark', () => {
  test('times are per call: throughput of many at once, wall clock of one alone', () => {
    const figures = microFigures([round(1)])
    expect(figures.callsPerSecond).toBe(10_000)
    expect(figures.mainMicroseconds).toBe(80)
    expect(figures.wallMicroseconds).toBe(200)
  })

  test('ratios compare slices of one round, so that a machine that slows down changes nothing', () => {
    const figures = microFigures([round(1), round(7), round(3)])
    expect(figures.timesBaseline).toBeCloseTo(8)
    expect(figures.cryptographyShare).toBeCloseTo(0.75)
    expect(figures.cryptographyShareOfMain).toBeCloseTo(0.5)
  })

  test('work without cryptography has no share of it, and no share is above the whole', () => {
    const { cryptography: _, ...without } = round(1)
    expect(microFigures([without]).cryptographyShare).toBe(0)
    const all = { ...round(1), cryptography: slice(1, 1, 1, 1000) }
    expect(microFigures([all]).cryptographyShare).toBe(1)
  })
})
