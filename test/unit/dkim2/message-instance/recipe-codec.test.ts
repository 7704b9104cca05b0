import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change, Recipe, Step } from '../../../../src/dkim2/model.ts'
import { readRecipe, writeRecipe } from '../../../../src/dkim2/profiles/message-instance/recipe-codec.ts'
import { ruleSets } from '../../../../src/dkim2/profiles/message-instance/rules.ts'

const rules = ruleSets['09']

function read(json: string, under = rules): Recipe | undefined {
  return readRecipe(Buffer.from(json, 'utf8'), under)
}

function write(recipe: Recipe, under = rules): string {
  return (writeRecipe(recipe, under) ?? '').toString()
}

const data = (...items: string[]): Step => ({ kind: 'data', items: items.map(item => Buffer.from(item)) })

describe('a recipe is written', () => {
  test('with its names in lower case, header fields first', () => {
    const recipe: Recipe = {
      headers: [
        { name: 'Subject', change: [data('old')] },
        { name: 'List-Id', change: [] },
        {
          name: 'Comments',
          change: [{ kind: 'copy', from: 1, to: 2 }, data('a', ''), { kind: 'copy', from: 4, to: 4 }],
        },
      ],
      body: [{ kind: 'copy', from: 1, to: 9 }],
    }
    expect(write(recipe)).toBe(
      '{"h":{"subject":[{"d":["old"]}],"list-id":[],"comments":[{"c":[1,2]},{"d":["a",""]},{"c":[4,4]}]},"b":[{"c":[1,9]}]}',
    )
  })

  test('with u for what is not UTF-8, and only for that', () => {
    const items = [Buffer.from('é'), Buffer.from('\xe9', 'latin1'), Buffer.from('"\\\0\t')]
    expect(write({ headers: [], body: [{ kind: 'data', items }] })).toBe(
      '{"b":[{"d":["é"]},{"u":["6Q=="]},{"d":["\\"\\\\\\u0000\\t"]}]}',
    )
  })

  test('without fields that are not signed; not at all if nothing is left', () => {
    expect(write({ headers: [{ name: 'X-Spam', change: [] }], body: [] })).toBe('{"b":[]}')
    expect(writeRecipe({ headers: [{ name: 'Received', change: [] }] }, rules)).toBeUndefined()
    const auto: Recipe = { headers: [{ name: 'Auto-Submitted', change: [] }] }
    expect(write(auto)).toBe('{"h":{"auto-submitted":[]}}')
    expect(writeRecipe(auto, ruleSets['06'])).toBeUndefined()
  })

  test.each<[string, Recipe]>([
    ['a line end in an item', { headers: [], body: [data('a\r\nb')] }],
    ['a bare LF in a value', { headers: [{ name: 'A', change: [data('a\nb')] }] }],
    ['a body given up', { headers: [], body: 'unrecoverable' }],
    ['a header field given up', { headers: [{ name: 'A', change: 'unrecoverable' }] }],
    [
      'two changes of one name',
      {
        headers: [
          { name: 'A', change: [] },
          { name: 'a', change: [] },
        ],
      },
    ],
    ['a DKIM2 field', { headers: [{ name: 'Message-Instance', change: [] }] }],
    ['what is no name', { headers: [{ name: 'a b', change: [] }] }],
  ])('never with %s', (_what, recipe) => {
    expect(() => writeRecipe(recipe, rules)).toThrow(RangeError)
  })

  test('never with octets that are not UTF-8 under 06', () => {
    const recipe: Recipe = { headers: [], body: [{ kind: 'data', items: [Buffer.from([0xff])] }] }
    expect(() => writeRecipe(recipe, ruleSets['06'])).toThrow(RangeError)
  })
})

