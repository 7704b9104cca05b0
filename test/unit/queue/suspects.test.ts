/** Work that was under way when the process ended is tried one piece at a time. */

import { expect, test } from 'vitest'
import { Suspects } from '../../../src/queue/suspects.ts'
import type { SuspectWork } from '../../../src/store/work-records.ts'
import { delivered, FakeClock, newQueue, settled, storedDelivery } from './fixtures.ts'

const turnMilliseconds = 1_000

function suspect(kind: SuspectWork['kind'], workId: number, isHeld = false): SuspectWork {
  return {
    kind,
    workId,
    queueId: `T${workId}`,
    ordinal: kind === 'delivery' ? 0 : null,
    isHeld,
    isNew: isHeld,
  }
}

function suspectsOf(...work: readonly SuspectWork[]) {
  const clock = new FakeClock()
  const noted: string[] = []
  const frees: number[] = []
  const note = (what: string) => async (kind: string, workId: number) =>
    void noted.push(`${what} ${kind} ${workId}`)
  const suspects = new Suspects({
    store: { beginSuspect: note('begin'), clearSuspect: note('clear') },
    turnMilliseconds,
    onFree: () => frees.push(clock.now),
    onError: error => noted.push(String(error)),
    timer: clock,
  })
  suspects.add(work)
  return { clock, suspects, noted, frees }
}

test('what is not suspect waits for nothing and writes nothing', async () => {
  const { suspects, noted } = suspectsOf(suspect('delivery', 1))
  expect([suspects.mayBegin(1), suspects.mayBegin(2)]).toEqual([true, true])
  expect(suspects.begin(2)).toBeUndefined()
  await suspects.run('message', 'T2', async () => void noted.push('done'))
  expect(noted).toEqual(['done'])
})

test('one delivery has the turn, the others stay in the store until it is over', async () => {
  const { suspects, noted, frees } = suspectsOf(suspect('delivery', 1), suspect('delivery', 2))
  expect(suspects.excepted()).toEqual([])
  expect([suspects.mayBegin(1), suspects.mayBegin(2)]).toEqual([true, false])
  expect(suspects.excepted()).toEqual([2])
  await suspects.begin(1)
  suspects.end(1)
  await settled()
  expect(noted).toEqual(['begin delivery 1', 'clear delivery 1'])
  expect(frees).toHaveLength(1)
  expect([suspects.mayBegin(2), suspects.mayBegin(1)]).toEqual([true, true])
})

test('a hundred of them are fetched once, and each is attempted alone', async () => {
  const ids = Array.from({ length: 100 }, (_, at) => at + 1)
  const suspects = new Suspects({
    store: { beginSuspect: async () => {}, clearSuspect: async () => {} },
    turnMilliseconds,
    onFree: () => queue.runner.look(),
    onError: () => {},
    timer: new FakeClock(),
  })
  suspects.add(ids.map(id => suspect('delivery', id)))
  const queue = newQueue({ suspects, limits: { maxInMemory: 200 } })
  for (const id of ids) queue.store.deliveries.set(id, storedDelivery(id))
  queue.runner.look()
  await settled()
  for (const id of ids) {
    expect(queue.open.map(({ delivery }) => delivery.id)).toEqual([id])
    await queue.open[0]?.end(delivered)
    suspects.end(id)
    await settled()
  }
  expect([queue.open.length, queue.finals.length]).toEqual([0, ids.length])
  expect(queue.store.answered).toBe(ids.length)
})

test('one that was put off while it waited for its turn stays in the store', async () => {
  const suspects = new Suspects({
    store: { beginSuspect: async () => {}, clearSuspect: async () => {} },
    turnMilliseconds,
    onFree: () => queue.runner.look(),
    onError: () => {},
    timer: new FakeClock(),
  })
  suspects.add([suspect('delivery', 1), suspect('delivery', 2)])
  const queue = newQueue({ suspects })
  for (const id of [1, 2]) queue.store.deliveries.set(id, storedDelivery(id))
  queue.runner.look()
  await settled()
  queue.store.deliveries.set(2, storedDelivery(2, { nextAttemptAt: queue.clock.now + 60_000 }))
  await queue.open[0]?.end(delivered)
  suspects.end(1)
  await settled()
  expect(queue.open).toEqual([])
})

test('one that takes long leaves its turn to the next', async () => {
  const { clock, suspects } = suspectsOf(suspect('delivery', 1), suspect('delivery', 2))
  suspects.mayBegin(1)
  await clock.advance(turnMilliseconds - 1)
  expect(suspects.mayBegin(2)).toBe(false)
  await clock.advance(1)
  expect(suspects.mayBegin(2)).toBe(true)
})

test('all kinds share the turn, and its note is on disk before the work begins', async () => {
  const { suspects, noted } = suspectsOf(suspect('delivery', 1), suspect('message', 2), suspect('reports', 3))
  suspects.mayBegin(1)
  const work = (name: string) => async () => void noted.push(name)
  const both = Promise.all([
    suspects.run('message', 'T2', work('plan')),
    suspects.run('reports', 'T3', work('report')),
  ])
  await settled()
  expect(noted).toEqual([])
  suspects.end(1)
  await both
  expect(noted.slice(1)).toEqual([
    'begin message 2',
    'plan',
    'clear message 2',
    'begin reports 3',
    'report',
    'clear reports 3',
  ])
})

test('work that fails gives its turn on', async () => {
  const { suspects, noted } = suspectsOf(suspect('message', 1), suspect('message', 2))
  const failure = new Error('no')
  await expect(suspects.run('message', 'T1', () => Promise.reject(failure))).rejects.toBe(failure)
  await suspects.run('message', 'T2', async () => void noted.push('done'))
  expect(noted).toContain('done')
})

test('what is held is not done until the operator releases it', async () => {
  const { suspects } = suspectsOf(suspect('posts', 1, true))
  let times = 0
  const work = async () => void times++
  await suspects.run('posts', 'T1', work)
  expect(times).toBe(0)
  suspects.hold([])
  await suspects.run('posts', 'T1', work)
  expect(times).toBe(1)
})

test('a stop lets go of what waits, undone', async () => {
  const { suspects, noted } = suspectsOf(suspect('delivery', 1), suspect('message', 2))
  suspects.mayBegin(1)
  const waiting = suspects.run('message', 'T2', async () => void noted.push('done'))
  await settled()
  suspects.stop()
  await waiting
  expect(noted).toEqual([])
})
