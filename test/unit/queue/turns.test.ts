import { expect, test } from 'vitest'
import { type Turn, Turns } from '../../../src/queue/turns.ts'
import { deferred, settled } from './fixtures.ts'

/** Notes which turns have come. */
function watch(turns: readonly Turn[]): number[] {
  const come: number[] = []
  turns.forEach((turn, at) => void turn.before.then(() => come.push(at)))
  return come
}

test('whoever is ready first waits for those that began before', async () => {
  const turns = new Turns()
  const all = [turns.take('mars.example'), turns.take('mars.example'), turns.take('mars.example')]
  const come = watch(all)
  all[1]?.pass()
  await settled()
  expect(come).toEqual([0])
  all[0]?.pass()
  await settled()
  expect(come).toEqual([0, 1, 2])
})

test('other destinations are not waited for', async () => {
  const turns = new Turns()
  const come = watch([turns.take('mars.example'), turns.take('moon.example')])
  await settled()
  expect(come).toEqual([0, 1])
})

test('what puts one off reaches those that began behind it, and nobody who begins when they are over', async () => {
  const turns = new Turns()
  const [first, second] = [turns.take('mars.example'), turns.take('mars.example')]
  first.pass(deferred)
  first.pass()
  expect(await second.before).toBe(deferred)
  second.pass(deferred)
  expect(await turns.take('mars.example').before).toBeUndefined()
})