describe('a recipe is refused', () => {
  test.each([
    ['that is a list', '[]'],
    ['of nothing', '{}'],
    ['of members that nobody knows alone', '{"x":1}'],
    ['with h of null', '{"h":null,"b":[]}'],
    ['with h of no names', '{"h":{},"b":[]}'],
    ['with h of a list', '{"h":[],"b":[]}'],
    ['with b of an object', '{"b":{}}'],
    ['with b of a string', '{"b":"x"}'],
    ['with b twice', '{"b":[],"b":[]}'],
    ['with b and B', '{"b":[],"B":[]}'],
    ['with a name twice', '{"h":{"a":[],"a":[]}}'],
    ['with a name twice in another case', '{"h":{"subject":[],"Subject":[]}}'],
    ['with an unsigned name twice', '{"h":{"x-a":[],"X-A":[]},"b":[]}'],
    ['with a name that is none', '{"h":{"a b":[]}}'],
    ['with an empty name', '{"h":{"":[]}}'],
    ['with a name of other letters', '{"h":{"é":[]}}'],
    ['with steps of null', '{"h":{"a":null}}'],
    ['with a step that is a string', '{"b":["x"]}'],
    ['with a step that is a list', '{"b":[[1,2]]}'],
    ['with an empty step', '{"b":[{}]}'],
    ['with a step of two kinds', '{"b":[{"c":[1,1],"d":["x"]}]}'],
    ['with a step of c and C', '{"b":[{"c":[1,1],"C":[1,1]}]}'],
    ['with a step with another key', '{"b":[{"c":[1,1],"x":0}]}'],
    ['with a step of another key alone', '{"b":[{"x":0}]}'],
    ['with one number in c', '{"b":[{"c":[1]}]}'],
    ['with three numbers in c', '{"b":[{"c":[1,2,3]}]}'],
    ['with words in c', '{"b":[{"c":["1","2"]}]}'],
    ['with 0 in c', '{"b":[{"c":[0,1]}]}'],
    ['with a negative number in c', '{"b":[{"c":[-1,1]}]}'],
    ['with a fraction in c', '{"b":[{"c":[1.0,2]}]}'],
    ['with an exponent in c', '{"b":[{"c":[1,1e3]}]}'],
    ['with a number beyond all lines', '{"b":[{"c":[1,1000000000000000]}]}'],
    ['with a range that ends before it begins', '{"b":[{"c":[3,2]}]}'],
    ['with ranges that overlap', '{"b":[{"c":[1,3]},{"c":[3,4]}]}'],
    ['with ranges out of order', '{"b":[{"c":[3,4]},{"d":["x"]},{"c":[1,2]}]}'],
    ['with no item', '{"b":[{"d":[]}]}'],
    ['with items that are no list', '{"b":[{"d":"x"}]}'],
    ['with an item that is a number', '{"b":[{"d":[1]}]}'],
    ['with a CR in an item', '{"b":[{"d":["a\\rb"]}]}'],
    ['with an LF in an item', '{"b":[{"d":["a\\u000ab"]}]}'],
    ['with an LF in octets', '{"b":[{"u":["Cg=="]}]}'],
    ['with base64 without padding', '{"b":[{"u":["/w"]}]}'],
    ['with base64 with white space', '{"b":[{"u":["/w= ="]}]}'],
    ['with base64 with bits over', '{"b":[{"u":["/x=="]}]}'],
    ['with base64 for URLs', '{"b":[{"u":["_w=="]}]}'],
  ])('%s', (_what, json) => {
    expect(read(json)).toBeUndefined()
  })
})

describe('a recipe', () => {
  test('is read with keys in any case; names come out in lower case', () => {
    expect(read('{"H":{"SUBJECT":[{"D":["x"]}]},"B":[{"U":["/w=="]},{"C":[2,3]}],"x":null}')).toEqual({
      headers: [{ name: 'subject', change: [data('x')], spelling: 'lost' }],
      body: [
        { kind: 'data', items: [Buffer.from([0xff])] },
        { kind: 'copy', from: 2, to: 3 },
      ],
    })
  })

  test('with names that objects know is a recipe of fields with these names', () => {
    const recipe = read(
      '{"h":{"__proto__":[],"constructor":[{"d":["x"]}],"toString":[]},"__proto__":{"b":[]}}',
    )
    expect(recipe?.headers.map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'tostring'])
    expect(recipe).not.toHaveProperty('body')
    expect(({} as { b?: unknown }).b).toBeUndefined()
  })

  const item = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }).map(text => Buffer.from(text, 'utf8')),
    fc.uint8Array({ maxLength: 8 }).map(octets => Buffer.from(octets)),
  )
  const lineItem = item.filter(octets => !octets.includes(10) && !octets.includes(13))
  const steps: fc.Arbitrary<Step[]> = fc
    .array(
      fc.oneof(
        fc.record({ gap: fc.integer({ min: 1, max: 5 }), length: fc.integer({ min: 0, max: 5 }) }),
        fc.array(lineItem, { minLength: 1, maxLength: 4 }),
      ),
      { maxLength: 5 },
    )
    .map(parts => {
      let end = 0
      return parts.map((part): Step => {
        if (Array.isArray(part)) return { kind: 'data', items: part }
        const from = end + part.gap
        end = from + part.length
        return { kind: 'copy', from, to: end }
      })
    })
  const recipes = fc.record({
    headers: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('Subject', 'comments', 'From', '__proto__', 'To', 'a-b'),
        change: steps,
      }),
      { selector: header => header.name, minLength: 1 },
    ),
    body: steps,
  })

  test('that was written is read as it was', () => {
    fc.assert(
      fc.property(recipes, recipe => {
        const back = read(write(recipe))
        expect(back?.headers.map(({ name, change }) => [name, joined(change)])).toEqual(
          recipe.headers.map(({ name, change }) => [name.toLowerCase(), joined(change)]),
        )
        expect(joined(back?.body ?? 'unrecoverable')).toEqual(joined(recipe.body))
      }),
    )
  })

  test('that was read is written again as the same', () => {
    fc.assert(
      fc.property(recipes, recipe => {
        const once = write(recipe)
        const back = read(once)
        expect(back && write(back)).toBe(once)
      }),
    )
  })
})

/** Items one by one: how they were spread over steps is of no account. */
function joined(change: Change): string[] {
  if (change === 'unrecoverable') return [change]
  return change.flatMap(step =>
    step.kind === 'copy' ? [`${step.from}-${step.to}`] : step.items.map(item => item.toString('hex')),
  )
}
