import { expect, test } from 'vitest'
import type { MessageLine } from '../../../src/hoplog/summary.ts'
import { messageRows, messageTable } from '../../../src/hoplog/summary-text.ts'

const line: MessageLine = {
  queueId: '01KCABCDE00',
  receivedAt: '2026-02-28T14:30:12.345Z',
  direction: 'forward',
  state: 'forwarded',
  mf: 'somebody.with.a.long.name@a-rather-long-name.origin.example',
  rt: ['another.long.name@alias.example', 'second@alias.example'],
  result: 'permerror',
  sizeBytes: 4_096,
  deliveries: { queued: 0, delivered: 2, failed: 1, held: 0 },
}

test('every line of the table fits 80 columns, however long the addresses and numbers are', () => {
  const many = { ...line, deliveries: { queued: 10_000, delivered: 90_000, failed: 0, held: 0 } }
  for (const text of messageTable([line, many]).split('\n')) expect(text.length).toBeLessThanOrEqual(80)
  const { head, row } = messageRows()
  for (const text of [head, row(line)]) expect(text.trimEnd().length).toBeLessThanOrEqual(80)
})

test('short addresses are not cut, and one gets the room that the other does not need', () => {
  const text = messageTable([{ ...line, mf: '', rt: ['a.long.name@alias.example'], result: 'pass' }])
  expect(text).toMatch(/<> {4}a\.long\.name@alias\.example +pass /)
})

test('the state is that of the deliveries that need attention most', () => {
  const stateOf = (deliveries: MessageLine['deliveries'], state = 'forwarded') =>
    messageTable([{ ...line, state, deliveries }])
      .trimEnd()
      .split('  ')
      .at(-1)
  expect(stateOf({ queued: 0, delivered: 2, failed: 1, held: 0 })).toBe('failed 1/3')
  expect(stateOf({ queued: 1, delivered: 2, failed: 1, held: 0 })).toBe('queued 1/4')
  expect(stateOf({ queued: 1, delivered: 0, failed: 0, held: 1 })).toBe('held 1/2')
  expect(stateOf({ queued: 0, delivered: 3, failed: 0, held: 0 })).toBe('delivered 3')
  expect(stateOf({ queued: 0, delivered: 0, failed: 0, held: 0 }, 'spooled')).toBe('spooled')
})

test('what came from outside cannot steer the terminal', () => {
  expect(messageTable([{ ...line, mf: '\x1b[2J@x.example' }])).not.toContain('\x1b')
})
