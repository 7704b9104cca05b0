import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/message/message.ts'
import { readMessage } from '../../../src/message/message.ts'
import { footer } from '../../../src/revise/footer.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import { type Revision, revise } from '../../../src/revise/revision.ts'
import { bodyStepsText, bodyText, leaves, message, received, value, values } from './support.ts'

const ascii = footer({ text: '_____\nThe team list\n' })

/** Revised, proved, and as it arrives. */
function revised(text: string | Message, rule = ascii): Message {
  return received(revision(text, rule).message)
}

function revision(text: string | Message, rule = ascii): Revision {
  const before = typeof text === 'string' ? message(text) : text
  const made = revise(before, [rule])
  expect(proveRevision(before, made)).toEqual({ kind: 'proved' })
  return made
}

function plain(body: string, parameters = '', encoding = '8bit'): string {
  return `MIME-Version: 1.0\nContent-Type: text/plain${parameters}\nContent-Transfer-Encoding: ${encoding}\n\n${body}`
}

function html(body: string, encoding = '7bit'): string {
  return `Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: ${encoding}\n\n${body}`
}

describe('in text', () => {
  test('the footer comes after an empty line, and the recipe copies what was there', () => {
    const made = revision(plain('Hello\n\nBye\n'))
    expect(bodyText(made.message)).toBe('Hello\n\nBye\n\n_____\nThe team list\n')
    expect(bodyStepsText(made)).toBe('1-3')
    expect(made.recipe.headers).toEqual([])
    expect(made.addedFields).toEqual([])
  })

  test('no second empty line is made, and none where there is no text', () => {
    expect(bodyText(revised(plain('Hello\n\n')))).toBe('Hello\n\n_____\nThe team list\n')
    expect(bodyText(revised(plain('')))).toBe('_____\nThe team list\n')
  })

  test('a last line without an end stays without, and without a footer', () => {
    expect(bodyText(revised(plain('Hello')))).toBe('Hello')
    expect(bodyText(revised(html('<body>Hello</body>')))).toBe('<body>Hello</body>')
    expect(bodyText(revised(html('Hello\n</body>')))).toContain('The team list')
  })

  test('a part of a multipart takes it before the line of its boundary', () => {
    const made = revision(
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\nContent-Type: a/b\n\nx\n--b--\n',
    )
    expect(bodyText(made.message)).toBe(
      '--b\n\nHello\n\n_____\nThe team list\n--b\nContent-Type: a/b\n\nx\n--b--\n',
    )
    expect(bodyStepsText(made)).toBe('1-3,7-11')
  })

  test('white space at line ends is dropped, but for a signature separator', () => {
    expect(bodyText(revised(plain('Hello\n'), footer({ text: '-- \nThe team  \r\n\n\n' })))).toBe(
      'Hello\n\n-- \nThe team\n',
    )
  })
})

