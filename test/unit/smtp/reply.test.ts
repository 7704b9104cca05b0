import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as replies from '../../../src/smtp/replies.ts'
import {
  enhancedStatus,
  formatReply,
  parseReply,
  replyLines,
  type SmtpReply,
} from '../../../src/smtp/reply.ts'

describe('writing a reply', () => {
  test('a line carries code, enhanced code and text (RFC 2034)', () => {
    expect(formatReply(replies.unknownRecipient)).toBe('550 5.1.1 no such address here\r\n')
  })

  test('a reply without an enhanced code has none', () => {
    expect(formatReply({ code: 354, enhanced: '', text: 'go ahead' })).toBe('354 go ahead\r\n')
  })

  test('line feeds make a multi-line reply with the enhanced code on every line', () => {
    const reply = { code: 550, enhanced: '5.7.1', text: 'first\nsecond\r\nthird' }
    expect(formatReply(reply)).toBe('550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 third\r\n')
  })

  test('control characters and non-ASCII never reach the wire', () => {
    expect(replyLines({ code: 550, enhanced: '5.7.1', text: 'a\0b\tc\x7fd é 𝄞' })).toEqual([
      '5.7.1 a b c d ? ?',
    ])
  })

  test('a long text is broken into lines of at most 512 octets (RFC 5321 section 4.5.3.1.5)', () => {
    const words = 'sixteen letters '.repeat(100).trim()
    const lines = formatReply({ code: 550, enhanced: '5.7.1', text: words }).split('\r\n').slice(0, -1)
    expect(lines.length).toBeGreaterThan(3)
    expect(Math.max(...lines.map(line => line.length + 2))).toBeLessThanOrEqual(512)
    expect(lines.map(line => line.slice('550-5.7.1 '.length)).join(' ')).toBe(words)
  })

  test('a text without spaces is broken too, and one without end is cut', () => {
    const lines = formatReply({ code: 550, enhanced: '5.7.1', text: 'x'.repeat(100_000) }).split('\r\n')
    expect(lines.length).toBeLessThan(25)
    expect(lines.every(line => line.length <= 510)).toBe(true)
  })
})

describe('reading a reply', () => {
  const cases: [response: string, reply: SmtpReply | undefined][] = [
    ['250 2.0.0 queued as 1\r\n', { code: 250, enhanced: '2.0.0', text: 'queued as 1' }],
    ['250 queued', { code: 250, enhanced: '', text: 'queued' }],
    ['550-5.1.1 no\r\n550 5.1.1 such user', { code: 550, enhanced: '5.1.1', text: 'no\nsuch user' }],
    ['550-5.1.1 no\n550 such user\n', { code: 550, enhanced: '5.1.1', text: 'no\nsuch user' }],
    ['354', { code: 354, enhanced: '', text: '' }],
    ['421 4.7.0', { code: 421, enhanced: '4.7.0', text: '' }],
    ['550 4.1.1 contradiction', { code: 550, enhanced: '', text: '4.1.1 contradiction' }],
    ['550 5.1.1234 long', { code: 550, enhanced: '', text: '5.1.1234 long' }],
    ['550 10.0.0.1 is listed', { code: 550, enhanced: '', text: '10.0.0.1 is listed' }],
    ['hello', undefined],
    ['', undefined],
    ['999 what', undefined],
    ['2500 what', undefined],
    ['25', undefined],
  ]
  test.each(cases)('%j', (response, reply) => {
    expect(parseReply(response)).toEqual(reply)
  })

  test('what was written is read back', () => {
    const line = fc.stringMatching(/^[!-~]([ -~]{0,40}[!-~])?$/)
    const reply = fc.record({
      code: fc.integer({ min: 200, max: 599 }).filter(code => code < 300 || code >= 400),
      detail: fc.integer({ min: 0, max: 999 }),
      texts: fc.array(line, { minLength: 1, maxLength: 5 }),
    })
    fc.assert(
      fc.property(reply, ({ code, detail, texts }) => {
        const written = { code, enhanced: `${Math.floor(code / 100)}.7.${detail}`, text: texts.join('\n') }
        expect(parseReply(formatReply(written))).toEqual(written)
      }),
    )
  })

  test('any text gives a reply or nothing, never an error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void parseReply(text)))
  })
})

describe('status of a reply', () => {
  test('is its enhanced code', () => {
    expect(enhancedStatus(replies.relayingDenied)).toBe('5.7.1')
  })

  test('is the class alone where the peer gave no enhanced code', () => {
    expect(enhancedStatus({ code: 451, enhanced: '', text: '' })).toBe('4.0.0')
  })
})

describe('the replies of this relay', () => {
  const named = Object.values(replies).filter(reply => typeof reply === 'object')

  test('each enhanced code is of the class of its reply code', () => {
    const wrong = named.filter(({ code, enhanced }) => enhanced !== '' && enhanced[0] !== String(code)[0])
    expect(wrong).toEqual([])
  })

  test('each fits on one line', () => {
    expect(named.filter(reply => replyLines(reply).length !== 1)).toEqual([])
  })
})
