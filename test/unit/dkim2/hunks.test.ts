import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Hunk } from '../../../src/dkim2/hunks.ts'
import { HunkWork, hunks } from '../../../src/dkim2/hunks.ts'

test.each([
  [['one', 'two'], ['one', 'TWO'], [{ line: 6, before: ['two'], now: ['TWO'] }]],
  [
    ['a', 'b', 'c'],
    ['b', 'c', 'd'],
    [
      { line: 5, before: ['a'], now: [] },
      { line: 7, before: [], now: ['d'] },
    ],
  ],
  [[], ['x'], [{ line: 5, before: [], now: ['x'] }]],
  [['x'], [], [{ line: 5, before: ['x'], now: [] }]],
  [['same'], ['same'], []],
])('of %j and %j only what differs is shown', (before, now, expected) => {
  expect(hunks({ line: 5, before, now }, new HunkWork())).toEqual(expected)
})

test('hunks put in the place of what stands there give back what was there before', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  fc.assert(
    fc.property(lines, lines, (before, now) => {
      expect(undone(now, hunks({ line: 1, before, now }, new HunkWork()))).toEqual(before)
    }),
  )
})

function undone(now: readonly string[], changes: readonly Hunk[]): string[] {
  const lines = [...now]
  for (const { line, before, now: fresh } of changes.toReversed()) {
    expect(lines.slice(line - 1, line - 1 + fresh.length)).toEqual(fresh)
    lines.splice(line - 1, fresh.length, ...before)
  }
  return lines
}

test('a place that is too large is shown as it stands in the recipe, in no time', () => {
  const place = { line: 1, before: Array(10_000).fill('a'), now: Array(10_000).fill('b') }
  expect(hunks(place, new HunkWork())).toEqual([place])
})
