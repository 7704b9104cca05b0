import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { announcedLines, readExtensions } from '../../../src/smtp/ehlo-reply.ts'
import { ReplyReader } from '../../../src/smtp/reply-reader.ts'

function read(text: string, maxOctets = 1_000) {
  const reader = new ReplyReader(maxOctets)
  return { ...reader.read(Buffer.from(text, 'latin1')), hasBegun: reader.hasBegun }
}

const replies = (text: string) => read(text).replies

describe('a reply ends at the line with a code and a space, or a code alone (RFC 5321 section 4.2.1)', () => {
  test.each([
    ['250 ok\r\n', ['250 ok']],
    ['250\r\n', ['250 ']],
    ['250 \r\n', ['250 ']],
    ['250-one\r\n250 two\r\n', ['250-one\n250 two']],
    ['250-one\r\n250\r\n', ['250-one\n250 ']],
    ['250 ok\n354 go\n', ['250 ok', '354 go']],
    ['250-one\r\n', []],
    ['250 o', []],
  ])('%j', (text, expected) => expect(replies(text)).toEqual(expected))

  test.each([
    '\r\n',
    '\r\n\r\n',
    'no code\r\n',
    '25\r\n',
    '2500 four digits\r\n',
    '250ok\r\n',
    '999 none\r\n',
    '  250 x\r\n',
  ])('a line without a code inside it is passed over: %j', line => {
    expect(replies(`250-one\r\n${line}250-two\r\n${line}250 8BITMIME\r\n`)).toEqual([
      '250-one\n250-two\n250 8BITMIME',
    ])
  })

  test('what follows it without a code is left over from it, and means nothing', () => {
    expect(replies('451 try\r\nlater\r\n250 ok\r\n')).toEqual(['451 try', '250 ok'])
  })

  test('the code of its last line counts; what another line says with another code stays readable', () => {
    expect(replies('250-taken\r\n550 refused\r\n')).toEqual(['550-250-taken\n550 refused'])
  })
})

describe('what is no reply', () => {
  test.each(['HTTP/1.1 400 Bad Request\r\n', 'SSH-2.0-x\r\n', '199 informational\r\n', '650 x\r\n'])(
    '%j',
    text => {
      expect(read(text)).toMatchObject({ replies: [], fault: expect.stringContaining('no reply of SMTP') })
    },
  )

  test('is a fault as the first thing after something was asked, also where replies came before', () => {
    const reader = new ReplyReader(1_000)
    reader.read(Buffer.from('250 ok\r\n'))
    reader.expectReply()
    expect(reader.read(Buffer.from('what?\r\n')).fault).toContain('what?')
  })

  test('an empty line before a reply is passed over', () => {
    expect(read('\r\n\r\n220 host\r\n')).toEqual({ replies: ['220 host'], hasBegun: false })
  })

  test('nothing is read after a fault', () => {
    const reader = new ReplyReader(1_000)
    reader.read(Buffer.from('what?\r\n'))
    expect(reader.read(Buffer.from('250 ok\r\n'))).toMatchObject({ replies: [] })
  })
})

test('a reply without an end, in lines or in one line, is a fault after maxOctets', () => {
  for (const text of [
    '250-more\r\n'.repeat(200),
    `250 ${'x'.repeat(2_000)}`,
    `250-x\r\n${'\r\n'.repeat(1_000)}`,
  ])
    expect(read(text)).toMatchObject({ replies: [], fault: 'a reply of more than 1000 octets' })
})

test('hasBegun: octets of a reply have come, and not its end', () => {
  for (const text of ['2', '25', '250', '250-', '250 ok', '250 ok\r', '250-ok\r\n']) {
    expect([text, read(`220 hello\r\n${text}`).hasBegun]).toEqual([text, true])
  }
  for (const text of ['', '\r\n', '\r', 'later', '9'])
    expect([text, read(`220 hello\r\n${text}`).hasBegun]).toEqual([text, false])
})

const line = fc.oneof(
  fc.constantFrom(
    '250 ',
    '250-',
    '354 go',
    '550',
    '550-no',
    '',
    '\r',
    '250\r',
    'no code',
    ' 250 x',
    '25',
    '2500 x',
  ),
  fc.string({ maxLength: 12 }),
)
const wire = fc.array(line, { maxLength: 12 }).map(lines => Buffer.from(lines.join('\r\n'), 'latin1'))

test('the replies are the same wherever the octets are cut', () => {
  fc.assert(
    fc.property(
      wire,
      fc.array(fc.nat(40), { maxLength: 8 }),
      fc.integer({ min: 5, max: 80 }),
      (octets, cuts, most) => {
        const whole = new ReplyReader(most)
        const expected = whole.read(octets)
        const pieces = new ReplyReader(most)
        const at = [...new Set(cuts)].sort((a, b) => a - b)
        const read = [0, ...at].map((from, index) =>
          pieces.read(octets.subarray(from, at[index] ?? octets.length)),
        )
        expect(read.flatMap(one => one.replies)).toEqual(expected.replies)
        expect([read.at(-1)?.fault, pieces.hasBegun]).toEqual([expected.fault, whole.hasBegun])
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a reply beyond its bound is the same wherever the octets are cut', () => {
  const octets = Buffer.from('2500 x and more than fits', 'latin1')
  const whole = new ReplyReader(8)
  const pieces = new ReplyReader(8)
  const { fault } = whole.read(octets)
  for (const octet of octets) pieces.read(Buffer.of(octet))
  expect([pieces.read(Buffer.alloc(0)).fault, pieces.hasBegun]).toEqual([fault, whole.hasBegun])
})

test('every line of a reply begins with the code of the last one', () => {
  fc.assert(
    fc.property(wire, octets => {
      for (const reply of new ReplyReader(1_000).read(octets).replies) {
        const lines = reply.split('\n')
        const code = lines.at(-1)?.slice(0, 3) ?? ''
        expect(code).toMatch(/^[2-5]\d\d$/)
        for (const [index, text] of lines.entries())
          expect(text.slice(0, 4)).toBe(`${code}${index < lines.length - 1 ? '-' : ' '}`)
      }
    }),
  )
})

describe('a keyword is the whole first word of a line of the EHLO reply after the first (RFC 5321 section 4.1.1.1)', () => {
  const keywords = (reply: string) => [...readExtensions(announcedLines(reply)).keys()]

  test.each([
    ['250-host.example\n250-8BITMIME\n250-size 1000\n250 PIPELINING', ['8BITMIME', 'SIZE', 'PIPELINING']],
    ['250-host.example at your service, PIPELINING not supported\n250 8BITMIME', ['8BITMIME']],
    [
      '250-host.example\n250-X-PIPELINING\n250-HELP PIPELINING\n250 8BITMIME',
      ['X-PIPELINING', 'HELP', '8BITMIME'],
    ],
    ['250-PIPELINING\n250 8BITMIME', ['8BITMIME']],
    ['250 host.example PIPELINING', []],
    ['250-host.example\n250-PIPELINING, yes\n250 PIPELINING=no', ['PIPELINING,', 'PIPELINING=NO']],
    ['250-host.example\n250 8BITMIME\t', ['8BITMIME']],
    ['550-host.example\n550 PIPELINING', []],
  ])('%j', (reply, expected) => expect(keywords(reply)).toEqual(expected))

  test('what follows it are its parameters', () => {
    expect(readExtensions(['host', 'SIZE 1000', 'LIMITS MAILMAX=3 RCPTMAX=1'])).toEqual(
      new Map([
        ['SIZE', '1000'],
        ['LIMITS', 'MAILMAX=3 RCPTMAX=1'],
      ]),
    )
  })
})
