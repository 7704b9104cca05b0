import { describe, expect, test } from 'vitest'
import { newField } from '../../../src/message/message.ts'
import { putField } from '../../../src/revise/fields.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import {
  isRevised,
  type Revision,
  type RevisionRule,
  revise,
  withFields,
} from '../../../src/revise/revision.ts'
import { everything, message, octets, received, rules } from './support.ts'

const before = message('From: Jane <jane@origin.example>\nSubject: x\nReceived: y\n\nHello\n')

const put =
  (name: string, value: string): RevisionRule =>
  of =>
    withFields(of, putField(of.fields, newField(name, value)))

describe('several rules', () => {
  test('give one recipe: the earliest state of each name wins', () => {
    const revision = revise(before, [put('Subject', 'one'), put('Subject', 'two'), put('Comments', 'new')])
    expect(revision.recipe).toEqual({
      headers: [
        { name: 'Subject', change: [{ kind: 'data', items: [Buffer.from('x')] }] },
        { name: 'Comments', change: [] },
      ],
    })
    expect(revision.addedFields).toEqual(['Comments'])
  })

  test('that take back what they did have done nothing', () => {
    const remove: RevisionRule = of =>
      withFields(
        of,
        of.fields.filter(({ name }) => name !== 'Comments'),
      )
    expect(isRevised(revise(before, [put('Comments', 'new'), remove]))).toBe(false)
  })

  test('that touch unsigned fields alone need no recipe', () => {
    const revision = revise(before, [put('Received', 'z'), put('X-Any', 'z')])
    expect(isRevised(revision)).toBe(false)
    expect(revision.message.fields).toHaveLength(4)
  })

  test('copy the instances of a name that stay', () => {
    const many = message('A: 1\nA: 2\nA: 3\nA: 4\n\n')
    const change = (keep: (at: number) => boolean) =>
      withFields(
        many,
        many.fields.filter((_, at) => keep(at)),
      ).recipe.headers[0]?.change
    expect(change(at => at !== 1)).toEqual([
      { kind: 'copy', from: 1, to: 2 },
      { kind: 'data', items: [Buffer.from('2')] },
      { kind: 'copy', from: 3, to: 3 },
    ])
    const swapped = withFields(many, many.fields.toReversed())
    expect(proveRevision(many, swapped)).toEqual({ kind: 'proved' })
  })

  test('that do nothing give the message itself', () => {
    expect(revise(before, [of => withFields(of, [...of.fields])]).message).toBe(before)
  })

  test('find the end of a header that was cut off', () => {
    const cut = message('Subject: x')
    const revision = revise(cut, everything)
    expect(octets(revision.message).toString()).toContain('\r\n\r\n-----')
    expect(proveRevision(cut, { ...revision, message: received(revision.message) })).toEqual({
      kind: 'proved',
    })
    expect(revise(cut, []).message).toBe(cut)
  })
})

describe('the proof fails', () => {
  const revision = revise(before, everything)
  const reasonOf = (changed: Partial<Revision>, of = before) => {
    const proof = proveRevision(of, { ...revision, ...changed })
    return proof.kind === 'failed' ? proof.reason : proof.kind
  }

  test('for another message', () => {
    expect(reasonOf({}, message('From: Jane <jane@origin.example>\nSubject: y\n\nHello\n'))).toMatch(
      /header fields/,
    )
    expect(reasonOf({}, message('From: Jane <jane@origin.example>\nSubject: x\n\nHello!\n'))).toMatch(/body/)
  })

  test('for a header section that goes on what was put above it', () => {
    const odd = message(' a line that continues nothing\nSubject: x\n\nHello\n')
    expect(proveRevision(odd, revise(odd, [rules.fields]))).toMatchObject({ kind: 'failed' })
  })

  test('for a recipe that lacks something', () => {
    const { headers } = revision.recipe
    expect(reasonOf({ recipe: { headers } })).toMatch(/body/)
    expect(reasonOf({ recipe: { ...revision.recipe, headers: headers.slice(1) } })).toMatch(/header fields/)
    expect(reasonOf({ recipe: { headers, body: [{ kind: 'copy', from: 1, to: 99 }] } })).toMatch(
      /does not fit/,
    )
    expect(reasonOf({ recipe: { headers, body: 'unrecoverable' } })).toMatch(/does not fit/)
  })

  test('for a recipe that has to give back more than the bound', () => {
    const huge = message(`Disposition-Notification-To: ${'x'.repeat(20_000)}\n\nHello\n`)
    const made = revise(huge, [rules.misleading])
    expect(proveRevision(huge, made)).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('20000'),
    })
    expect(proveRevision(huge, made, { maxRestoredBytes: 20_000 })).toEqual({ kind: 'proved' })
  })
})
