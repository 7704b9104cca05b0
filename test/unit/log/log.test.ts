import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { maskFields, maskText } from '../../../src/log/mask.ts'
import type { LogSettings } from '../../../src/log/pino-log.ts'
import { openLog } from '../../../src/log/pino-log.ts'

function openTest(settings: LogSettings, isTTY = false) {
  const written: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      done()
    },
  })
  const log = openLog(settings, Object.assign(stream, { isTTY }), () => 1_763_000_000_000)
  return { log, text: () => written.join('') }
}

describe('the log', () => {
  test('a line is one JSON object with time, level, queue id and text', () => {
    const { log, text } = openTest({ level: 'info', format: 'auto' })
    log.child({ queueId: '01ABC' }).warn({ reply: { code: 451 } }, 'deferred')
    expect(text().endsWith('\n')).toBe(true)
    expect(JSON.parse(text())).toEqual({
      level: 'warn',
      time: '2025-11-13T02:13:20.000Z',
      queueId: '01ABC',
      reply: { code: 451 },
      msg: 'deferred',
    })
  })

  test('a child keeps the fields of its parent', () => {
    const { log, text } = openTest({ level: 'info', format: 'json' })
    log.child({ queueId: '01ABC' }).child({ ordinal: 1 }).info({}, 'delivered')
    expect(JSON.parse(text())).toMatchObject({ queueId: '01ABC', ordinal: 1 })
  })

  test('what is below the level is not written', () => {
    const { log, text } = openTest({ level: 'warn', format: 'json' })
    log.info({}, 'unimportant')
    log.debug({}, 'unimportant')
    expect(text()).toBe('')
  })

  test('on a terminal it is text with the queue id in front', () => {
    const { log, text } = openTest({ level: 'info', format: 'auto' }, true)
    log.child({ queueId: '01ABC' }).info({ hops: 2 }, 'admitted')
    expect(text()).toContain('01ABC admitted')
    expect(text()).toContain('"hops":2')
    expect(() => JSON.parse(text())).toThrow()
  })

  test.each(['json', 'pretty'] as const)('control characters from outside reach no terminal (%s)', format => {
    const { log, text } = openTest({ level: 'info', format })
    log.info({ helo: '\x1b[2J\x9b\u202e', list: ['\x07'] }, 'hello \x1b[31m')
    expect(text().replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/)
  })
})

describe('what stands in no line', () => {
  test('the part of a bounce address that proves it genuine', () => {
    const text = maskText(
      'MAIL FROM <b+01jcx-0-fz1-0123456789abcdefghjk@alias.example> and <B+X-1-2-ZZZ@A.EXAMPLE>',
    )
    expect(text).toBe('MAIL FROM <b+01jcx-0-fz1-...@alias.example> and <B+X-1-2-...@A.EXAMPLE>')
    expect(
      maskText('RCPT TO:<news-confirm+cffk0123456789abcdef1l@lists.example> /unsubscribe/uffk0123'),
    ).toBe('RCPT TO:<news-confirm+...@lists.example> /unsubscribe/...')
  })

  test('octets and what is named like a secret', () => {
    expect(
      maskFields({
        first: Buffer.from('Subject: x'),
        password: 'p',
        nested: { privateKey: 'k', mf: 'a@x.example' },
      }),
    ).toEqual({
      first: '(10 octets)',
      password: '(not shown)',
      nested: { privateKey: '(not shown)', mf: 'a@x.example' },
    })
  })

  test('the stack of an error', () => {
    const error = Object.assign(new Error('b+a-b-c-d@x.example failed'), { code: 'ECONNRESET' })
    expect(maskFields({ error })).toEqual({
      error: { name: 'Error', message: 'b+a-b-c-...@x.example failed', code: 'ECONNRESET' },
    })
  })

  test('a circle in a value ends', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(JSON.stringify(maskFields({ circle }))).toContain('(deeper)')
  })
})
