import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Message, readMessage } from '../../../src/message/message.ts'
import { leafParts } from '../../../src/message/mime-parts.ts'
import { defaultStructureBounds, type MimePart, mimeStructure } from '../../../src/revise/mime-structure.ts'
import { shapes } from '../../vectors/revise/shapes.ts'
import { randomMail } from './mime-trees.ts'
import { message } from './support.ts'

const crlf = Buffer.from('\r\n')

/** Number and octets of each leaf, as this project's reader of parts gives them with mailsplit. */
function leaves(part: MimePart, body: Buffer, number = ''): [string, string][] {
  if (part.header.boundary === undefined) {
    return [[number || '1', body.toString('latin1', part.bodyStart, part.bodyEnd)]]
  }
  return part.parts.flatMap((child, at) => leaves(child, body, `${number && `${number}.`}${at + 1}`))
}

async function expectAsMailsplit(of: Message): Promise<boolean> {
  const structure = mimeStructure(of)
  if (!structure) return false
  if (structure.root.header.boundary === undefined) return true
  // mailsplit sees no boundary in a line without end, and an empty line in a part that is empty.
  const parts = await leafParts({ ...of, body: Buffer.concat([of.body, crlf]) })
  const text = (octets: Buffer) => (octets.equals(crlf) ? '' : octets.toString('latin1'))
  expect(leaves(structure.root, of.body)).toEqual(parts?.map(part => [part.number, text(part.octets)]))
  return true
}

describe('the parts are those that mailsplit finds', () => {
  // mailsplit knows no padding after a boundary (RFC 2046 section 5.1.1 does), and sees a part without an empty line as none.
  const others = [
    'a boundary with white space after it',
    'a part whose header does not end',
    'no parts at all',
  ]
  test.each(shapes.filter(({ name }) => !others.includes(name)))('$name', async ({ octets, place }) => {
    const isClear = await expectAsMailsplit(readMessage(octets))
    if (place !== 'wrapped') expect(isClear).toBe(true)
  })

  test('in random trees', async () => {
    let clear = 0
    await fc.assert(
      fc.asyncProperty(randomMail, async octets => {
        const mail = readMessage(octets)
        const structure = mimeStructure(mail)
        if (structure && isKnownToMailsplit(structure.root) && (await expectAsMailsplit(mail))) clear++
      }),
      { numRuns: 1_000 },
    )
    expect(clear).toBeGreaterThan(300)
  })
})

function isKnownToMailsplit(part: MimePart): boolean {
  return part.header.boundary === undefined || (part.parts.length > 0 && part.parts.every(isKnownToMailsplit))
}

describe('a structure that readers see differently is none', () => {
  const multipart = (body: string, header = 'boundary=b') =>
    mimeStructure(message(`Content-Type: multipart/mixed; ${header}\n\n${body}`))

  test.each([
    ['without its closing boundary', '--b\n\nx\n'],
    ['without any boundary', 'x\n'],
    [
      'whose inner part does not close',
      '--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--b--\n',
    ],
    [
      'whose inner part has the same boundary',
      '--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b--\n',
    ],
    ['whose inner part has no body', '--b\nContent-Type: multipart/mixed; boundary=c\n--b--\n'],
    ['with bare line feeds around its boundaries', '--b\n\nx\n--b--\n'.replaceAll('\n', '\r')],
  ])('%s', (_, body) => expect(multipart(body)).toBeUndefined())

  test('whose boundary ends in white space, or like a closing one', () => {
    expect(multipart('--b \n\nx\n--b --\n', 'boundary="b "')).toBeUndefined()
    expect(multipart('--b--\n\nx\n--b----\n', 'boundary="b--"')).toBeUndefined()
  })

  test('beyond the bounds', () => {
    const body = '--b\n\n--x\n--y\n--b\n\n--b--\n'
    const mail = message(`Content-Type: multipart/mixed; boundary=b\n\n${body}`)
    const within = { maxParts: 3, maxBoundaryLines: 5, maxDepth: 1 }
    expect(mimeStructure(mail, within)).toBeDefined()
    expect(mimeStructure(mail, { ...within, maxParts: 2 })).toBeUndefined()
    expect(mimeStructure(mail, { ...within, maxBoundaryLines: 4 })).toBeUndefined()
    expect(mimeStructure(mail, { ...within, maxDepth: 0 })).toBeUndefined()
  })
})

describe('offsets', () => {
  test('tell where a part begins and ends, and where a line can be put in after it', () => {
    const mail = message('Content-Type: multipart/mixed; boundary=b\n\npre\n--b\nA: x\n\none\n--b--\nafter\n')
    const root = mimeStructure(mail)?.root
    const part = root?.parts[0]
    const at = (text: string) => mail.body.indexOf(text)
    expect(part).toMatchObject({
      headerStart: at('A: x'),
      bodyStart: at('one'),
      bodyEnd: at('\r\n--b--'),
      endLine: at('--b--'),
      isHeaderEnded: true,
    })
    expect(root?.closeLine).toBe(at('--b--'))
  })

  test('of a header that does not end reach to the boundary', () => {
    const mail = message('Content-Type: multipart/mixed; boundary=b\n\n--b\nA: x\n--b--\n')
    expect(mimeStructure(mail)?.root.parts[0]).toMatchObject({ isHeaderEnded: false, bodyStart: 11 })
  })
})

test('a body of a million hyphen lines is given up, not gone through part by part', () => {
  const mail = message(`Content-Type: multipart/mixed; boundary=b\n\n${'--b\n'.repeat(1_000_000)}--b--\n`)
  expect(mimeStructure(mail, defaultStructureBounds)).toBeUndefined()
})
