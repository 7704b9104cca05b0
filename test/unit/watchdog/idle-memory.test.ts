import { expect, test } from 'vitest'
import { giveBackIdleMemory, ofThisProcess } from '../../../src/watchdog/idle-memory.ts'

const mebibytes = 1024 * 1024

test.each([
  ['rests and holds much', 0.001, 40 * mebibytes, 1],
  ['is busy', 0.1, 40 * mebibytes, 0],
  ['holds little', 0.001, 2 * mebibytes, 0],
])('a relay that %s: %s busy, %s octets, asked %s times', (_, busyShare, youngBytes, times) => {
  let asked = 0
  const given = giveBackIdleMemory({
    busyShare: () => busyShare,
    youngBytes: () => youngBytes,
    collect: () => {
      asked += 1
    },
  })
  expect([given, asked]).toEqual([times === 1, times])
})

test('the time that is looked at begins with the look before', () => {
  const { busyShare } = ofThisProcess()
  busyShare()
  expect(busyShare()).toBeGreaterThanOrEqual(0)
  expect(busyShare()).toBeLessThanOrEqual(1)
})

test('V8 gives back the room of objects that were new', () => {
  const { youngBytes, collect } = ofThisProcess()
  const held: object[][] = []
  // Some of them live on, so that the room grows.
  for (let round = 0; round < 200; round++) {
    held.push(Array.from({ length: 5_000 }, (_, index) => ({ round, index })))
    if (held.length > 20) held.shift()
  }
  const before = youngBytes()
  held.length = 0
  collect()
  expect(youngBytes()).toBeLessThan(before)
})
