import { expect, test } from 'vitest'
import { inTurn } from '../../../../src/service/posts/in-turn.ts'

test('only so much goes on at a time, the rest in its order, whatever fails', async () => {
  const turn = inTurn(2)
  const begun: number[] = []
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
  const results = gates.map((gate, at) =>
    turn(async () => {
      begun.push(at)
      await gate.promise
    }).then(
      () => 'done',
      () => 'failed',
    ),
  )
  expect(begun).toEqual([0, 1])
  gates[1]?.reject(new Error('no'))
  expect(await results[1]).toBe('failed')
  expect(begun).toEqual([0, 1, 2])
  for (const gate of gates) gate.resolve()
  expect(await Promise.all(results)).toEqual(['done', 'failed', 'done', 'done'])
  expect(begun).toEqual([0, 1, 2, 3])
})
