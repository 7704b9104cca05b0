import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Message, readMessage } from '../../../src/message/message.ts'
import { decodedContent, defaultMimeBounds, leafParts } from '../../../src/message/mime-parts.ts'

function message(text: string): Message {
  return readMessage(Buffer.from(text.replace(/\n/g, '\r\n'), 'latin1'))
}

/** Number, type and decoded content of each leaf; line ends as LF. */
async function leaves(text: string): Promise<[string, string, string][] | undefined> {
  const parts = await leafParts(message(text))
  return parts?.map(part => [
    part.number,
    part.contentType,
    decodedContent(part).toString('latin1').replace(/\r\n/g, '\n'),
  ])
}

function multipart(body: string, boundary = 'b'): string {
  return `Content-Type: multipart/mixed; boundary="${boundary}"\n\n${body}`
}

describe('a message that is one part', () => {
  test('without MIME is text with the number 1', async () => {
    expect(await leaves('Subject: x\n\nbody\n')).toEqual([['1', 'text/plain', 'body\n']])
  })

  test('has an empty content where it has no body', async () => {
    expect(await leaves('Subject: x\n')).toEqual([['1', 'text/plain', '']])
  })

  test('is decoded', async () => {
    const text = 'Content-Type: text/html\nContent-Transfer-Encoding: BASE64\n\nPGI+\n'
    expect(await leaves(text)).toEqual([['1', 'text/html', '<b>']])
  })

  test('with an unknown encoding is taken as it is', async () => {
    expect(await leaves('Content-Transfer-Encoding: x-zip\n\nbody\n')).toEqual([
      ['1', 'text/plain', 'body\n'],
    ])
  })

  test('keeps its octets without copying them', async () => {
    const whole = message('Subject: x\n\nbody\n')
    const [part] = (await leafParts(whole)) ?? []
    expect(part?.octets).toBe(whole.body)
  })

  test('is one part too if it says multipart without a boundary', async () => {
    expect(await leaves('Content-Type: multipart/mixed\n\n--b\n\nx\n')).toEqual([
      ['1', 'text/plain', '--b\n\nx\n'],
    ])
  })

  test('is what the first of two Content-Type fields says', async () => {
    const text = 'Content-Type: text/html\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n'
    expect((await leaves(text))?.map(([number, type]) => [number, type])).toEqual([['1', 'text/html']])
  })
})

describe('the parts of a multipart', () => {
  test('are numbered from 1, without the CRLF before their boundary', async () => {
    const text = multipart('preamble\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n\n--b--\nepilogue\n')
    expect(await leaves(text)).toEqual([
      ['1', 'text/plain', 'one'],
      ['2', 'text/html', 'two\n'],
    ])
  })

  test('nest as IMAP numbers them', async () => {
    const inner = '--c\n\nx\n--c\n\ny\n--c--'
    const text = multipart(
      `--b\n\na\n--b\nContent-Type: multipart/alternative; boundary=c\n\n${inner}\n--b\n\nz\n--b--\n`,
    )
    expect(await leaves(text)).toEqual([
      ['1', 'text/plain', 'a'],
      ['2.1', 'text/plain', 'x'],
      ['2.2', 'text/plain', 'y'],
      ['3', 'text/plain', 'z'],
    ])
  })

  test('count an attached message as one leaf', async () => {
    const attached = 'Content-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n'
    const text = multipart(`--b\nContent-Type: message/rfc822\n\n${attached}\n--b--\n`)
    expect(await leaves(text)).toEqual([['1', 'message/rfc822', attached]])
  })

  test('may be empty', async () => {
    expect(await leaves(multipart('--b\n\n--b\n\n\n--b--\n'))).toEqual([
      ['1', 'text/plain', ''],
      ['2', 'text/plain', ''],
    ])
  })

  test('keep empty lines at both ends of their text', async () => {
    expect(await leaves(multipart('--b\n\n\n\ntext\n\n\n--b--\n'))).toEqual([
      ['1', 'text/plain', '\n\ntext\n\n'],
    ])
  })

  test('may hold lines that look like boundaries', async () => {
    const content = 'text\n-- \nSignature\nwith: colon\n\n--other\nmore\n\n----\nend'
    expect(await leaves(multipart(`--b\n\n${content}\n--b--\n`))).toEqual([['1', 'text/plain', content]])
  })

  test('of long text come back whole', async () => {
    const content = `${'a long line of text\n'.repeat(5_000)}-- \n${'more of it\n'.repeat(5_000)}end`
    expect(await leaves(multipart(`--b\n\n${content}\n--b\n\nsecond\n--b--\n`))).toEqual([
      ['1', 'text/plain', content],
      ['2', 'text/plain', 'second'],
    ])
  })

  test('are decoded each by its own encoding', async () => {
    const text = multipart(
      '--b\nContent-Transfer-Encoding: base64\n\nY2Fm\nw6k=\n--b\nContent-Transfer-Encoding: quoted-printable\n\na=\nb=3D\n--b--\n',
    )
    expect(await leaves(text)).toEqual([
      ['1', 'text/plain', 'caf\xc3\xa9'],
      ['2', 'text/plain', 'ab='],
    ])
  })

  test('have folded and oddly spelled header fields', async () => {
    const text = multipart('--b\ncontent-TYPE :\n\ttext/html;\n charset=x\nX: y\n\nhi\n--b--\n')
    expect(await leaves(text)).toEqual([['1', 'text/html', 'hi']])
  })
})

