import { describe, expect, test } from 'vitest'
import { undo, undoToHop } from '../../../src/dkim2/undo.ts'
import type { Message } from '../../../src/message/message.ts'
import {
  alias,
  asList,
  check,
  list,
  message,
  octets,
  origin,
  pass,
  passForged,
  plain,
  recipeBetween,
  tamper,
  threeHops,
  twoHops,
  withField,
} from '../../support/dkim2-parties.ts'

function undone(of: Message, version: number): Message {
  const result = undo(of, version)
  if (result.kind !== 'undone') throw new Error(`not undone: ${result.kind}`)
  return result.message
}

function names(of: Message): string[] {
  return of.fields.map(field => field.name)
}

describe('undoing versions', () => {
  test('restores what each hop had sent, so that it verifies as it did then', async () => {
    const sent = await threeHops()
    expect(await check(undone(sent, 3), alias)).toMatchObject({ state: 'pass' })
    expect(await check(undone(sent, 2), list)).toMatchObject({ state: 'pass' })
    expect(await check(undone(sent, 1), origin)).toMatchObject({ state: 'pass' })
  })

  test('to the state before the first version leaves no DKIM2 field', async () => {
    const first = undone(await threeHops(), 0)
    expect(octets(first).toString()).toBe(octets(message(plain)).toString())
  })

  test('removes the fields of later versions and hops only', async () => {
    expect(names(undone(await threeHops(), 2)).slice(0, 2)).toEqual(['DKIM2-Signature', 'MailVersion'])
    expect(names(undone(await threeHops(), 2)).filter(name => name === 'MailVersion')).toHaveLength(2)
  })

  test('keeps the hops that added no version of their own', async () => {
    const sent = await pass(await twoHops(), { ...alias, alwaysVersion: false })
    expect(names(undone(sent, 2)).filter(name => name === 'DKIM2-Signature')).toHaveLength(3)
    expect(names(undone(sent, 1)).filter(name => name === 'DKIM2-Signature')).toHaveLength(1)
  })

  test('keeps unsigned fields', async () => {
    const sent = withField(await threeHops(), 'X-Mine', 'x')
    expect(names(undone(sent, 1))).toContain('X-Mine')
  })

  test('restores the body octet for octet', async () => {
    expect(undone(await threeHops(), 1).body.equals(message(plain).body)).toBe(true)
  })
})

describe('undoing to a hop', () => {
  test('gives what that hop sent', async () => {
    const sent = await pass(await twoHops(), { ...alias, alwaysVersion: false })
    const second = undoToHop(sent, 2)
    expect(second).toMatchObject({ kind: 'undone', version: 2, profile: 'mailversion' })
    expect(second.kind === 'undone' && (await check(second.message, list)).state).toBe('pass')
    const first = undoToHop(sent, 1)
    expect(first.kind === 'undone' && (await check(first.message, origin)).state).toBe('pass')
  })

  test.each([0, 4, -1, 1.5, Number.NaN])('%d finds none', async sequence => {
    expect(undoToHop(await threeHops(), sequence)).toEqual({ kind: 'absent' })
  })
})

describe('undoing what cannot be undone', () => {
  test.each([4, -1, 1.5, Number.NaN])('to version %d, which is not there', async version => {
    expect(undo(await threeHops(), version)).toEqual({ kind: 'absent' })
  })

  test('without DKIM2', () => {
    expect(undo(message(plain), 0)).toEqual({ kind: 'absent' })
  })

  test('with a malformed chain', async () => {
    const sent = tamper(await threeHops(), 'i=2;', 'i=2; i=2;')
    expect(undo(sent, 1)).toEqual({ kind: 'malformed', error: 'DKIM2-Signature i=2 syntax error' })
  })

  test('with fields of both profiles', async () => {
    const sent = withField(await threeHops(), 'Message-Instance', 'm=1')
    expect(undo(sent, 1)).toEqual({ kind: 'malformed', error: 'mixed DKIM2 profiles' })
  })

  test('of the other profile that cannot be read', () => {
    const error = 'Message-Instance m=1 tag=h missing'
    expect(undo(withField(message(plain), 'Message-Instance', 'm=1'), 0)).toEqual({
      kind: 'malformed',
      error,
    })
  })

  test('across a version that declares the past lost', async () => {
    const recipe = { headers: [], body: 'unrecoverable' as const }
    const sent = await pass(await pass(message(plain), origin), { ...list, recipe })
    expect(undo(sent, 1)).toEqual({ kind: 'unrecoverable', version: 1 })
    expect(undo(sent, 2)).toMatchObject({ kind: 'undone' })
  })

  test('across a recipe that does not fit', async () => {
    const sent = await passForged(await pass(message(plain), origin), list, value => `${value} b=c:1-99;`)
    expect(undo(sent, 1)).toEqual({ kind: 'malformed', error: 'MailVersion v=2 syntax error' })
  })

  test('beyond the budget', async () => {
    const before = await pass(message(plain), origin)
    const sent = await pass(asList(before), { ...list, recipe: recipeBetween(before, asList(before)) })
    expect(undo(sent, 1, { maxWorkBytes: 10 })).toEqual({
      kind: 'malformed',
      error: 'MailVersion v=2 recipe is beyond the limits of this verifier',
    })
  })
})
