import { expect, test } from 'vitest'
import { wantsReport, whyNotPassedOn } from '../../../src/bounce/notify.ts'

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

test.each([
  ['failed', undefined, 'none', undefined],
  ['failed', ['FAILURE'], 'none', undefined],
  ['failed', ['NEVER'], 'none', 'the sender asked for no reports of failures'],
  ['failed', ['SUCCESS'], 'wanted', 'the sender asked for no reports of failures'],
  ['delayed', undefined, 'none', 'a report of a delayed delivery'],
  ['delayed', ['DELAY'], 'none', undefined],
  ['delivered', ['SUCCESS'], 'wanted', undefined],
  ['relayed', ['SUCCESS'], 'sent', 'this success was reported before'],
  ['expanded', undefined, 'none', 'a report of a expanded delivery'],
] as const)('a report from beyond that says %s, with NOTIFY=%s and success %s: %s', (...row) => {
  const [action, notify, successDsn, why] = row
  expect(whyNotPassedOn(action, { notify, successDsn })).toBe(why)
})
