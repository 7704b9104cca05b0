import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BodyDigests } from '../../../src/dkim2/body-digests.ts'
import { headerForm, signingForm } from '../../../src/dkim2/canonicalize.ts'
import { newField, readMessage } from '../../../src/message/message.ts'

function formOf(header: string): string {
  return headerForm(readMessage(Buffer.from(`${header}\r\n`, 'latin1')).fields)
}

function relaxedHash(body: Buffer): string {
  return new BodyDigests().canonical(body, 'relaxed', 'sha256').toString('hex')
}

function sha256(octets: Buffer): string {
  return createHash('sha256').update(octets).digest('hex')
}

/** RFC 6376 section 3.4.4 read literally, one line at a time: what the fast code must agree with. */
function relaxedByTheBook(body: string): string {
  if (body === '') return ''
  const lines = body.split('\r\n')
  if (body.endsWith('\r\n')) lines.pop()
  const reduced = lines.map(line => line.replace(/[ \t]+$/, '').replace(/[ \t]+/g, ' '))
  while (reduced.length > 0 && reduced.at(-1) === '') reduced.pop()
  return reduced.map(line => `${line}\r\n`).join('')
}

describe('the header hash form (section 6.2)', () => {
  test('lower-cases names, not values', () => {
    expect(formOf('SUBJect: AbC\r\n')).toBe('subject:AbC\r\n')
  })

  test('unfolds, and makes runs of white space one space', () => {
    expect(formOf('A: x\r\n\t y  \t z\r\n')).toBe('a:x y z\r\n')
  })

  test('has no white space at the ends of a value nor around the colon', () => {
    expect(formOf('A \t: \t x \t\r\n')).toBe('a:x\r\n')
    expect(formOf('A:\r\n x\r\n \r\n')).toBe('a:x\r\n')
  })

  test('keeps the field whose value is empty', () => {
    expect(formOf('A:\r\nB: \r\n')).toBe('a:\r\nb:\r\n')
  })

  test('sorts by name, equal names from the bottom of the header section upwards', () => {
    expect(formOf('B: 1\r\nA: 2\r\nb: 3\r\nA: 4\r\n')).toBe('a:4\r\na:2\r\nb:3\r\nb:1\r\n')
  })

  test.each([
    'Apparently-To',
    'ARC-Authentication-Results',
    'ARC-Message-Signature',
    'ARC-Seal',
    'Authentication-Results',
    'Auto-Submitted',
    'Delivered-To',
    'DKIM-Signature',
    'DL-Expansion-History',
    'Original-Recipient',
    'Received',
    'Received-SPF',
    'Return-Path',
    'SIO-Label-History',
    'VBR-Info',
    'X-Spam-Status',
    'x-y',
    'X400-Received',
    'X400-Trace',
    'DKIM2-Signature',
    'MailVersion',
    'Message-Instance',
  ])('leaves out %s (section 4)', name => {
    expect(formOf(`${name}: x\r\nA: y\r\n`)).toBe('a:y\r\n')
  })

  test.each(['X', 'Xylophone', 'Receiver', 'ARC-Other', 'Mail-Version', 'DKIM', 'Sender'])(
    'covers %s',
    name => {
      expect(formOf(`${name}: x\r\n`)).toBe(`${name.toLowerCase()}:x\r\n`)
    },
  )

  test('covers lines that are no header fields, above all others', () => {
    expect(formOf('B: 1\r\nno colon here\r\n: 2\r\n')).toBe(': 2\r\nno colon here\r\nb:1\r\n')
  })

  test('keeps octets above 127 as they are', () => {
    expect(formOf('A: \xc3\x84\xa0\r\n')).toBe('a:\xc3\x84\xa0\r\n')
  })

  test('of a field is not changed by folding it elsewhere', () => {
    expect(formOf('A: one two three\r\n')).toBe(formOf('A: one\r\n two\r\n\t three\r\n'))
  })
})

