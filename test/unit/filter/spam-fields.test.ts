import { expect, test } from 'vitest'
import { isUnsignedSince08 } from '../../../src/dkim2/unsigned-fields.ts'
import { isSpamField, spamFields } from '../../../src/filter/spam-fields.ts'
import { readMessage } from '../../../src/message/message.ts'

const verdict = {
  action: 'mark',
  word: 'add header',
  score: 7.1,
  requiredScore: 6,
  symbols: ['A', 'B'],
} as const

function textOf(symbols: readonly string[]): string {
  return Buffer.concat(spamFields({ ...verdict, symbols }).map(field => field.octets)).toString()
}

test('the fields say that it is spam, how much, and why', () => {
  expect(textOf(['A', 'B'])).toBe(
    'X-Spam: Yes\r\nX-Spam-Flag: YES\r\nX-Spam-Status: Yes, score=7.10 required=6.00 tests=A, B\r\n',
  )
})

test('many symbols are folded into lines of 78 octets, and beyond twenty left out', () => {
  const text = textOf(Array.from({ length: 50 }, (_, at) => `SOME_LONG_SYMBOL_${at}`))
  const lines = text.split('\r\n')
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(78)
  expect(text).toContain('SOME_LONG_SYMBOL_19')
  expect(text).not.toContain('SOME_LONG_SYMBOL_20')
  expect(readMessage(Buffer.from(`${text}\r\n`)).fields).toHaveLength(3)
})

test('no header hash covers them, and each is known again', () => {
  for (const field of spamFields(verdict)) {
    expect(isUnsignedSince08(field.name.toLowerCase())).toBe(true)
    expect(isSpamField({ name: field.name.toUpperCase() })).toBe(true)
  }
  expect(isSpamField({ name: 'Subject' })).toBe(false)
})
