import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentMap } from '../../../src/bounded/recent-map.ts'

function kept<V>(map: RecentMap<string, V>, keys: string): string {
  return [...keys].filter(key => map.peek(key) !== undefined).join('')
}

test('the entry that was not used for the longest goes first; setting and getting are uses, looking is none', () => {
  const map = new RecentMap<string, number>({ maxEntries: 3 })
  for (const key of 'abc') map.set(key, 1)
  map.get('a')
  map.peek('b')
  map.set('c', 2)
  map.set('d', 1)
  expect(kept(map, 'abcd')).toBe('acd')
  map.set('e', 1)
  expect(kept(map, 'acde')).toBe('cde')
  expect(map.count).toBe(3)
})

test('sizes are bounded as well, and count once for a key that is set again or deleted', () => {
  const map = new RecentMap<string, number>({ sizes: { max: 100, of: size => size } })
  map.set('a', 90)
  map.set('a', 50)
  map.set('b', 50)
  expect(kept(map, 'ab')).toBe('ab')
  map.delete('a')
  map.delete('a')
  map.set('c', 50)
  expect(kept(map, 'abc')).toBe('bc')
})

test('what is too large by itself displaces nothing but its own former value', () => {
  const map = new RecentMap<string, number>({ sizes: { max: 100, of: size => size } })
  map.set('a', 60)
  map.set('b', 40)
  map.set('c', 101)
  map.set('b', 101)
  expect(kept(map, 'abc')).toBe('a')
  map.set('d', 40)
  expect(kept(map, 'ad')).toBe('ad')
})

test('no sequence of uses goes beyond a bound, and the last value that fits is always there', () => {
  const uses = fc.array(
    fc.tuple(fc.constantFrom(...'abcdefgh'), fc.nat(40), fc.constantFrom('set', 'get', 'delete')),
  )
  fc.assert(
    fc.property(uses, all => {
      const map = new RecentMap<string, number>({ maxEntries: 4, sizes: { max: 60, of: size => size } })
      for (const [key, size, use] of all) {
        if (use === 'set') map.set(key, size)
        else if (use === 'get') map.get(key)
        else map.delete(key)
        if (use === 'set') expect(map.peek(key)).toBe(size)
        if (use === 'delete') expect(map.peek(key)).toBeUndefined()
        const sizes = [...'abcdefgh'].flatMap(one => map.peek(one) ?? [])
        expect(map.count).toBe(sizes.length)
        expect(map.count).toBeLessThanOrEqual(4)
        expect(sizes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(60)
      }
    }),
  )
})
