import { expect, test } from 'vitest'
import { CopiesUnderWay } from '../../../src/service/copies-under-way.ts'

test('who waits for a message to have few copies left goes on when it has, or when all are released', async () => {
  const copies = new CopiesUnderWay()
  for (let at = 0; at < 3; at++) copies.add('a')
  const told: string[] = []
  const few = copies.atMost('a', 1).then(() => told.push('few'))
  const none = copies.atMost('a', 0).then(() => told.push('none'))
  await copies.atMost('b', 0)
  copies.giveBack('a')
  await Promise.resolve()
  expect(told).toEqual([])
  copies.begin('a')
  copies.end('a')
  await few
  expect(told).toEqual(['few'])
  copies.release()
  await none
  copies.add('c')
  await copies.atMost('c', 0)
})
