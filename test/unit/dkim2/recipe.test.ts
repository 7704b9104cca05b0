import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HeaderChange, Step } from '../../../src/dkim2/model.ts'
import { applyBodySteps, applyHeaderChanges, fieldCounter } from '../../../src/dkim2/recipe.ts'
import { readMessage } from '../../../src/message/message.ts'
import { message, octets, recipeBetween } from '../../support/dkim2-parties.ts'

function copy(from: number, to: number): Step {
  return { kind: 'copy', from, to }
}

function data(...items: string[]): Step {
  return { kind: 'data', items: items.map(item => Buffer.from(item, 'latin1')) }
}

function rebuilt(body: string, ...steps: Step[]): string | undefined {
  return applyBodySteps(Buffer.from(body, 'latin1'), steps)?.toString('latin1')
}

describe('a body recipe', () => {
  const body = '1\r\n2\r\n3\r\n4\r\n'

  test.each([
    ['all of it', [copy(1, 4)], body],
    ['some lines', [copy(2, 3)], '2\r\n3\r\n'],
    ['a removed line put back', [copy(1, 2), data('x'), copy(3, 4)], '1\r\n2\r\nx\r\n3\r\n4\r\n'],
    ['data only', [data('x', '')], 'x\r\n\r\n'],
    ['data after data', [data('x'), data('y')], 'x\r\ny\r\n'],
    ['neighbouring copies', [copy(1, 1), copy(2, 4)], body],
    ['no steps: the body was empty', [], ''],
    ['a line of any octets', [data('\0\xff\t')], '\0\xff\t\r\n'],
  ])('gives %s', (_what, steps, expected) => {
    expect(rebuilt(body, ...steps)).toBe(expected)
  })

  test.each([
    ['past the end', [copy(1, 5)]],
    ['beginning past the end', [copy(5, 5)]],
    ['far past the end', [copy(1, 1e15)]],
    ['from zero', [copy(0, 1)]],
    ['backwards', [copy(3, 2)]],
    ['overlapping', [copy(1, 2), copy(2, 3)]],
    ['descending', [copy(3, 4), copy(1, 2)]],
    ['not of whole lines', [copy(1.5, 2)]],
    ['no number', [copy(Number.NaN, 2)]],
  ])('that copies a range %s does not fit', (_what, steps) => {
    expect(rebuilt(body, ...steps)).toBeUndefined()
  })

  test.each(['a\r\nb', 'a\nb', 'a\rb', '\n'])(
    'with the data %j, which is more than a line, does not fit',
    text => {
      expect(rebuilt(body, data(text))).toBeUndefined()
    },
  )

  test('cannot copy from an empty body', () => {
    expect(rebuilt('', copy(1, 1))).toBeUndefined()
    expect(rebuilt('')).toBe('')
  })

  test('copies a last line without CRLF as it is, and completes it when more follows', () => {
    expect(rebuilt('1\r\n2', copy(1, 2))).toBe('1\r\n2')
    expect(rebuilt('1\r\n2', copy(2, 2), data('x'))).toBe('2\r\nx\r\n')
  })

  test('gives at most what was there and what it holds itself', () => {
    const steps = fc.array(
      fc.oneof(
        fc
          .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
          .map(([from, to]) => copy(from, to)),
        fc.constantFrom(data('x'), data(''), data('yy', 'z')),
      ),
    )
    fc.assert(
      fc.property(steps, list => {
        const result = rebuilt('1\r\n2\r\n3\r\n4\r\n5\r\n', ...list)
        const own = list.flatMap(step => (step.kind === 'data' ? step.items : []))
        const limit = 15 + own.reduce((sum, item) => sum + item.length + 2, 0)
        expect((result ?? '').length).toBeLessThanOrEqual(limit)
      }),
    )
  })

  test('with a million steps takes linear time', () => {
    const long = Buffer.from('x\r\n'.repeat(300_000))
    const steps = Array.from({ length: 300_000 }, (_, index) => copy(index + 1, index + 1))
    expect(applyBodySteps(long, steps)?.length).toBe(long.length)
  })
})