describe('malformed MIME', () => {
  test('has no boundary in a line that is longer than any boundary, in text or in the header of a part', async () => {
    const long = `--${'b'.repeat(300)}`
    const parts = `--b\n${long}\nContent-Type: text/html\n\n${long}\nx\n--b--\n`
    expect(await leaves(multipart(parts))).toEqual([['1', 'text/html', `${long}\nx`]])
  })

  test('without a closing boundary gives what is there', async () => {
    expect(await leaves(multipart('--b\n\none\n--b\n\ntwo\n'))).toEqual([
      ['1', 'text/plain', 'one'],
      ['2', 'text/plain', 'two\n'],
    ])
  })

  test('without any boundary gives no leaf', async () => {
    expect(await leaves(multipart('text only\n'))).toEqual([])
  })

  test('with a parameter continuation that mailsplit would throw on does no harm', async () => {
    const text = multipart('--b\nContent-Type: text/plain; a*0**=x; a*0*=y\n\none\n--b--\n')
    expect(await leaves(text)).toEqual([['1', 'text/plain', 'one']])
  })

  test.each([
    ['a boundary that closes before it opens', '--b--\n--b\n\nx\n--b--\n'],
    ['boundaries without parts', '--b\n--b\n--b\n--b--\n'],
    ['a part header without end', '--b\nContent-Type: text/plain'],
    ['a boundary at the very end', '--b\n\nx\n--b'],
    ['NUL octets', '--b\n\n\0\0\n--b--\n'],
    [
      'inner boundary equal to the outer',
      '--b\nContent-Type: multipart/x; boundary=b\n\n--b\n\nx\n--b--\n--b--\n',
    ],
    ['nothing', ''],
  ])('such as %s gives parts or none, and no error', async (_what, body) => {
    expect(Array.isArray(await leaves(multipart(body)))).toBe(true)
  })

  test('of any kind never fails, and contents are always octets of the message', async () => {
    const piece = fc.constantFrom(
      '--b\n',
      '--b--\n',
      '--c\n',
      '--c--\n',
      '\n',
      'text\n',
      ' folded\n',
      '--',
      'b',
      '\0',
      '=',
      '"',
      'Content-Type: multipart/mixed; boundary=c\n',
      'Content-Type: text/plain; x*0**=1; x*0*=2; x**=3\n',
      'Content-Type: message/rfc822\n',
      'Content-Disposition: inline; filename*=%%%\n',
      'Content-Transfer-Encoding: base64\n',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async pieces => {
        const whole = message(multipart(pieces.join('')))
        for (const part of (await leafParts(whole)) ?? []) {
          expect(part.number).toMatch(/^\d+(\.\d+)*$/)
          expect(whole.body.includes(part.octets)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('bounds', () => {
  test('on parts make a message of more indeterminate', async () => {
    const whole = message(multipart(`${'--b\n\nx\n'.repeat(20)}--b--\n`))
    expect(await leafParts(whole, { ...defaultMimeBounds, maxParts: 10 })).toBeUndefined()
    expect(await leafParts(whole, { ...defaultMimeBounds, maxParts: 30 })).toHaveLength(20)
  })

  test('on depth are those on parts', async () => {
    let body = 'x\n'
    for (let depth = 0; depth < 40; depth++) {
      body = `--b${depth}\nContent-Type: multipart/mixed; boundary=b${depth - 1}\n\n${body}\n--b${depth}--\n`
    }
    const whole = message(multipart(body, 'b39'))
    expect(await leafParts(whole, { ...defaultMimeBounds, maxParts: 20 })).toBeUndefined()
    expect(await leafParts(whole)).toBeDefined()
  })

  test('on lines that could be boundaries hold for text as well', async () => {
    const whole = message(multipart(`--b\n\n${'-- \n'.repeat(500)}--b--\n`))
    expect(await leafParts(whole, { ...defaultMimeBounds, maxBoundaryLines: 100 })).toBeUndefined()
    expect(await leafParts(whole, { ...defaultMimeBounds, maxBoundaryLines: 1_000 })).toHaveLength(1)
  })

  test('let a part of ten megabytes through without walking its lines', async () => {
    const whole = message(multipart(`--b\n\n${`${'A'.repeat(76)}\n`.repeat(130_000)}--b--\n`))
    const [part] = (await leafParts(whole)) ?? []
    expect(part?.octets.length).toBe(130_000 * 78 - 2)
  })
})
