import fc from 'fast-check'
import { expect, test } from 'vitest'
import { domainsInFrom } from '../../../src/message/claimed-domains.ts'
import { readMessage } from '../../../src/message/message.ts'

function claimed(...froms: string[]): readonly string[] {
  return domainsInFrom(readMessage(Buffer.from(`${froms.join('\r\n')}\r\n\r\n`)).fields)
}

const spellings: Record<string, string> = {
  plain: 'From: me@alias.example',
  'with a name': 'From: Me <me@alias.example>',
  'in another case': 'FROM: <ME@Alias.EXAMPLE>',
  'with a final dot': 'From: <me@alias.example.>',
  'with a quoted local part': 'From: "me @"@alias.example',
  'with comments': 'From: me(x)@(y(z))alias(v).example(w)',
  'with spaces and folds': 'From: me @ alias\r\n .\r\n example',
  'in a group': 'From: People: me@alias.example;',
  'before an angle bracket': 'From: me@alias.example <x@other.example>',
  'behind a name with another': 'From: x@other.example <me@alias.example>',
  'behind a quote that is not closed': 'From: "x <me@alias.example>',
  'behind a comment that is not closed': 'From: (x <me@alias.example>',
  'behind a bracket that is not closed': 'From: <me@alias.example',
  'with a source route': 'From: <@relay.other.example:me@alias.example>',
  'with a fold before the colon': 'From\r\n : me@alias.example',
  'with spaces before the colon': 'From  : me@alias.example',
}

test.each(Object.entries(spellings))('an address %s claims its domain', (_, field) => {
  expect(claimed(field)).toContain('alias.example')
})

test('each mailbox of each From field claims, and a U-label is its A-label', () => {
  expect(claimed('From: a@one.example, B <b@two.example>', 'From: c@three.example')).toEqual([
    'one.example',
    'two.example',
    'three.example',
  ])
  expect(claimed('From: a@bücher.example, b@XN--bcher-kva.example')).toEqual(['xn--bcher-kva.example'])
})

test('a name, a comment and other fields claim nothing', () => {
  const line = 'From: "me@alias.example" (me@alias.example) <x@other.example>'
  expect(claimed(line, 'From-Line: me@alias.example', 'X-From: me@alias.example')).toEqual(['other.example'])
})

test('whatever stands in it, reading ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', '(', ')', '\\', '<', '@', '.', ' ', 'a') }), text => {
      expect(Array.isArray(claimed(`From: ${text}`))).toBe(true)
    }),
  )
})

test('half a megabyte of what never closes is read in one pass: what grows with its square takes minutes', () => {
  for (const piece of ['"\\"', '(', '\\(', ' ', '(\\(', '@', '"('])
    expect(claimed(`From: ${piece.repeat(500_000 / piece.length)} me@alias.example`)).toContain(
      'alias.example',
    )
})
