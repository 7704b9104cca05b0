import { describe, expect, test } from 'vitest'
import { diffHeader } from '../../../src/dkim2/diff-header.ts'
import { DiffWork } from '../../../src/dkim2/diff-work.ts'
import type { HeaderChange, Step } from '../../../src/dkim2/model.ts'
import { applyHeaderChanges } from '../../../src/dkim2/recipe.ts'
import { isUnsigned } from '../../../src/dkim2/unsigned-fields.ts'
import type { HeaderField } from '../../../src/message/message.ts'
import { newField, readMessage } from '../../../src/message/message.ts'

function fields(header: string): readonly HeaderField[] {
  return readMessage(Buffer.from(header.replaceAll('\n', '\r\n'), 'latin1')).fields
}

function changes(current: string, previous: string): HeaderChange[] {
  return diffHeader(fields(current), fields(previous), isUnsigned, new DiffWork(1_000))
}

function copy(from: number, to: number): Step {
  return { kind: 'copy', from, to }
}

function data(...items: string[]): Step {
  return { kind: 'data', items: items.map(item => Buffer.from(item, 'latin1')) }
}

describe('the changes of header fields', () => {
  test('count instances from the bottom', () => {
    expect(changes('A: new\nA: 2\nA: 1\n', 'A: 2\nA: 1\n')).toEqual([{ name: 'A', change: [copy(1, 2)] }])
    expect(changes('A: 2\nA: 1\nA: new\n', 'A: 2\nA: 1\n')).toEqual([{ name: 'A', change: [copy(2, 3)] }])
  })

  test('put a value back between others', () => {
    const expected = [{ name: 'A', change: [copy(1, 1), data('2'), copy(2, 2)] }]
    expect(changes('A: 3\nA: 1\n', 'A: 3\nA: 2\nA: 1\n')).toEqual(expected)
  })

  test('give a value that moved: the order of equal names counts', () => {
    expect(changes('A: 1\nA: 2\n', 'A: 2\nA: 1\n')).toEqual([{ name: 'A', change: [data('1'), copy(1, 1)] }])
  })

  test('have no steps for a name that was not there', () => {
    expect(changes('List-Id: x\nB: 1\nList-Id: y\n', 'B: 1\n')).toEqual([{ name: 'List-Id', change: [] }])
  })

  test('take names without regard to case, and restore them as they were spelled', () => {
    expect(changes('SUBJECT: new\n', 'Subject: old\n')).toEqual([{ name: 'Subject', change: [data('old')] }])
    expect(changes('SUBJECT: same\n', 'Subject: same\n')).toEqual([])
  })

  test('give the octets of a value unfolded, otherwise as they were', () => {
    expect(changes('', 'A:  x\n  \xff;\ty  \n')).toEqual([{ name: 'A', change: [data('x  \xff;\ty')] }])
  })

  test('give an empty value', () => {
    expect(changes('A: x\n', 'A:\n')).toEqual([{ name: 'A', change: [data('')] }])
  })

  test('copy a value that holds a bare CR or LF, and cannot give one', () => {
    const odd: HeaderField = { name: 'A', octets: Buffer.from('A: x\ry\r\n') }
    const work = new DiffWork(1_000)
    const added = newField('A', 'new')
    expect(diffHeader([added, odd], [odd], isUnsigned, work)).toEqual([{ name: 'A', change: [copy(1, 1)] }])
    expect(diffHeader([added], [odd], isUnsigned, work)).toEqual([{ name: 'A', change: 'unrecoverable' }])
  })

  test('cannot give lines that are no header fields', () => {
    expect(changes('A: 1\n', 'A: 1\nno field\n')).toEqual([{ name: '', change: 'unrecoverable' }])
    expect(changes('A: 1\nno field\n', 'A: 1\n')).toEqual([{ name: '', change: 'unrecoverable' }])
    expect(changes('no  field\nA: 1\n', 'A: 1\nno field\n')).toEqual([])
  })

  test('of ten thousand fields of one name take bounded work', () => {
    const previous = Array.from({ length: 10_000 }, (_, index) => newField('A', String(index % 5_000)))
    const current = previous.toReversed()
    const work = new DiffWork(100_000)
    const found = diffHeader(current, previous, isUnsigned, work)
    expect(work.steps).toBeLessThanOrEqual(work.maxSteps + previous.length)
    const restored = applyHeaderChanges(current, found)?.map(field => field.octets.toString('latin1'))
    expect(restored).toEqual(previous.map(field => field.octets.toString('latin1')))
  })
})
