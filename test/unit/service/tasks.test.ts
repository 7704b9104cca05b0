import { expect, test } from 'vitest'
import { CopiesUnderWay } from '../../../src/service/copies-under-way.ts'
import { tasks } from '../../../src/service/tasks.ts'
import { RecordingLog } from '../../support/recording-log.ts'

test('work runs once for a key, however often it is started meanwhile', async () => {
  const background = tasks(new RecordingLog())
  let runs = 0
  const gate = Promise.withResolvers<void>()
  const work = async () => {
    runs++
    await gate.promise
  }
  const [first, second] = [background.run('a', work), background.run('a', work)]
  expect(first).toBe(second)
  gate.resolve()
  await background.settledWithin(60_000)
  expect(runs).toBe(1)
})

test('work that is wanted again while it runs is done once more, so that nothing that came meanwhile is missed', async () => {
  const background = tasks(new RecordingLog())
  let runs = 0
  const gate = Promise.withResolvers<void>()
  const work = async () => {
    runs++
    await gate.promise
  }
  void background.again('a', work)
  void background.again('a', work)
  void background.again('a', work)
  gate.resolve()
  await background.settledWithin(60_000)
  expect(runs).toBe(2)
})

test('work that fails is logged, and its key is free again', async () => {
  const log = new RecordingLog()
  const background = tasks(log)
  await background.run('a', () => Promise.reject(new Error('disk')))
  expect(log.lines).toMatchObject([{ level: 'error', fields: { task: 'a' } }])
  let runs = 0
  await background.run('a', async () => void runs++)
  expect(runs).toBe(1)
})

test('a message has copies under way from the first that is taken in hand to the last that is written down', () => {
  const copies = new CopiesUnderWay()
  copies.add('Q')
  copies.add('Q')
  copies.begin('Q')
  copies.end('Q')
  expect(copies.has('Q')).toBe(true)
  copies.giveBack('Q')
  expect(copies.has('Q')).toBe(false)
  copies.begin('Q')
  expect(copies.has('Q')).toBe(true)
  copies.end('Q')
  expect(copies.has('Q')).toBe(false)
})
