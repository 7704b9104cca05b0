import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newFile, newMessage, newStore } from './fixtures.ts'

test('a database of which much is unused gets smaller, in steps; a little is left to be used again', async () => {
  const file = newFile()
  const store = await newStore({ file })
  const octets = Buffer.alloc(1024 * 1024, 'x')
  for (let number = 1; number <= 20; number += 1)
    await store.spool(newMessage(number, { octets, state: 'failed', keepUntil: 1 }))
  expect(await store.shrink()).toBe(false)
  await store.scrub()
  const before = statSync(file).size
  expect(before).toBeGreaterThan(20 * octets.length)
  await store.prune({ now: 1, limit: 100 })
  let steps = 1
  while (await store.shrink()) steps += 1
  expect(steps).toBeGreaterThan(1)
  await store.close()
  const { size } = statSync(file)
  expect(size).toBeLessThan(before * 0.6)
  expect(size).toBeGreaterThan(octets.length)
})
