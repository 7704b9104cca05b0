/** Lanes: whoever has much work waits for itself, and nobody for more than the places. */
import { expect, test } from 'vitest'
import { Lanes } from '../../../src/bounded/lanes.ts'

function open() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, resolve }
}

test('one lane has one place, another lane gets the next, and a third waits for a place', async () => {
  const lanes = new Lanes(2, 10)
  const begun: string[] = []
  const gates = [open(), open(), open(), open()]
  const run = (lane: string, at: number) =>
    lanes.run(lane, async () => {
      begun.push(`${lane}${at}`)
      await gates[at]?.promise
      return at
    })
  const all = [run('a', 0), run('a', 1), run('b', 2), run('c', 3)]
  await new Promise(resolve => setImmediate(resolve))
  expect(begun).toEqual(['a0', 'b2'])
  gates[2]?.resolve()
  await all[2]
  await new Promise(resolve => setImmediate(resolve))
  expect(begun).toEqual(['a0', 'b2', 'c3'])
  for (const gate of gates) gate.resolve()
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3])
  expect(lanes.laneCount).toBe(0)
})

test('what is beyond the bound is not run, and a task that fails gives its place back', async () => {
  const lanes = new Lanes(1, 2)
  const gate = open()
  const first = lanes.run('a', () => gate.promise.then(() => Promise.reject(new Error('failed'))))
  const second = lanes.run('b', async () => 'second')
  expect(await lanes.run('c', async () => 'third')).toBeUndefined()
  gate.resolve()
  await expect(first).rejects.toThrow('failed')
  expect(await second).toBe('second')
  expect(await lanes.run('c', async () => 'third')).toBe('third')
})
