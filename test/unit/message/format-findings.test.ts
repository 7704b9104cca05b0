import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatFindings } from '../../../src/message/format-findings.ts'
import { longLines } from '../../../src/message/long-lines.ts'
import { readMessage } from '../../../src/message/message.ts'
import { placesOf } from '../../../src/message/place.ts'

const head =
  'From: a@d.example\r\nTo: b@d.example\r\nSubject: x\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@d.example>\r\n'

function found(text: string, smtpUtf8 = false) {
  const message = readMessage(Buffer.from(text, 'latin1'))
  const findings = formatFindings(message, { smtpUtf8 })
  const places = placesOf(
    message,
    findings.map(({ offset }) => offset),
  )
  return findings.map(({ rule, severity, field }, index) => ({ rule, severity, field, ...places[index] }))
}

const ruleOf = (text: string, smtpUtf8 = false) => found(text, smtpUtf8).map(({ rule }) => rule)

test('a message that is in order has none', () => {
  expect(found(`${head}\r\nHello\r\n`)).toEqual([])
})

describe('fields of which there is one at most (RFC 5322 section 3.6)', () => {
  test.each(['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Subject', 'Date', 'Message-ID'])('two %s', name => {
    const once = head.includes(`${name}:`) ? '' : `${name}: c@d.example\r\n`
    const text = `${head}${once}${name.toUpperCase()}: c@d.example\r\n\r\n`
    const line = once === '' ? 6 : 7
    expect(found(text)).toEqual([
      { rule: 'repeated-field', severity: 'ambiguous', field: name, line, column: 1 },
    ])
  })

  test('others may stand there as often as they like', () => {
    expect(found(`${head}Comments: a\r\nComments: b\r\nKeywords: c\r\nKeywords: d\r\n\r\n`)).toEqual([])
  })
})

describe('From', () => {
  test('is missing', () => {
    expect(found('Subject: x\r\n\r\n')).toEqual([
      { rule: 'no-from', severity: 'ambiguous', field: 'From', line: 1, column: 1 },
    ])
  })

  test.each(['', 'Jane Doe', 'nobody:;', '<>', '(a@d.example)', '"a@d.example"'])(
    '%j names no mailbox',
    value => {
      expect(ruleOf(`From: ${value}\r\n\r\n`)).toEqual(['from-without-mailbox'])
    },
  )

  test.each(['a@d.example', 'Jane <a@d.example>', 'team: a@d.example;', 'a @ d . example', 'x@[192.0.2.1]'])(
    '%j names one',
    value => expect(ruleOf(`From: ${value}\r\n\r\n`)).toEqual([]),
  )

  test('several authors need a Sender', () => {
    const authors = 'From: a@d.example, b@d.example\r\n'
    expect(ruleOf(`${authors}\r\n`)).toEqual(['sender-missing'])
    expect(ruleOf(`${authors}Sender: a@d.example\r\n\r\n`)).toEqual([])
  })
})

describe('the header section', () => {
  test.each(['', '\r\nHello\r\n', 'Hello there\r\n', 'Hello\r\nagain\r\n\r\nText\r\n'])(
    '%j has none',
    text => {
      expect(found(text)).toEqual([
        { rule: 'no-header-section', severity: 'ambiguous', field: undefined, line: 1, column: 1 },
      ])
    },
  )

  test('has a line that is no field', () => {
    expect(found(`From a@d.example Sat Nov 28\r\n${head}\r\n`)).toMatchObject([
      { rule: 'not-a-field', line: 1 },
    ])
  })

  test('has raw 8-bit octets, which only SMTPUTF8 allows', () => {
    const text = `${head}X-Name: J\xf6rg\r\n\r\n\xf6\r\n`
    expect(found(text)).toEqual([
      { rule: 'raw-8-bit', severity: 'violation', field: 'X-Name', line: 6, column: 10 },
    ])
    expect(found(text, true)).toEqual([])
  })

  test.each([
    ['; Sat, 28 Nov 2026 12:00:00 +0000', ['received-without-tokens']],
    ['(nothing) ; Sat, 28 Nov 2026 12:00:00 +0000', ['received-without-tokens']],
    ['', ['received-without-tokens']],
    ['by d.example; Sat, 28 Nov 2026 12:00:00 +0000', []],
  ])('Received: %j gives %j', (value, rules) => {
    expect(ruleOf(`Received: ${value}\r\n${head}\r\n`)).toEqual(rules)
  })
})

describe('lines (RFC 5322 section 2.1.1)', () => {
  test('have 998 octets at most, in the body and in the header section', () => {
    const line = (octets: number) => 'x'.repeat(octets)
    expect(found(`${head}\r\n${line(998)}\r\n${line(998)}`)).toEqual([])
    expect(found(`${head}\r\nok\r\n${line(999)}\r\n`)).toMatchObject([
      { rule: 'line-too-long', line: 8, column: 1 },
    ])
    expect(found(`${head}X: ${line(996)}\r\n\r\n`)).toMatchObject([
      { rule: 'line-too-long', line: 6, column: 1 },
    ])
    expect(found(`${head}X: ${line(600)}\r\n ${line(600)}\r\n\r\n`)).toEqual([])
  })

  test('are found as a reader finds them who looks at each', () => {
    const part = fc.oneof(
      fc.constant('\r\n'),
      fc.constant('\r'),
      fc.constant('\n'),
      fc.integer({ min: 1, max: 2_500 }).map(length => 'y'.repeat(length)),
      fc.integer({ min: 990, max: 1_002 }).map(length => 'z'.repeat(length)),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), parts => {
        const body = parts.join('')
        const slow: { offset: number; length: number }[] = []
        let offset = head.length + 2
        for (const text of body.split('\r\n')) {
          if (text.length > 998) slow.push({ offset, length: text.length })
          offset += text.length + 2
        }
        expect(longLines(readMessage(Buffer.from(`${head}\r\n${body}`)), 100)).toEqual(slow)
      }),
    )
  })

  test('of one rule no more are told than anybody reads', () => {
    const many = `${'x'.repeat(2_000)}\r\n`.repeat(1_000)
    expect(ruleOf(`${head}\r\n${many}`)).toHaveLength(10)
  })
})
