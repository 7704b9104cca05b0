import { expect, test } from 'vitest'
import { authorDomains } from '../../../src/admit/author-domains.ts'
import { readMessage } from '../../../src/message/message.ts'

test.each([
  ['a@Shop.example', ['shop.example']],
  ['Jane <a@shop.example>', ['shop.example']],
  ['a@bücher.example', ['xn--bcher-kva.example']],
  // A name that looks like an address is no author, in quotes or without.
  ['"ceo@bank.example" <a@shop.example>', ['shop.example']],
  ['ceo@bank.example <a@shop.example>', ['shop.example']],
  ['(ceo@bank.example) <a@shop.example>', ['shop.example']],
  // What some reader takes for a second author is one.
  ['ceo@bank.example, <a@shop.example>', ['bank.example', 'shop.example']],
  ['<ceo@bank.example> <a@shop.example>', ['bank.example', 'shop.example']],
  ['<ceo@bank.example, a@shop.example>', ['bank.example', 'shop.example']],
  ['Team: ceo@bank.example, a@shop.example;', ['bank.example', 'shop.example']],
  ['"ceo@bank.example <a@shop.example>', ['bank.example', 'shop.example']],
  ['nobody', []],
])('From: %s is of %j', (value, domains) => {
  expect(authorDomains(readMessage(Buffer.from(`From: ${value}\r\n\r\n`)))).toEqual(domains)
})

test('every From counts, and one with a fold in front of its colon', () => {
  const text = 'From: a@one.example\r\nFrom\r\n : b@two.example\r\nFROM : c@three.example\r\n\r\n'
  expect(authorDomains(readMessage(Buffer.from(text)))).toEqual([
    'one.example',
    'two.example',
    'three.example',
  ])
})