describe('in quoted-printable', () => {
  const encoded = footer({ text: '-- \na=b, caf\u00e9\nFrom here on\n' })

  test('the footer is encoded, and nothing else is touched', () => {
    const text = plain('Gr=C3=BC=C3=9Fe\n', '; charset=utf-8', 'quoted-printable')
    expect(bodyText(revised(text, encoded))).toBe(
      'Gr=C3=BC=C3=9Fe\n\n--=20\na=3Db, caf=C3=A9\n=46rom here on\n',
    )
  })

  test('a soft line break at the end does not swallow it', async () => {
    const after = revised(plain('Hello=\n', '; charset=utf-8', 'quoted-printable'))
    expect((await leaves(after))[0]?.text).toBe('Hello\n\n_____\nThe team list\n')
  })

  test('long lines are broken at 76 octets', async () => {
    const line = `${'word '.repeat(60)}\u00e9nd`
    const after = revised(plain('Hello\n', '; charset=utf-8', 'quoted-printable'), footer({ text: line }))
    expect(
      Math.max(
        ...bodyText(after)
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(76)
    const [leaf] = await leaves(after)
    expect(Buffer.from(leaf?.text ?? '', 'latin1').toString()).toBe(`Hello\n\n${line}\n`)
  })
})

describe('charsets', () => {
  const wide = footer({ text: 'caf\u00e9' })

  test('UTF-8 and ISO-8859-1 get the footer in their own octets where they are 8bit already', () => {
    expect(bodyText(revised(plain('Gr\xc3\xbc\xc3\x9fe\n', '; charset=utf-8'), wide))).toContain(
      'caf\xc3\xa9\n',
    )
    expect(bodyText(revised(plain('Gr\xfc\xdfe\n', '; charset=iso-8859-1'), wide))).toContain('caf\xe9\n')
    const quoted = plain('Gr=FC=DFe\n', '; charset=windows-1252', 'quoted-printable')
    expect(bodyText(revised(quoted, wide))).toContain('caf=E9\n')
  })

  test.each([
    ['US-ASCII', '; charset=us-ascii', 'Hello\n', '7bit'],
    ['no charset', '', 'Gr\xfc\xdfe\n', '8bit'],
    ['KOI8-R', '; charset=koi8-r', '\xf0\xd2\n', '8bit'],
    ['UTF-8 that is ASCII so far', '; charset=utf-8', 'Hello\n', '8bit'],
    ['UTF-8 in 7bit', '; charset=utf-8', 'Hello\n', '7bit'],
  ])('%s cannot hold it: it goes beside, in UTF-8', async (_, parameters, body, encoding) => {
    const after = revised(plain(body, parameters, encoding), wide)
    expect((await leaves(after)).map(({ text }) => text)).toEqual([body, 'caf\xc3\xa9'])
    expect(bodyText(after)).toContain(
      'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n',
    )
  })

  test('ISO-2022-JP that was left in Japanese comes back to ASCII first', () => {
    const after = revised(plain('\x1b$B$3$s\n', '; charset=iso-2022-jp', '7bit'))
    expect(bodyText(after)).toBe('\x1b$B$3$s\n\x1b(B\n_____\nThe team list\n')
  })
})

describe('format=flowed', () => {
  const flowed = (body: string, encoding = '7bit') =>
    plain(body, '; charset=utf-8; format=flowed; delsp=yes', encoding)

  test('a flowed last line is ended', () => {
    expect(bodyText(revised(flowed('a line that flows \n')))).toBe(
      'a line that flows \n\n\n_____\nThe team list\n',
    )
    expect(bodyText(revised(flowed('a line that flows=20\n', 'quoted-printable')))).toContain(
      '=20\n\n\n_____',
    )
    expect(bodyText(revised(flowed('Hello\n-- \n')))).toBe('Hello\n-- \n\n_____\nThe team list\n')
  })

  test('lines that look like quotations are stuffed, and none flows', () => {
    const rule = footer({ text: '-- \n> list\n indented\nFrom us  \n' })
    expect(bodyText(revised(flowed('Hello\n'), rule))).toBe('Hello\n\n-- \n > list\n  indented\n From us\n')
  })
})

describe('in HTML', () => {
  const rule = footer({ text: '_____\nTeam & "friends"', html: '<hr>\n<p>Team caf\u00e9</p>' })

  test('the footer comes before the line of the end tag', () => {
    const made = revision(html('<html><body>\nHello\n</body></html>\n'), rule)
    expect(bodyText(made.message)).toBe('<html><body>\nHello\n<hr>\n<p>Team caf&#233;</p>\n</body></html>\n')
    expect(bodyStepsText(made)).toBe('1-2,5-5')
  })

  test('a short line with the end tag in it is cut, and given back by the recipe', () => {
    const made = revision(html('<html><body>Hello</body></html>\n'), rule)
    expect(bodyText(made.message)).toBe('<html><body>Hello\n<hr>\n<p>Team caf&#233;</p>\n</body></html>\n')
    expect(bodyStepsText(made)).toBe('data 1')
  })

  test('in quoted-printable the cut is a soft line break', async () => {
    const after = revised(html('<body style=3D"x">Hello</body>\n', 'quoted-printable'), rule)
    expect(bodyText(after)).toBe('<body style=3D"x">Hello=\n<hr>\n<p>Team caf&#233;</p>\n</body>\n')
    expect((await leaves(after))[0]?.text).toBe('<body style="x">Hello<hr>\n<p>Team caf&#233;</p>\n</body>\n')
  })

  test('a long line is not cut: the footer comes at the end', () => {
    const made = revision(html(`${'<p>x</p>'.repeat(100)}</body>\n`), rule)
    expect(bodyText(made.message)).toMatch(/<\/body>\n<hr>\n<p>Team caf&#233;<\/p>\n$/)
    expect(bodyStepsText(made)).toBe('1-1')
  })

  test('an end tag is found however much that is not shown follows it', () => {
    const made = revision(html(`</body>\n${'<!-- x -->\n'.repeat(10_000)}`), rule)
    expect(bodyStepsText(made)).toBe('3-10003')
  })

  test('is made of the text where there is none', () => {
    const after = revised(html('Hello\n'), footer({ text: '-----\nTeam & "friends" <x>\ncaf\u00e9' }))
    expect(bodyText(after)).toBe(
      'Hello\n<hr>\n<p>\nTeam &amp; &quot;friends&quot; &lt;x&gt;<br>\ncaf&#233;\n</p>\n',
    )
  })
})

describe('a wrapped message', () => {
  const header =
    'MIME-Version: 1.0\nContent-Type: text/plain;\n charset=utf-8\nContent-Transfer-Encoding: base64\nContent-Language: de\n'
  const made = revision(`${header}Subject: x\n\nSGVsbG8K\n`)
  const after = received(made.message)

  test('holds the content with its own fields, and then the footer', () => {
    const boundary = /boundary="(.*)"/.exec(value(after, 'Content-Type') ?? '')?.[1]
    expect(boundary).toMatch(/^=_[0-9a-f]{32}$/)
    expect(bodyText(after)).toBe(
      `--${boundary}\nContent-Type: text/plain;\n charset=utf-8\nContent-Transfer-Encoding: base64\nContent-Language: de\n\nSGVsbG8K\n\n--${boundary}\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\nContent-Disposition: inline\n\n_____\nThe team list\n--${boundary}--\n`,
    )
    expect(after.fields.map(({ name }) => name)).toEqual(['MIME-Version', 'Content-Type', 'Subject'])
  })

  test('is unwrapped by a copy of the content and the values of its fields', () => {
    expect(bodyStepsText(made)).toBe('7-7')
    expect(made.recipe.headers.map(({ name }) => name).sort()).toEqual([
      'Content-Language',
      'Content-Transfer-Encoding',
      'Content-Type',
    ])
  })

  test('becomes MIME if it was none', () => {
    const wide = revised('Subject: x\n\nHello\n', footer({ text: 'caf\u00e9' }))
    expect(value(wide, 'MIME-Version')).toBe('1.0')
    expect(value(wide, 'Content-Type')).toMatch(/^multipart\/mixed/)
  })

  test('says 8bit where its content does (RFC 2045 section 6.4)', () => {
    const calendar = 'Content-Type: text/calendar\nContent-Transfer-Encoding: 8bit\n\nSUMMARY:caf\xc3\xa9\n'
    const both = revision(calendar)
    expect(values(both.message, 'Content-Transfer-Encoding')).toEqual(['8bit'])
    expect(both.recipe.headers.map(({ name }) => name).sort()).toEqual(['Content-Type', 'MIME-Version'])
  })

  test('has the same boundary each time, and another where the content differs in one octet', () => {
    const boundary = (text: string) => value(revised(plain(text, '', 'base64')), 'Content-Type')
    expect(boundary('QUFB\n')).toBe(boundary('QUFB\n'))
    expect(boundary('QUFB\n')).not.toBe(boundary('QUFC\n'))
  })

  test('stays below 1 KB of recipe with a body of 10 MiB', () => {
    const body = `${'A'.repeat(76)}\n`.repeat(136_000)
    const big = revision(plain(body, '', 'base64'))
    expect(bodyStepsText(big)).toBe('5-136004')
  })
})

describe('a multipart/mixed that is there', () => {
  test('takes the footer as its last part', () => {
    const before =
      'Content-Type: multipart/mixed; boundary="a b"\n\n--a b\nContent-Type: image/png\n\nx\n--a b--\nafter\n'
    const made = revision(before)
    expect(bodyText(made.message)).toBe(
      '--a b\nContent-Type: image/png\n\nx\n--a b\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\nContent-Disposition: inline\n\n_____\nThe team list\n--a b--\nafter\n',
    )
    expect(bodyStepsText(made)).toBe('1-4,12-13')
  })
})

test('a footer that would be a boundary of the message is kept out of it', () => {
  const rule = footer({ text: '--------\nThe team list' })
  for (const boundary of ['------', '------x', '--']) {
    const after = revised(
      `Content-Type: multipart/mixed; boundary="${boundary}"\n\n--${boundary}\n\nHello\n--${boundary}--\n`,
      rule,
    )
    const isWrapped = /boundary="=_/.test(value(after, 'Content-Type') ?? '')
    expect(isWrapped).toBe(boundary !== '------x')
  }
})

test('the octets of a message that is not touched are shared, not copied', () => {
  const before = readMessage(Buffer.from('Subject: x\r\n\r\nHello\r\n'))
  expect(revise(before, []).message).toBe(before)
})

describe('a footer that cannot be sent is refused', () => {
  test.each([
    '',
    '\n\n',
    '  ',
    'a\0b',
    'a\rb',
    'a\x1b$Bb',
    'a\u0085',
    '\ud800',
    'x'.repeat(1_000),
    'x\n'.repeat(101),
  ])('%j', text => {
    expect(() => footer({ text })).toThrow(RangeError)
    expect(() => footer({ text: 'x', html: text })).toThrow(RangeError)
  })
})
