/** Wrong passwords are counted, and what counts them is bounded. */
import { describe, expect, test } from 'vitest'
import { GuessLimits } from '../../../src/accounts/guess-limits.ts'

const settings = { perNetwork: 3, perAccount: 5, windowMilliseconds: 60_000, remembered: 100 }
const ann = { network: '192.0.2.1', nameKey: 'ann' }

function failedTimes(limits: GuessLimits, times: number, guess: (n: number) => typeof ann, now = 0): void {
  for (let n = 0; n < times; n++) limits.failed(guess(n), now)
}

describe('a network with too many wrong passwords', () => {
  test('waits until its window is over, and then begins anew', () => {
    const limits = new GuessLimits(settings)
    failedTimes(limits, 2, () => ann, 1_000)
    expect(limits.waitMilliseconds(ann, 2_000)).toBe(0)
    limits.failed(ann, 2_000)
    expect(limits.waitMilliseconds(ann, 2_000)).toBe(59_000)
    expect(limits.waitMilliseconds(ann, 61_000)).toBe(0)
    limits.failed(ann, 61_000)
    expect(limits.waitMilliseconds(ann, 61_000)).toBe(0)
  })

  test('waits for every account, and nobody else waits', () => {
    const limits = new GuessLimits(settings)
    failedTimes(limits, 3, n => ({ ...ann, nameKey: `name${n}` }))
    expect(limits.waitMilliseconds({ ...ann, nameKey: 'bob' }, 1)).toBe(59_999)
    expect(limits.waitMilliseconds({ network: '192.0.2.2', nameKey: 'name0' }, 1)).toBe(0)
  })
})

describe('an account with too many wrong passwords from many networks', () => {
  test('waits, but not at a place from which it has signed in', () => {
    const limits = new GuessLimits(settings)
    limits.succeeded(ann)
    failedTimes(limits, 5, n => ({ network: `198.51.100.${n}`, nameKey: 'ann' }))
    expect(limits.waitMilliseconds({ network: '198.51.100.200', nameKey: 'ann' }, 0)).toBe(60_000)
    expect(limits.waitMilliseconds(ann, 0)).toBe(0)
  })
})

test('ten thousand guesses, from as many networks and for as many names, are remembered within the bound', () => {
  const limits = new GuessLimits(settings)
  failedTimes(limits, 10_000, n => ({ network: `net${n}`, nameKey: `name${n}` }))
  for (let n = 0; n < 10_000; n++) limits.succeeded({ network: `net${n}`, nameKey: 'ann' })
  expect(limits.count).toBe(3 * settings.remembered)
})

test('a clock that is set back makes no wait longer than the window', () => {
  const limits = new GuessLimits(settings)
  failedTimes(limits, 3, () => ann, 1_000_000)
  limits.failed(ann, 0)
  expect(limits.waitMilliseconds(ann, 0)).toBeLessThanOrEqual(60_000)
})
