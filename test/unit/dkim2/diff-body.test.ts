import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultDiffOptions } from '../../../src/dkim2/diff.ts'
import { diffBody } from '../../../src/dkim2/diff-body.ts'
import { commonLines } from '../../../src/dkim2/diff-lines.ts'
import { nearRuns } from '../../../src/dkim2/diff-near.ts'
import type { Run } from '../../../src/dkim2/diff-runs.ts'
import { DiffWork } from '../../../src/dkim2/diff-work.ts'
import type { Change, Step } from '../../../src/dkim2/model.ts'
import { writeBodyRecipe } from '../../../src/dkim2/profiles/mailversion/recipe-codec.ts'
import { applyBodySteps } from '../../../src/dkim2/recipe.ts'
import { countLines } from '../../../src/message/body-lines.ts'
import { longestCommon } from './diff-support.ts'

const { maxSteps } = defaultDiffOptions

function steps(current: string, previous: string): Change | undefined {
  return diffBody(latin1(current), latin1(previous), new DiffWork(maxSteps))
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function lines(...of: readonly string[]): Buffer {
  return latin1(of.map(line => `${line}\r\n`).join(''))
}

function copy(from: number, to: number): Step {
  return { kind: 'copy', from, to }
}

function data(...items: string[]): Step {
  return { kind: 'data', items: items.map(latin1) }
}

function wireOctets(change: Change | undefined): number {
  return change === undefined ? 0 : writeBodyRecipe(change).join('').length
}

/** What message-instance writes, before base64. */
function jsonOctets(change: Change): number {
  if (change === 'unrecoverable') return 0
  const written = change.map(step =>
    step.kind === 'copy'
      ? { c: [step.from, step.to] }
      : { d: step.items.map(item => item.toString('latin1')) },
  )
  return JSON.stringify(written).length
}

describe('the change of a body', () => {
  test('is none where the octets are the same, or only a CRLF is missing at the end of the previous one', () => {
    expect(steps('a\r\nb\r\n', 'a\r\nb\r\n')).toBeUndefined()
    expect(steps('a\r\nb', 'a\r\nb')).toBeUndefined()
    expect(steps('a\r\nb\r\n', 'a\r\nb')).toBeUndefined()
    expect(steps('', '')).toBeUndefined()
  })

  test('copies what is left of a body that got a footer, and one that got a header', () => {
    expect(steps('one\r\ntwo\r\n--\r\nfooter\r\n', 'one\r\ntwo\r\n')).toEqual([copy(1, 2)])
    expect(steps('banner\r\none\r\ntwo\r\n', 'one\r\ntwo\r\n')).toEqual([copy(2, 3)])
  })

  test('has no steps where the body was empty, and gives all where it is empty', () => {
    expect(steps('a\r\n', '')).toEqual([])
    expect(steps('', 'a\r\n\r\n')).toEqual([data('a', '')])
  })

  test('restores empty lines at the end: no body hash covers them, but hashes of parts do', () => {
    expect(steps('a line of text\r\n', 'a line of text\r\n\r\n\r\n')).toEqual([copy(1, 1), data('', '')])
    expect(steps('a line of text\r\n\r\n', 'a line of text\r\n')).toEqual([copy(1, 1)])
  })

  test('gives the last line where its CRLF got lost', () => {
    expect(steps('a line of text\r\nb', 'a line of text\r\nb\r\n')).toEqual([copy(1, 1), data('b')])
    expect(steps('only', 'only\r\n')).toEqual([data('only')])
  })

  test('copies a last line without CRLF, however short: data would end it', () => {
    expect(steps('new\r\nb', 'a long line of text\r\nb')).toEqual([data('a long line of text'), copy(2, 2)])
  })

  test('copies lines with a bare CR or LF, however short, and cannot give them', () => {
    expect(steps('new\r\na\rb\r\nnew\r\n', 'one\r\na\rb\r\ntwo\r\n')).toEqual([
      data('one'),
      copy(2, 2),
      data('two'),
    ])
    expect(steps('new\r\n', 'a\rb\r\n')).toBe('unrecoverable')
    expect(steps('new\r\n', '\nb\r\n')).toBe('unrecoverable')
    expect(steps('a\nb\r\nnew\r\n', 'a\nb\r\n')).toEqual([copy(1, 1)])
  })

  test('copies nothing that is shorter than the step for it', () => {
    expect(steps('x\r\n\r\ny\r\n', 'first paragraph\r\n\r\nsecond paragraph\r\n')).toEqual([
      data('first paragraph', '', 'second paragraph'),
    ])
  })

  test('gives blocks that were moved as data', () => {
    const block = ['the first line of a block', 'the second line of a block']
    const rest = ['a line that stays', 'another line that stays', 'and one more that stays']
    expect(steps(lines(...rest, ...block).toString(), lines(...block, ...rest).toString())).toEqual([
      data(...block),
      copy(1, 3),
    ])
  })

  test('is on the wire of either profile no longer than all lines as data', () => {
    const line = fc.constantFrom('', 'a', 'abc', 'some text of a line', 'another line of text')
    const body = fc.array(line, { maxLength: 40 }).map(of => lines(...of))
    fc.assert(
      fc.property(body, body, (current, previous) => {
        const change = diffBody(current, previous, new DiffWork(maxSteps)) ?? []
        const whole = diffBody(Buffer.alloc(0), previous, new DiffWork(maxSteps)) ?? []
        expect(wireOctets(change)).toBeLessThanOrEqual(wireOctets(whole))
        expect(jsonOctets(change)).toBeLessThanOrEqual(jsonOctets(whole))
      }),
    )
  })
})

describe('common lines', () => {
  const line = fc.constantFrom('a', 'b', 'c', '', 'ab', '\xff', 'a\rb', '\nb')
  const pair = fc.tuple(fc.array(line, { maxLength: 25 }), fc.array(line, { maxLength: 25 }))

  test.each([
    ['nearRuns', nearRuns],
    ['commonLines', commonLines],
  ])('are the most there can be (%s)', (_name, find) => {
    fc.assert(
      fc.property(pair, ([was, is]) => {
        const previous = lines(...was)
        const current = lines(...is)
        const runs = find(previous, current, new DiffWork(maxSteps)) ?? []
        expectCommon(runs, previous, current)
        expect(linesOf(runs, previous)).toBe(longestCommon(was, is))
      }),
    )
  })

  test('of lines made to have one hash are common lines still', () => {
    const colliding = Array.from({ length: 3_000 }, (_, index) => collidingLine(index)).filter(
      text => !/[\r\n]/.test(text),
    )
    const previous = lines(...colliding)
    const current = lines('new', ...colliding.filter((_, index) => index % 9 !== 0), 'new')
    const work = new DiffWork(maxSteps)
    const runs = commonLines(previous, current, work)
    expectCommon(runs, previous, current)
    expect(work.steps).toBeLessThan(maxSteps / 10)
  })
})

/** Lines of eight octets, all of one hash in the table of lines: the second word takes back what the first one did. */
function collidingLine(index: number): string {
  const first = 0x61616161 + index
  const product = Math.imul(10 ^ first, 0x9e3779b1)
  const line = Buffer.alloc(8)
  line.writeInt32BE(first, 0)
  line.writeInt32BE(product ^ (product >>> 15) ^ 0x12345678, 4)
  return line.toString('latin1')
}

/** Runs are whole lines, the same on both sides, ascending. */
function expectCommon(runs: readonly Run[], previous: Buffer, current: Buffer): void {
  let was = 0
  let is = 0
  for (const run of runs) {
    expect(run.previous).toBeGreaterThanOrEqual(was)
    expect(run.current).toBeGreaterThanOrEqual(is)
    was = run.previous + run.length
    is = run.current + run.length
    expect(previous.compare(current, run.current, is, run.previous, was)).toBe(0)
    for (const [body, at] of [
      [previous, run.previous],
      [previous, was],
      [current, run.current],
    ] as const) {
      expect(at === 0 || body.toString('latin1', at - 2, at) === '\r\n').toBe(true)
    }
  }
}

function linesOf(runs: readonly Run[], previous: Buffer): number {
  return runs.reduce(
    (sum, run) => sum + countLines(previous.subarray(run.previous, run.previous + run.length)),
    0,
  )
}

describe('a body of 100,000 lines', () => {
  const long = Array.from({ length: 100_000 }, (_, index) => `line ${index} of a long body`)

  function expectRestored(previous: readonly string[], current: readonly string[]): [Change, DiffWork] {
    const work = new DiffWork(maxSteps)
    const change = diffBody(lines(...current), lines(...previous), work) ?? []
    const restored = change === 'unrecoverable' ? undefined : applyBodySteps(lines(...current), change)
    expect(restored?.equals(lines(...previous))).toBe(true)
    expect(work.steps).toBeLessThanOrEqual(maxSteps + previous.length + current.length)
    return [change, work]
  }

  test('with a footer of one line has a recipe below 200 octets', () => {
    const [change, work] = expectRestored(long, [...long, 'footer'])
    expect(change).toEqual([copy(1, 100_000)])
    expect(wireOctets(change)).toBeLessThan(200)
    expect(work.steps).toBe(0)
  })

  test('changed at both ends and in the middle takes few steps', () => {
    const current = ['banner', ...long.slice(0, 50_000), 'inserted', ...long.slice(50_001), 'footer']
    const [change, work] = expectRestored(long, current)
    expect(change).toEqual([copy(2, 50_001), data('line 50000 of a long body'), copy(50_003, 100_001)])
    expect(work.steps).toBeLessThan(100_000)
  })

  test('changed in a thousand places is given in those places only', () => {
    const current = long.map((line, index) => (index % 100 === 7 ? `${line}!` : line))
    const [change] = expectRestored(long, current)
    expect(change.length).toBe(2_001)
  })

  test('of nothing but different lines is given whole', () => {
    const [change] = expectRestored(
      long,
      long.map(line => `${line}!`),
    )
    expect(change).toMatchObject([{ kind: 'data' }])
  })

  test.each([
    ['reversed', long, long.toReversed()],
    ['of two lines in irregular order', noise(100_000, 2, 1), noise(100_000, 2, 2)],
    ['of 300 lines in irregular order', noise(100_000, 300, 1), noise(100_000, 300, 2)],
    ['of two blocks of equal lines that changed places', blocks('x', 'y'), blocks('y', 'x')],
  ])('%s stays within the steps allowed', (_what, previous, current) => {
    expectRestored(previous, current)
  })

  test('beyond the steps allowed is given whole between what is the same at both ends', () => {
    const previous = [...long.slice(0, 100), ...noise(1_000, 300, 1), ...long.slice(100, 200)]
    const current = [...long.slice(0, 100), ...noise(1_000, 300, 2), ...long.slice(100, 200)]
    const work = new DiffWork(1_000)
    const change = diffBody(lines(...current), lines(...previous), work)
    expect(change).toEqual([copy(1, 100), data(...previous.slice(100, 1_100)), copy(1_101, 1_200)])
    expect(work.steps).toBeLessThanOrEqual(1_100)
  })
})

describe('4,000 lines, the worst there are', () => {
  const four = Array.from({ length: 4_000 }, (_, index) => `line ${index}`)

  test.each([
    ['all different', four, four.map(line => `${line}!`)],
    ['reversed', four, four.toReversed()],
    [
      'two halves interleaved',
      four,
      four.map((_, index) => four[index % 2 ? 2_000 + (index >> 1) : index >> 1] ?? ''),
    ],
    ['of a hundred in irregular order', noise(4_000, 100, 1), noise(4_000, 100, 2)],
    ['of two thousand in irregular order', noise(4_000, 2_000, 1), noise(4_000, 2_000, 2)],
  ])('%s: stay within the steps allowed', (_what, previous, current) => {
    const work = new DiffWork(maxSteps)
    const change = diffBody(lines(...current), lines(...previous), work) ?? []
    expect(work.steps).toBeLessThan(maxSteps)
    expect(change !== 'unrecoverable' && applyBodySteps(lines(...current), change)).toEqual(
      lines(...previous),
    )
  })
})

/** Lines out of `kinds`, in an order that has no pattern but is always the same. */
function noise(count: number, kinds: number, seed: number): string[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return `kind ${(state >>> 0) % kinds}`
  })
}

function blocks(first: string, second: string): string[] {
  return [...Array(50_000).fill(first), ...Array(50_000).fill(second)]
}
