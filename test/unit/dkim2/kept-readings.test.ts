import { expect, test } from 'vitest'
import { defaultBounds } from '../../../src/dkim2/bounds.ts'
import { KeptReadings } from '../../../src/dkim2/profiles/kept-readings.ts'
import { newField } from '../../../src/message/message.ts'

const reader = {}

test('a field is read once for as long as it is read in the same way', () => {
  const kept = new KeptReadings<number>()
  const field = newField('MailVersion', 'v=1')
  let times = 0
  const read = (by: object, maxVersions: number) =>
    kept.of(field, by, { ...defaultBounds, maxVersions }, () => ++times)
  expect(read(reader, 5)).toBe(1)
  expect(read(reader, 5)).toBe(1)
  expect(read(reader, 6)).toBe(2)
  expect(read({}, 6)).toBe(3)
})

test('another field with the same octets is another one', () => {
  const kept = new KeptReadings<number>()
  expect(kept.of(newField('MailVersion', 'v=1'), reader, defaultBounds, () => 1)).toBe(1)
  expect(kept.of(newField('MailVersion', 'v=1'), reader, defaultBounds, () => 2)).toBe(2)
})
