import { expect, test } from 'vitest'
import { nextContact } from '../../../../src/deliver/batch/contact-times.ts'

const from = '2026-12-01T06:00:00Z'
const begin = Date.parse(from)

test.each([
  ['without contacts it is always open', 5, undefined, 5],
  ['before the first one it waits for it', begin - 1, [{ from, lastsSeconds: 10 }], begin],
  ['within one it is open', begin + 9_999, [{ from, lastsSeconds: 10 }], begin + 9_999],
  ['a single one does not come back', begin + 10_000, [{ from, lastsSeconds: 10 }], undefined],
  [
    'the next one begins after the period',
    begin + 10_000,
    [{ from, lastsSeconds: 10, everySeconds: 60 }],
    begin + 60_000,
  ],
  [
    'many periods later too',
    begin + 600_500,
    [{ from, lastsSeconds: 10, everySeconds: 60 }],
    begin + 600_500,
  ],
  [
    'of several the earliest counts',
    begin + 11_000,
    [
      { from, lastsSeconds: 10, everySeconds: 60 },
      { from, lastsSeconds: 5, everySeconds: 20 },
    ],
    begin + 20_000,
  ],
])('%s', (_rule, now, contacts, expected) => {
  expect(nextContact(now, contacts)).toBe(expected)
})
