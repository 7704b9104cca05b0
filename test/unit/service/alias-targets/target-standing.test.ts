/** What failures over days make of a target of an alias. */
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../../src/config/load.ts'
import type { ClassifiedFailure } from '../../../../src/lists/standing.ts'
import {
  freshTarget,
  scoreSettings,
  targetAfterFailure,
} from '../../../../src/service/alias-targets/target-standing.ts'
import type { AliasTarget } from '../../../../src/store/alias-target-records.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 0, 1, 8)

function settings(aliasTargets: object = {}) {
  const input = { hostname: 'r.example', listeners: [{ name: 'mx', port: 25 }], domains: {}, aliasTargets }
  return scoreSettings(parseConfig(input, { file: 'test', folder: '/' }))
}

const gone: ClassifiedFailure = { failure: 'hard', reason: '550 5.1.1 no such user' }

/** After a failure at each of these times. */
function failed(times: readonly number[], given: object = {}, isReturned = false): AliasTarget {
  return times.reduce<AliasTarget>(
    (target, at) =>
      targetAfterFailure(target, { failure: gone, isReturned }, settings(given), start + at) ?? target,
    freshTarget('Gone@X.example', 'team@alias.example', start),
  )
}

describe('a target', () => {
  test('that fails on four days is suspended, and probed a week later', () => {
    expect(failed([0, day, 2 * day]).state).toBe('active')
    const target = failed([0, day, 2 * day, 3 * day])
    expect(target).toMatchObject({
      state: 'suspended',
      suspendedBy: 'bounces',
      reason: gone.reason,
      failedSince: start,
      probeDueAt: start + 10 * day,
    })
  })

  test('that fails a hundred times in one evening has failed once', () => {
    const evening = Array.from({ length: 100 }, (_, index) => index * 60_000)
    expect(failed(evening)).toMatchObject({ state: 'active', bounceScore: 1 })
  })

  test('that fails once a year is never suspended', () => {
    const years = Array.from({ length: 10 }, (_, index) => index * 365 * day)
    expect(failed(years)).toMatchObject({
      state: 'active',
      bounceScore: 1,
      failedSince: start + 9 * 365 * day,
    })
  })

  test('whose copies are taken and come back has each of them noted, counted or not', () => {
    expect(failed([0, hour, 2 * hour], {}, true)).toMatchObject({ bounceScore: 1, returned: 2 })
  })

  test('is never suspended where that is turned off, and sooner where fewer failures are enough', () => {
    const days = Array.from({ length: 30 }, (_, index) => index * day)
    expect(failed(days, { suspend: false }).state).toBe('active')
    expect(failed([0], { suspendAfterFailures: 1 }).state).toBe('suspended')
  })

  test('is compared without regard to case', () => {
    expect(failed([0]).addressKey).toBe('gone@x.example')
  })
})
