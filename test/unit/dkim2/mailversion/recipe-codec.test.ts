import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change, Step } from '../../../../src/dkim2/model.ts'
import {
  readBodyRecipe,
  readHeaderRecipe,
  stepsOfEdits,
  writeBodyRecipe,
  writeHeaderRecipe,
} from '../../../../src/dkim2/profiles/mailversion/recipe-codec.ts'
import { applyHeaderChanges } from '../../../../src/dkim2/recipe.ts'
import { newField, valueOctets } from '../../../../src/message/message.ts'

function copy(from: number, to: number): Step {
  return { kind: 'copy', from, to }
}

function data(...items: string[]): Step {
  return { kind: 'data', items: items.map(item => Buffer.from(item, 'latin1')) }
}

function values(...texts: string[]): Buffer[] {
  return texts.map(text => Buffer.from(text, 'latin1'))
}

const value = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'a  b',
    'plain text',
    'semi;colon',
    'com,ma',
    ' lead',
    'trail ',
    '\t',
    '\xfc',
    '\0',
    'a=b',
  ),
  fc.string({ unit: fc.constantFrom('a', ' ', ',', ';', '=', ':', '\xff', '\t'), maxLength: 300 }),
)

describe('a body recipe', () => {
  test.each([
    ['c:1-500,b:PGEg,c:501-702', [copy(1, 500), data('<a '), copy(501, 702)]],
    ['c:1-5,b:,b:', [copy(1, 5), data('', '')]],
    ['t:a line, t:another', [data('a line', 'another')]],
    ['c:1-2 , c:4-5', [copy(1, 2), copy(4, 5)]],
    ['t:two   words', [data('two words')]],
    ['b:P G E g', [data('<a ')]],
    ['t:c:1-2', [data('c:1-2')]],
    ['t:', [data('')]],
    ['', []],
    ['z', 'unrecoverable'],
    [' z ', 'unrecoverable'],
  ])('%j is read', (text, expected) => {
    expect(readBodyRecipe(text)).toEqual(expected)
  })

  test.each([
    'z,c:1-2',
    'c:1-2,z',
    'c:1',
    'c:1-',
    'c:-1',
    'c:a-b',
    'c:1-2-3',
    'c: 1-2',
    'c:1-12345678901',
    'd:1',
    'x:1',
    'c:1-2,',
    ',',
    ',c:1-2',
    'b:!',
    'b:DQo=',
    'b:Cg==',
    't:\xfc',
    'text',
    'T:x',
  ])('%j is malformed', text => {
    expect(readBodyRecipe(text)).toBeUndefined()
  })

  test.each([
    ['unrecoverable', 'z'],
    [[], ''],
    [[copy(1, 3), data('x y')], 'c:1-3,t:x y'],
    [[data('')], 'b:'],
    [[data('a  b')], 'b:YSAgYg=='],
    [[data('a;b'), copy(2, 2)], 'b:YTti,c:2-2'],
    [[data('a,b')], 'b:YSxi'],
    [[data(' a')], 'b:IGE='],
    [[data('caf\xc3\xa9')], 'b:Y2Fmw6k='],
  ] as [Change, string][])('%j is written %j', (change, expected) => {
    expect(writeBodyRecipe(change).join('')).toBe(expected)
  })

  test('with a CR or LF in a line is not written', () => {
    expect(() => writeBodyRecipe([data('a\r\nb')])).toThrow(RangeError)
    expect(() => writeBodyRecipe([data('\n')])).toThrow(RangeError)
  })

  test('that is written is read again, whatever its lines hold', () => {
    const items = fc.array(value, { minLength: 1, maxLength: 5 }).map(texts => data(...texts))
    const range = fc.tuple(fc.nat(1e6), fc.nat(1e6)).map(([from, to]) => copy(from, to))
    fc.assert(
      fc.property(items, fc.array(range), items, (first, ranges, last) => {
        const steps = [first, ...ranges, ...(ranges.length > 0 ? [last] : [])]
        expect(readBodyRecipe(writeBodyRecipe(steps).join(''))).toEqual(steps)
      }),
    )
  })

  test('may be folded between its pieces without harm', () => {
    const steps = [copy(1, 2), data('x'.repeat(500), 'some plain text', '\xff'.repeat(100)), copy(3, 4)]
    expect(readBodyRecipe(writeBodyRecipe(steps).join(' '))).toEqual(steps)
  })

  test('of a megabyte of steps is read in linear time', () => {
    const steps = readBodyRecipe(Array.from({ length: 250_000 }, () => 'b:').join(','))
    expect(steps).toHaveLength(1)
  })
})