describe('a header recipe', () => {
  const text = 'A: top\r\nB: other\r\na: middle\r\nC: x\r\nA: bottom\r\n'
  const { fields } = readMessage(Buffer.from(`${text}\r\n`))

  function apply(...changes: HeaderChange[]): string | undefined {
    return applyHeaderChanges(fields, changes)
      ?.map(field => field.octets.toString('latin1'))
      .join('')
  }

  test('numbers instances from the bottom and emits them upwards', () => {
    expect(apply({ name: 'A', change: [copy(1, 2)] })).toBe('B: other\r\na: middle\r\nC: x\r\nA: bottom\r\n')
  })

  test('without steps says that there was none', () => {
    expect(apply({ name: 'A', change: [] })).toBe('B: other\r\nC: x\r\n')
  })

  test('restores values with the name as it spells it', () => {
    expect(apply({ name: 'Subject', change: [data('old', '')] })).toBe(`${text}Subject:\r\nSubject: old\r\n`)
  })

  test('puts data between copies', () => {
    expect(apply({ name: 'a', change: [copy(1, 1), data('new'), copy(3, 3)] })).toBe(
      'A: top\r\nB: other\r\nC: x\r\na: new\r\nA: bottom\r\n',
    )
  })

  test('leaves other names alone', () => {
    expect(apply({ name: 'B', change: [] })).toBe(text.replace('B: other\r\n', ''))
  })

  test.each([
    ['past the top', [copy(1, 4)]],
    ['from zero', [copy(0, 1)]],
    ['overlapping', [copy(1, 2), copy(2, 3)]],
    ['backwards', [copy(2, 1)]],
  ])('that copies a range %s does not fit', (_what, change) => {
    expect(apply({ name: 'A', change })).toBeUndefined()
  })

  test.each(['a\r\nBcc: x', 'a\n', '\r', 'a\r\n b'])(
    'with the value %j, which is no single line, does not fit',
    value => {
      expect(apply({ name: 'A', change: [data(value)] })).toBeUndefined()
    },
  )

  test('that declares the past lost gives nothing', () => {
    expect(apply({ name: 'A', change: 'unrecoverable' })).toBeUndefined()
  })

  test('for two hundred thousand fields of one name does not exhaust the stack', () => {
    const many = readMessage(Buffer.from('A:\r\n'.repeat(200_000))).fields
    expect(applyHeaderChanges(many, [{ name: 'a', change: [copy(1, 200_000)] }])).toHaveLength(200_000)
  })
})

describe('counting fields', () => {
  test('does not look at case', () => {
    const count = fieldCounter(readMessage(Buffer.from('A: 1\r\na: 2\r\nB: 3\r\n\r\n')).fields)
    expect([count('a'), count('b'), count('c'), count('constructor')]).toEqual([2, 1, 0, 0])
  })
})

describe('recipes of the test stage', () => {
  const line = fc.constantFrom('', 'a', 'b', 'c d', '\xe9', '--')
  const body = fc.array(line, { maxLength: 12 }).map(lines => lines.map(text => `${text}\n`).join(''))

  test('lead from any body back to any other', () => {
    fc.assert(
      fc.property(body, body, (old, now) => {
        const [before, after] = [message(`A: 1\n\n${old}`, 'latin1'), message(`A: 1\n\n${now}`, 'latin1')]
        const steps = recipeBetween(before, after).body
        const back =
          steps === undefined || steps === 'unrecoverable' ? after.body : applyBodySteps(after.body, steps)
        expect(back?.equals(before.body)).toBe(true)
      }),
    )
  })

  test('say nothing where nothing changed', () => {
    const same = message('A: 1\n\nbody\n')
    expect(recipeBetween(same, readMessage(octets(same)))).toEqual({ headers: [] })
  })
})
