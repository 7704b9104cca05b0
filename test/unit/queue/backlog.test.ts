import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Backlog } from '../../../src/queue/backlog.ts'
import type { StoredDelivery } from '../../../src/store/records.ts'
import { storedDelivery } from './fixtures.ts'

const limits = { perDestination: 2, total: 5, maxInMemory: 20 }
const to = (id: number, destination: string) => storedDelivery(id, { destination })

describe('the backlog', () => {
  test('destinations take turns', () => {
    const backlog = new Backlog(limits)
    const deliveries = [to(1, 'a'), to(2, 'a'), to(3, 'a'), to(4, 'b'), to(5, 'c')]
    for (const delivery of deliveries) backlog.add({ delivery, announced: false })
    expect([1, 2, 3, 4, 5].map(() => backlog.next()?.delivery.id)).toEqual([1, 4, 5, 2, undefined])
  })

  test('the same delivery is not taken twice, neither while it waits nor while it is under way', () => {
    const backlog = new Backlog(limits)
    const entry = { delivery: to(1, 'a'), announced: false }
    expect([backlog.add(entry), backlog.add(entry)]).toEqual(['taken', 'known'])
    backlog.next()
    expect(backlog.add(entry)).toBe('known')
    backlog.leavePlace(entry.delivery)
    expect(backlog.add(entry)).toBe('known')
    backlog.drop(entry.delivery)
    expect(backlog.add(entry)).toBe('taken')
  })

  test('a destination has four times its places in hand, and is low at half of that', () => {
    const backlog = new Backlog(limits)
    const results = Array.from({ length: 9 }, (_, id) =>
      backlog.add({ delivery: to(id, 'a'), announced: false }),
    )
    expect(results).toEqual([...Array(8).fill('taken'), 'no-room'])
    expect([backlog.saturated(), backlog.isLow('a'), backlog.isLow('b')]).toEqual([['a'], false, true])
    for (let id = 0; id < 4; id++) backlog.drop(to(id, 'a'))
    expect([backlog.saturated(), backlog.isLow('a')]).toEqual([[], true])
  })

  test('whatever comes and goes, no limit is passed, nothing is lost and nothing runs twice', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        id: fc.nat(60),
        domain: fc.constantFrom('a', 'b', 'c', 'd'),
      }),
      fc.record({ kind: fc.constantFrom('next' as const, 'end' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), steps => {
        const backlog = new Backlog(limits)
        const running: StoredDelivery[] = []
        const inHand = new Set<number>()
        for (const one of steps) {
          if (one.kind === 'add') {
            const id = one.id * 4 + 'abcd'.indexOf(one.domain)
            if (backlog.add({ delivery: to(id, one.domain), announced: false }) === 'taken') inHand.add(id)
          }
          const next = one.kind === 'next' ? backlog.next()?.delivery : undefined
          if (next !== undefined) {
            expect(running.map(({ id }) => id)).not.toContain(next.id)
            running.push(next)
          }
          const ended = one.kind === 'end' ? running.shift() : undefined
          if (ended !== undefined) {
            backlog.leavePlace(ended)
            backlog.drop(ended)
            inHand.delete(ended.id)
          }
          expect(running.length).toBeLessThanOrEqual(limits.total)
          expect(backlog.running).toBe(running.length)
          expect(inHand.size).toBeLessThanOrEqual(limits.maxInMemory)
          expect(backlog.ids().sort()).toEqual([...inHand].sort())
          for (const domain of ['a', 'b', 'c', 'd']) {
            const share = running.filter(({ destination }) => destination === domain).length
            expect(share).toBeLessThanOrEqual(limits.perDestination)
          }
        }
        const left = backlog.takeWaiting().map(({ delivery }) => delivery.id)
        expect([...left, ...running.map(({ id }) => id)].sort()).toEqual([...inHand].sort())
      }),
    )
  })
})

test('relays that share the queue each have their part of the places and of the pace of a destination', () => {
  let relays = 1
  const settings = { perDestination: 10, messagesPerMinute: 60, total: 100, maxInMemory: 1_000 }
  const backlog = new Backlog(settings, undefined, () => relays)
  const started = (now: number): number => {
    for (let count = 0; ; count++) if (backlog.next(now) === undefined) return count
  }
  for (let id = 1; id <= 12; id++) backlog.add({ delivery: to(id, 'a'), announced: false })
  expect(started(0)).toBe(1)
  expect(backlog.readyAt).toBe(1_000)
  relays = 4
  expect(started(1_000)).toBe(1)
  expect(backlog.readyAt).toBe(5_000)
  for (let now = 5_000; now < 60_000; now += 4_000) started(now)
  // Three at most, where one relay alone may have ten.
  expect(backlog.running).toBe(3)
})
