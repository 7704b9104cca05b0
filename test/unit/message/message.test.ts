import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fieldValue,
  messageChunks,
  newField,
  prependFields,
  readMessage,
  removeFields,
  withCrlf,
} from '../../../src/message/message.ts'

function read(text: string) {
  return readMessage(Buffer.from(text, 'latin1'))
}

function written(message: ReturnType<typeof readMessage>): string {
  return Buffer.concat(messageChunks(message)).toString('latin1')
}

function names(text: string): string[] {
  return read(text).fields.map(field => field.name)
}

/** Octets that make all the decisions of the reader likely. */
const hostileOctets = fc
  .array(
    fc.constantFrom('\r\n', '\r', '\n', ' ', '\t', ':', 'A', 'Subject: x', '\0', '\xff', '\r\n\r\n', '; '),
    {
      maxLength: 40,
    },
  )
  .map(pieces => Buffer.from(pieces.join(''), 'latin1'))

describe('reading a message', () => {
  test('header fields, the empty line and the body are told apart', () => {
    const message = read('From: a\r\nTo: b\r\n\r\nbody\r\n')
    expect(message.fields.map(field => field.octets.toString())).toEqual(['From: a\r\n', 'To: b\r\n'])
    expect(message.separator.toString()).toBe('\r\n')
    expect(message.body.toString()).toBe('body\r\n')
  })

  test('a fold belongs to its field (RFC 5322 section 2.2.3)', () => {
    const [first, second] = read('Subject: one\r\n two\r\n\tthree\r\nTo: b\r\n\r\n').fields
    expect(first?.octets.toString()).toBe('Subject: one\r\n two\r\n\tthree\r\n')
    expect(second?.name).toBe('To')
  })

  test('a line of white space only continues its field and does not end the header section', () => {
    const message = read('Subject: one\r\n \r\n two\r\n\r\nbody')
    expect(message.fields).toHaveLength(1)
    expect(message.body.toString()).toBe('body')
  })

  test('a message without an empty line is a header section', () => {
    const message = read('From: a\r\nTo: b\r\n')
    expect(message.fields).toHaveLength(2)
    expect(message.separator).toHaveLength(0)
    expect(message.body).toHaveLength(0)
  })

  test('a cut-off last field is kept as it is', () => {
    const message = read('From: a\r\nTo: b')
    expect(message.fields[1]?.octets.toString()).toBe('To: b')
    expect(message.fields[1]?.name).toBe('To')
  })

  test('a message that begins with the empty line has no header fields', () => {
    const message = read('\r\nbody: text\r\n')
    expect(message.fields).toHaveLength(0)
    expect(message.body.toString()).toBe('body: text\r\n')
  })

  test('nothing at all is a message too', () => {
    expect(read('')).toMatchObject({ fields: [] })
    expect(written(read(''))).toBe('')
  })

  test.each([
    ['no colon', 'just text\r\n\r\n', ['']],
    ['a colon first', ': x\r\n\r\n', ['']],
    ['a space inside the name', 'Sub ject: x\r\n\r\n', ['']],
    ['an octet above 127 in the name', 'S\xfcbject: x\r\n\r\n', ['']],
    ['a control character in the name', 'Sub\x01ject: x\r\n\r\n', ['']],
    ['white space at the very start', ' x: y\r\nTo: b\r\n\r\n', ['', 'To']],
    ['the colon in the continuation only', 'Subject\r\n : x\r\n\r\n', ['']],
  ])('%s makes a line without a name', (_what, text, expected) => {
    expect(names(text)).toEqual(expected)
  })

  test('white space before the colon is no part of the name (RFC 5322 section 4.5)', () => {
    expect(names('Subject \t: x\r\n\r\n')).toEqual(['Subject'])
  })

  test('bare CR and LF end no line', () => {
    const message = read('A: x\nB: y\rC: z\r\n\r\nbody')
    expect(message.fields.map(field => field.name)).toEqual(['A'])
    expect(message.body.toString()).toBe('body')
  })

  test('a bare LF pair does not end the header section, so that none can be smuggled', () => {
    expect(read('A: x\n\nB: y\r\n\r\nbody').body.toString()).toBe('body')
  })

  test('NUL octets stay', () => {
    expect(written(read('A: x\0y\r\n\r\n\0body\0'))).toBe('A: x\0y\r\n\r\n\0body\0')
  })

  test('what was read is written again, octet for octet, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), hostileOctets), octets => {
        const input = Buffer.from(octets)
        expect(Buffer.concat(messageChunks(readMessage(input))).equals(input)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('a header section of many lines without a colon takes no more than linear time', () => {
    const text = `${'x\r\n'.repeat(200_000)}\r\n`
    expect(read(text).fields).toHaveLength(200_000)
  })
})

describe('editing a message', () => {
  test('the first of the prepended fields is on top', () => {
    const message = prependFields(read('C: 3\r\n\r\nbody'), [newField('A', '1'), newField('B', '2')])
    expect(written(message)).toBe('A: 1\r\nB: 2\r\nC: 3\r\n\r\nbody')
  })

  test('prepending to a message that begins with its body puts an empty line between', () => {
    expect(written(prependFields(read(''), [newField('A', '1')]))).toBe('A: 1\r\n\r\n')
  })

  test('the message that was edited stays as it was', () => {
    const before = read('C: 3\r\n\r\nbody')
    prependFields(before, [newField('A', '1')])
    removeFields(before, () => true)
    expect(written(before)).toBe('C: 3\r\n\r\nbody')
  })

  test('fields are removed by what they are or where they are', () => {
    const before = read('A: 1\r\nB: 2\r\nA: 3\r\n\r\n')
    expect(written(removeFields(before, field => field.name === 'A'))).toBe('B: 2\r\n\r\n')
    expect(written(removeFields(before, (_field, index) => index === 0))).toBe('B: 2\r\nA: 3\r\n\r\n')
  })

  test('the body goes out without being copied', () => {
    const message = read(`A: 1\r\n\r\n${'x'.repeat(1000)}`)
    const [, body] = messageChunks(message)
    expect(body).toBe(message.body)
  })
})

describe('line ends of a file', () => {
  test.each([
    ['a\nb\n', 'a\r\nb\r\n'],
    ['a\r\nb\r\n', 'a\r\nb\r\n'],
    ['a\rb', 'a\r\nb'],
    ['a\n\r\nb', 'a\r\n\r\nb'],
    ['\xff\n', '\xff\r\n'],
  ])('%j becomes %j', (text, expected) => {
    expect(withCrlf(Buffer.from(text, 'latin1')).toString('latin1')).toBe(expected)
  })
})

describe('values', () => {
  test.each([
    ['Subject: text\r\n', 'text'],
    ['Subject:text\r\n', 'text'],
    ['Subject: \t text \t\r\n', 'text'],
    ['Subject: one\r\n two\r\n', 'one two'],
    ['Subject: one\r\n\ttwo\r\n', 'one\ttwo'],
    ['Subject:\r\n text\r\n', 'text'],
    ['Subject:\r\n', ''],
    ['Subject: a: b\r\n', 'a: b'],
    ['Subject: \xe9\r\n', '\xe9'],
  ])('the value of %j is %j', (text, expected) => {
    const [field] = read(`${text}\r\n`).fields
    expect(field && fieldValue(field)).toBe(expected)
  })
})