describe('a header recipe', () => {
  test.each([
    ['d:*,t:Plans', 1, [data('Plans')]],
    ['d:*', 3, []],
    ['d:*', 0, []],
    ['d:1', 3, [copy(1, 2)]],
    ['d:3', 3, [copy(2, 3)]],
    ['d:2', 3, [copy(1, 1), copy(3, 3)]],
    ['d:3,d:2', 3, [copy(3, 3)]],
    ['d:1,d:1', 3, [copy(1, 1)]],
    ['t:new', 2, [copy(1, 2), data('new')]],
    ['t:one,t:two', 0, [data('one', 'two')]],
    ['t:gone,d:1', 1, [copy(1, 1)]],
    ['t:stays,d:2', 1, [data('stays')]],
    ['', 2, [copy(1, 2)]],
    ['', 0, []],
  ])('%j for %d instances is understood', (text, count, expected) => {
    const edits = readHeaderRecipe(text)
    expect(Array.isArray(edits) && stepsOfEdits(edits, count)).toEqual(expected)
  })

  test.each([
    ['d:1', 0],
    ['d:4', 3],
    ['d:0', 3],
    ['d:*,d:1', 3],
    ['d:1,d:1', 1],
  ])('%j for %d instances does not fit', (text, count) => {
    const edits = readHeaderRecipe(text)
    expect(Array.isArray(edits) && stepsOfEdits(edits, count)).toBeUndefined()
  })

  test('z says that the past is lost', () => {
    expect(readHeaderRecipe('z')).toBe('unrecoverable')
  })

  test.each(['z,d:1', 'c:1-2', 'd:', 'd:x', 'd:-1', 'd:1-2', 'd', 'x', ',', 'd:*,', 'b:!', 'b:DQo='])(
    '%j is malformed',
    text => {
      expect(readHeaderRecipe(text)).toBeUndefined()
    },
  )

  test.each([
    ['all removed', [], ['x'], 'd:*'],
    ['all removed, of none', [], [], 'd:*'],
    ['one value replaced', [data('old')], ['new'], 'd:*,t:old'],
    ['the topmost removed', [copy(1, 2)], ['1', '2', '3'], 'd:1'],
    ['the lowest removed', [copy(2, 3)], ['1', '2', '3'], 'd:3'],
    ['two removed', [copy(2, 2)], ['1', '2', '3'], 'd:3,d:1'],
    ['one put on top', [copy(1, 1), data('new')], ['1'], 't:new'],
    ['one put below', [data('low'), copy(1, 2)], ['1', '2'], 'd:*,t:low,t:1,t:2'],
    ['one in the middle', [copy(1, 1), data('m'), copy(3, 3)], ['1', '2', '3'], 'd:*,t:1,t:m,t:3'],
    ['nothing at all', [copy(1, 2)], ['1', '2'], ''],
    ['the past lost', 'unrecoverable', ['1'], 'z'],
  ] as [string, Change, string[], string][])('%s is written', (_what, change, instances, expected) => {
    expect(writeHeaderRecipe(change, values(...instances)).join('')).toBe(expected)
  })

  test.each([
    ['past the top', [copy(1, 3)]],
    ['from zero', [copy(0, 1)]],
    ['out of order', [copy(2, 2), copy(1, 1)]],
  ])('that copies %s is not written', (_what, change) => {
    expect(() => writeHeaderRecipe(change, values('1', '2'))).toThrow(RangeError)
  })

  test('that is written does the same once it is read', () => {
    const plan = fc.array(fc.oneof(fc.boolean(), value), { maxLength: 8 })
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), plan, (texts, choices) => {
        const fields = texts.map(text => newField('A', text)).reverse()
        const steps = stepsFrom(choices, texts.length)
        const written = writeHeaderRecipe(steps, fields.toReversed().map(valueOctets)).join('')
        const edits = readHeaderRecipe(written)
        const again = Array.isArray(edits) ? stepsOfEdits(edits, texts.length) : undefined
        expect(restored(again, fields)).toEqual(restored(steps, fields))
      }),
      { numRuns: 500 },
    )
  })
})

/** True keeps the next instance, false drops it, text is put in. */
function stepsFrom(choices: readonly (boolean | string)[], count: number): Step[] {
  const steps: Step[] = []
  let next = 1
  for (const choice of choices) {
    if (typeof choice === 'string') steps.push(data(choice))
    else if (next <= count) {
      if (choice) steps.push(copy(next, next))
      next++
    }
  }
  return steps
}

function restored(
  change: Change | undefined,
  fields: Parameters<typeof applyHeaderChanges>[0],
): string[] | undefined {
  const result = change && applyHeaderChanges(fields, [{ name: 'A', change }])
  return result?.map(field => valueOctets(field).toString('latin1'))
}
