import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lifeOf, lifeRemarks, maxSignatureAge, returnAllowance } from '../../../src/queue/end-of-life.ts'

const hour = 3_600_000
const day = 24 * hour
const now = 1_763_000_000_000
const usual = { lifetimeMilliseconds: 5 * day, warnAfterMilliseconds: 4 * hour }

describe('the life of a message in the queue', () => {
  test('is what the settings say, and a warning comes in between', () => {
    const life = { expiresAt: now + 5 * day, warnAt: now + 4 * hour, isShortened: false }
    expect(lifeOf(now, undefined, usual)).toEqual(life)
    expect(lifeOf(now, now - hour, usual)).toEqual(life)
  })

  test('ends while the report can still arrive within 14 days of the oldest signature', () => {
    expect(lifeOf(now, now - 12 * day, usual)).toEqual({
      expiresAt: now + day,
      warnAt: now + 4 * hour,
      isShortened: true,
    })
  })

  test('ends so much earlier that light has time to go there and back', () => {
    const roundTripMilliseconds = 8 * hour
    expect(lifeOf(now, now - 12 * day, { ...usual, roundTripMilliseconds }).expiresAt).toBe(
      now + day - 8 * hour,
    )
    expect(lifeOf(now, undefined, { ...usual, roundTripMilliseconds }).expiresAt).toBe(now + 5 * day)
  })

  test('has no warning where the message is given up before', () => {
    expect(lifeOf(now, now - 13 * day + hour, usual)).toEqual({ expiresAt: now + hour, isShortened: true })
    expect(lifeOf(now, undefined, { ...usual, warnAfterMilliseconds: 5 * day })).not.toHaveProperty('warnAt')
  })

  test('is one attempt for a message that is as old as it may be', () => {
    expect(lifeOf(now, now - 14 * day, usual)).toEqual({ expiresAt: now, isShortened: true })
  })

  test('never ends too late for a report, nor later than the settings say, nor before it begins', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 14 * day }),
        fc.integer({ min: 1, max: 13 * day }),
        fc.option(fc.integer({ min: 1, max: 20 * day }), { nil: undefined }),
        (age, lifetimeMilliseconds, warnAfterMilliseconds) => {
          const life = lifeOf(now, now - age, { lifetimeMilliseconds, warnAfterMilliseconds })
          expect(life.expiresAt).toBeGreaterThanOrEqual(now)
          expect(life.expiresAt).toBeLessThanOrEqual(now + lifetimeMilliseconds)
          if (age <= maxSignatureAge - returnAllowance) {
            expect(life.expiresAt - (now - age)).toBeLessThanOrEqual(maxSignatureAge - returnAllowance)
          }
          expect(life.warnAt ?? now).toBeLessThan(Math.max(life.expiresAt, now + 1))
        },
      ),
    )
  })
})

describe('settings', () => {
  const settings = { ...usual, tokenLifetimeMilliseconds: 30 * day }

  test('as they are made have no remark', () => {
    expect(lifeRemarks(settings)).toEqual([])
    expect(lifeRemarks({ ...settings, warnAfterMilliseconds: undefined })).toEqual([])
  })

  test('with a life in the queue after which nobody takes the report are named', () => {
    expect(lifeRemarks({ ...settings, lifetimeMilliseconds: 9 * day })).toEqual([
      'queue.lifetimeSeconds is 9 days: a message that arrives 5 days old is given up after 8 days, as its sender takes no report of what is older than 14 days; at most 8 days would suit',
    ])
  })

  test('with bounce addresses that end before the report comes are named', () => {
    expect(lifeRemarks({ ...settings, tokenLifetimeMilliseconds: 7 * day })).toEqual([
      'bounces.tokenLifetimeSeconds is 7 days: a host that takes a message at the end of its 5 days in the queue, and tries for 5 days itself, cannot return it any more; at least 10 days would suit',
    ])
  })

  test('with a warning that never comes are named', () => {
    expect(lifeRemarks({ ...settings, warnAfterMilliseconds: 5 * day })).toEqual([
      'no delay is ever reported: the warning would come when the message has been given up',
    ])
  })
})