describe('the signing form of a DKIM2 field (section 9.6)', () => {
  test('has its name in lower case and no white space at all', () => {
    const field = newField('DKIM2-Signature', 'i=1; t=x\ty;\r\n b1=AA\r\n BB;')
    expect(signingForm(field)).toBe('dkim2-signature:i=1;t=xy;b1=AABB;\r\n')
  })

  test('drops white space before the colon and keeps case in values', () => {
    const [field] = readMessage(Buffer.from('MailVersion : V=1\r\n\r\n')).fields
    expect(field && signingForm(field)).toBe('mailversion:V=1\r\n')
  })
})

describe('the relaxed body (RFC 6376 section 3.4.4)', () => {
  test.each([
    ['', ''],
    ['\r\n', ''],
    ['\r\n\r\n', ''],
    [' \t\r\n \r\n', ''],
    [' ', ''],
    ['a', 'a\r\n'],
    ['a\r\n', 'a\r\n'],
    ['a\r\n\r\n', 'a\r\n'],
    ['a \t\r\n', 'a\r\n'],
    ['a  b\tc \t d\r\n', 'a b c d\r\n'],
    [' a\r\n', ' a\r\n'],
    ['\t\ta\r\n', ' a\r\n'],
    ['a\r\n \r\nb\r\n', 'a\r\n\r\nb\r\n'],
    ['a \rb\r\n', 'a \rb\r\n'],
    ['a \nb\r\n', 'a \nb\r\n'],
    ['a\r\r\n', 'a\r\r\n'],
    ['a\n\r\n', 'a\n\r\n'],
    ['a\r\n\r', 'a\r\n\r\r\n'],
  ])('of %j is %j', (body, expected) => {
    expect(relaxedByTheBook(body)).toBe(expected)
    expect(relaxedHash(Buffer.from(body, 'latin1'))).toBe(sha256(Buffer.from(expected, 'latin1')))
  })

  test('of any body is what the book says', () => {
    const pieces = fc.array(fc.constantFrom(' ', '\t', '\r\n', '\r', '\n', 'a', '  ', 'word', '\0', '\xff'))
    fc.assert(
      fc.property(pieces, parts => {
        const body = parts.join('')
        expect(relaxedHash(Buffer.from(body, 'latin1'))).toBe(
          sha256(Buffer.from(relaxedByTheBook(body), 'latin1')),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    ['lines of base64', `${'A'.repeat(76)}\r\n`],
    ['lines with double spaces', `${'a  b '.repeat(15)}\r\n`],
    ['one long line', 'no line end at all  '],
    ['empty lines', '\r\n'],
    ['lone CRs', 'a\r'],
    ['nothing but white space', ' \t'],
    ['white space before lone CRs', ' \r'],
  ])('of several stretches of %s is what the book says', (_what, unit) => {
    const body = unit.repeat(Math.ceil(300_000 / unit.length))
    expect(relaxedHash(Buffer.from(body))).toBe(sha256(Buffer.from(relaxedByTheBook(body))))
  })

  test('does not depend on where the stretches are cut', () => {
    for (let shift = 0; shift < 12; shift++) {
      const body = `${'x'.repeat(64 * 1024 - 6 + shift)} \t\r\n\t y  z \r\n`
      expect(relaxedHash(Buffer.from(body))).toBe(sha256(Buffer.from(relaxedByTheBook(body))))
    }
  })
})

describe('the simple body (RFC 6376 section 3.4.3)', () => {
  test.each([
    ['', '\r\n'],
    ['\r\n\r\n', '\r\n'],
    ['a', 'a\r\n'],
    ['a\r\n', 'a\r\n'],
    ['a\r\n\r\n\r\n', 'a\r\n'],
    ['a \r\n \r\n', 'a \r\n \r\n'],
    ['a  b\r\n', 'a  b\r\n'],
  ])('of %j is %j', (body, expected) => {
    const hash = new BodyDigests().canonical(Buffer.from(body), 'simple', 'sha256')
    expect(hash.toString('hex')).toBe(sha256(Buffer.from(expected)))
  })
})
