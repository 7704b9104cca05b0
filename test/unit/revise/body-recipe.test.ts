import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Step } from '../../../src/dkim2/model.ts'
import { applyBodySteps } from '../../../src/dkim2/recipe.ts'
import { nextLine } from '../../../src/message/body-lines.ts'
import { type BodyEdit, composeBodySteps, editBody } from '../../../src/revise/body-recipe.ts'

const line = fc.constantFrom('', 'a', 'bb', '--x', 'text')
const lines = fc.array(line, { maxLength: 8 }).map(all => all.map(text => `${text}\r\n`).join(''))
/** For each line of a body: what is put in before it, and whether it goes. */
const choices = fc.array(fc.tuple(fc.option(lines), fc.boolean()), { minLength: 12, maxLength: 12 })

function editsOf(body: Buffer, chosen: readonly (readonly [string | null, boolean])[]): BodyEdit[] {
  const edits: BodyEdit[] = []
  let start = 0
  for (const [text, goes] of chosen) {
    if (start > body.length) break
    const next = start === body.length ? start + 1 : nextLine(body, start)
    const end = goes ? Math.min(next, body.length) : start
    if (text !== null || goes) edits.push({ start, end, lines: Buffer.from(text ?? '') })
    start = next
  }
  return edits
}

describe('edits of a body', () => {
  test('are undone by the steps that come with them', () => {
    fc.assert(
      fc.property(lines, choices, (text, chosen) => {
        const body = Buffer.from(text)
        const edited = editBody(body, editsOf(body, chosen))
        expect(edited && applyBodySteps(edited.body, edited.steps)).toEqual(body)
      }),
      { numRuns: 2_000 },
    )
  })

  test('of an empty body are undone by no step', () => {
    expect(editBody(Buffer.alloc(0), [{ start: 0, end: 0, lines: Buffer.from('a\r\n') }])).toEqual({
      body: Buffer.from('a\r\n'),
      steps: [],
    })
  })

  test('leave a last line without CRLF as it is, or are not made', () => {
    const body = Buffer.from('a\r\nb')
    const lines = Buffer.from('x\r\n')
    expect(editBody(body, [{ start: 4, end: 4, lines }])).toBeUndefined()
    expect(editBody(body, [{ start: 3, end: 4, lines }])).toBeUndefined()
    const edited = editBody(body, [{ start: 3, end: 3, lines }])
    expect(edited && applyBodySteps(edited.body, edited.steps)).toEqual(body)
  })

  test('one after another are undone by one recipe, composed of both', () => {
    fc.assert(
      fc.property(lines, choices, choices, (text, first, second) => {
        const body = Buffer.from(text)
        const between = editBody(body, editsOf(body, first))
        const last = between && editBody(between.body, editsOf(between.body, second))
        const steps = last && composeBodySteps(last.steps, between.steps)
        expect(steps && applyBodySteps(last.body, steps)).toEqual(body)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('composed recipes', () => {
  const copy = (from: number, to: number): Step => ({ kind: 'copy', from, to })
  const data = (...items: string[]): Step => ({ kind: 'data', items: items.map(item => Buffer.from(item)) })

  test('cut copies of copies, and keep only the lines of data that are copied', () => {
    const later = [copy(5, 8), data('x', 'y', 'z'), copy(12, 20)]
    expect(composeBodySteps(later, [copy(2, 6), data('new'), copy(7, 9)])).toEqual([
      copy(6, 8),
      data('x', 'y', 'new', 'z'),
      copy(12, 13),
    ])
  })

  test('join what continues', () => {
    expect(composeBodySteps([copy(1, 9)], [copy(2, 3), copy(4, 5)])).toEqual([copy(2, 5)])
  })

  test('of thousands of steps take time in proportion', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => copy(3 * at + 1, 3 * at + 1))
    const every = Array.from({ length: 10_000 }, (_, at) => copy(2 * at + 1, 2 * at + 1))
    expect(composeBodySteps(many, every)).toHaveLength(10_000)
  })
})
