import { expect, test } from 'vitest'
import { wantsReport } from '../../../src/bounce/notify.ts'

test.each([
  [undefined, 'failed', true],
  [undefined, 'delayed', false],
  [undefined, 'delivered', false],
  [['NEVER'], 'failed', false],
  [['SUCCESS'], 'failed', false],
  [['SUCCESS', 'FAILURE'], 'failed', true],
  [['FAILURE'], 'delayed', false],
  [['DELAY'], 'delayed', true],
  [['SUCCESS'], 'relayed', true],
  [['FAILURE'], 'relayed', false],
] as const)('NOTIFY=%s and %s: %s (RFC 3461 section 4.1)', (notify, action, wanted) => {
  expect(wantsReport(notify, action, false)).toBe(wanted)
})

test('delays are reported without NOTIFY only by a relay that is set to do so', () => {
  expect(wantsReport(undefined, 'delayed', true)).toBe(true)
  expect(wantsReport(['FAILURE'], 'delayed', true)).toBe(false)
})
