import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isQueueId, queueIds } from '../../../src/store/queue-ids.ts'

/** Times up to the year 2554, often the same or going back. */
const times = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 2 ** 44 })), {
  minLength: 1,
  maxLength: 200,
})

describe('queue ids', () => {
  test('each is above all before it, whatever the clock does and however often the relay restarts', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 5 }), runs => {
        let last: string | undefined
        for (const clockReadings of runs) {
          let reading = 0
          const ids = queueIds({ clock: () => clockReadings[reading++] ?? 0, last })
          for (const _ of clockReadings) {
            const id = ids.next()
            expect(isQueueId(id)).toBe(true)
            if (last !== undefined) expect(id > last).toBe(true)
            last = id
          }
        }
      }),
    )
  })

  test('ids of different milliseconds sort by time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 44 }),
        fc.integer({ min: 1, max: 2 ** 20 }),
        (time, later) => {
          const first = queueIds({ clock: () => time }).next()
          const second = queueIds({ clock: () => time + later }).next()
          expect(first < second).toBe(true)
        },
      ),
    )
  })

  test('a clock that stands still gives more ids than the counter of a millisecond holds', () => {
    const ids = queueIds({ clock: () => 1_795_000_000_000 })
    const given = Array.from({ length: 5000 }, () => ids.next())
    expect(new Set(given).size).toBe(given.length)
    expect([...given].sort()).toEqual(given)
  })

  test('relays that share a store never give out the same, wherever they start and whatever their clocks do', () => {
    const run = fc.record({ relay: fc.integer({ min: 0, max: 31 }), readings: times })
    fc.assert(
      fc.property(fc.uniqueArray(run, { selector: one => one.relay, minLength: 2, maxLength: 5 }), runs => {
        const given: string[] = []
        for (const { relay, readings } of runs) {
          let reading = 0
          const ids = queueIds({ clock: () => readings[reading++] ?? 0, last: given.at(-1), relay })
          const own = readings.map(() => ids.next())
          expect(own.every(isQueueId)).toBe(true)
          expect(own.toSorted()).toEqual(own)
          expect(own.every(id => id > (given.at(-1) ?? ''))).toBe(true)
          given.push(...own)
        }
        const apart = runs.flatMap(({ relay, readings }) => {
          let reading = 0
          const ids = queueIds({ clock: () => readings[reading++] ?? 0, relay })
          return readings.map(() => ids.next())
        })
        expect(new Set(apart).size).toBe(apart.length)
      }),
    )
  })

  test('the last character names the relay, and time still comes first', () => {
    const [low, high] = [queueIds({ clock: () => 7, relay: 31 }), queueIds({ clock: () => 8, relay: 0 })]
    const ids = [low.next(), low.next(), high.next()]
    expect(ids).toEqual(['0000000070Z', '0000000071Z', '00000000800'])
    const many = Array.from({ length: 100 }, () => low.next())
    expect(new Set(many).size).toBe(100)
    expect(many.every(id => id.endsWith('Z'))).toBe(true)
  })

  test.each([-1, 32, 1.5, Number.NaN])('a relay of the number %d is refused', relay => {
    expect(() => queueIds({ clock: () => 0, relay })).toThrow(RangeError)
  })

  test('they have 11 characters, none of which is mistaken for another', () => {
    const id = queueIds({ clock: () => 1_795_313_671_474.9 }).next()
    expect(id).toBe('1M80GH79J00')
    expect(
      ['1M80GH79J0', '1M80GH79J00X', '1m80gh79j00', 'IM80GH79J00', '1M80GH79JOO'].filter(isQueueId),
    ).toEqual([])
  })

  test('a last id that is none is refused', () => {
    expect(() => queueIds({ clock: () => 0, last: 'nonsense' })).toThrow(RangeError)
  })
})
