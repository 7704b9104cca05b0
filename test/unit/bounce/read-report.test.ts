import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readReport } from '../../../src/bounce/read-report.ts'
import type { Report } from '../../../src/bounce/report.ts'
import { messageChunks, readMessage } from '../../../src/message/message.ts'
import { sentBody, sentHeader, shapes } from './report-shapes.ts'

function read(text: string | Buffer) {
  return readReport(readMessage(Buffer.from(text)))
}

async function report(text: string | Buffer): Promise<Report> {
  const found = await read(text)
  if (found.kind !== 'report') throw new Error(`not a report: ${JSON.stringify(found)}`)
  return found
}

function dsn(
  status: string,
  returned = 'Content-Type: text/rfc822-headers\r\n\r\nFrom: a@b.example\r\n',
): string {
  const head = 'Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n'
  const lines = status.replace(/\r?\n/g, '\r\n')
  return `${head}--b\r\nContent-Type: message/delivery-status\r\n\r\n${lines}\r\n--b\r\n${returned}\r\n--b--\r\n`
}

describe.each(shapes)('a report of $name', shape => {
  test('says what happened to whom', async () => {
    const found = await report(shape.text)
    expect(found.form).toBe(shape.form)
    expect(found.recipients).toHaveLength(1)
    expect(found.recipients[0]).toMatchObject({
      finalRecipient: 'box@destination.example',
      action: shape.action,
      status: shape.status,
    })
    if (shape.diagnostic) expect(found.recipients[0]?.diagnosticCode).toMatch(shape.diagnostic)
  })

  test('gives back what it returns, octet for octet', async () => {
    const { returned } = await report(shape.text)
    expect(returned?.hasBody).toBe(shape.returns === 'nothing' ? undefined : shape.returns === 'whole')
    const text = returned && Buffer.concat(messageChunks(returned.message)).toString()
    const whole = `${sentHeader}\r\n\r\n${sentBody}`
    // The last line end may belong to the boundary, or be one more than was sent.
    if (shape.returns === 'whole') expect(text?.trimEnd()).toBe(whole.trimEnd())
    if (shape.returns === 'header') expect(text).toBe(`${sentHeader}\r\n`)
  })
})

describe('the fields of a recipient (RFC 3464 section 2.3)', () => {
  const recipient = async (fields: string) =>
    (await report(dsn(`Reporting-MTA: dns; x\n\n${fields}\n`))).recipients[0]

  test.each([
    ['Final-Recipient: rfc822; a@b.example (the (nested) one)', 'a@b.example'],
    ['Final-Recipient: RFC822;<a@b.example>', 'a@b.example'],
    ['Final-Recipient: rfc822;\n a@b.example', 'a@b.example'],
    ['Final-Recipient: a@b.example', 'a@b.example'],
    ['Final-Recipient: rfc822; "odd (local) part"@b.example', '"odd (local) part"@b.example'],
    ['Final-Recipient: utf-8; j\\x{FC}rgen@b.example', 'jürgen@b.example'],
    ['Final-Recipient: utf-8; jürgen@b.example', 'jürgen@b.example'],
    ['Final-Recipient: utf-8; a\\x{A}b\\x{D800}@b.example', 'a\\x{A}b\\x{D800}@b.example'],
  ])('%s', async (line, address) => {
    expect((await recipient(line))?.finalRecipient).toBe(address)
  })

  test.each([
    ['5.1.1', '5.1.1'],
    ['5.1.1 (bad destination)', '5.1.1'],
    ['(why) 4.4.7', '4.4.7'],
    ['5.1', undefined],
    ['5.1.1.1', undefined],
    ['permanent', undefined],
  ])('Status: %s is read as %s', async (text, status) => {
    expect((await recipient(`Action: failed\nStatus: ${text}`))?.status).toBe(status)
  })

  test('an unknown action is none', async () => {
    expect((await recipient('Final-Recipient: rfc822; a@b\nAction: exploded'))?.action).toBeUndefined()
  })

  test('a diagnostic code keeps its brackets and its semicolons', async () => {
    const found = await recipient('Action: failed\nDiagnostic-Code: smtp; 550 no (really; no)')
    expect(found).toMatchObject({ diagnosticType: 'smtp', diagnosticCode: '550 no (really; no)' })
    expect((await recipient('Action: failed\nDiagnostic-Code: 550 no; no'))?.diagnosticCode).toBe(
      '550 no; no',
    )
  })

  test('no control character survives', async () => {
    const found = await recipient('Action: failed\nDiagnostic-Code: smtp; 550 \x1b[2Jno\tno')
    expect(found?.diagnosticCode).toBe('550  [2Jno no')
  })

  test('values are cut off', async () => {
    const found = await recipient(`Action: failed\nDiagnostic-Code: smtp; 550 ${'x'.repeat(100_000)}`)
    expect(found?.diagnosticCode?.length).toBeLessThan(2_001)
  })
})

describe('a delivery status', () => {
  test('of several recipients gives them all', async () => {
    const groups = ['a', 'b', 'c'].map(name => `Final-Recipient: rfc822; ${name}@x.example\nAction: failed\n`)
    const found = await report(
      dsn(`Reporting-MTA: dns; x\nOriginal-Envelope-Id: env-1\n\n${groups.join('\n')}`),
    )
    expect(found.recipients.map(one => one.finalRecipient)).toEqual([
      'a@x.example',
      'b@x.example',
      'c@x.example',
    ])
    expect(found).toMatchObject({ reportingMta: 'x', originalEnvelopeId: 'env-1' })
  })

  test('whose groups run together is read as one recipient', async () => {
    const found = await report(dsn('Reporting-MTA: dns; x\nFinal-Recipient: rfc822; a@b\nAction: failed\n'))
    expect(found).toMatchObject({ reportingMta: 'x', recipients: [{ finalRecipient: 'a@b' }] })
  })

  test('of more recipients than are read is cut off', async () => {
    const groups = 'Final-Recipient: rfc822; a@x.example\nAction: failed\n\n'.repeat(2_000)
    expect((await report(dsn(groups))).recipients).toHaveLength(1_000)
  })
})

describe('a report that is malformed', () => {
  test('without a recipient', async () => {
    expect(await read(dsn('Reporting-MTA: dns; x\n'))).toMatchObject({ kind: 'malformed' })
  })

  test('without its machine-readable part', async () => {
    const text =
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n'
    expect(await read(text)).toMatchObject({ kind: 'malformed' })
  })

  test('of more parts than are looked at', async () => {
    const parts = '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(30_000)
    expect(await read(`Content-Type: multipart/report; boundary=b\r\n\r\n${parts}--b--\r\n`)).toMatchObject({
      kind: 'malformed',
    })
  })

  test('a letter is none at all', async () => {
    expect(await read('Subject: Hi\r\n\r\nHi. How are you?\r\n')).toEqual({ kind: 'no report' })
  })
})

test('a returned message that is a report itself is not looked into', async () => {
  const inner = dsn(
    'Reporting-MTA: dns; inner\n\nFinal-Recipient: rfc822; inner@x.example\nAction: delayed\n',
  )
  const outer = dsn(
    'Reporting-MTA: dns; outer\n\nFinal-Recipient: rfc822; outer@x.example\nAction: failed\n',
    `Content-Type: message/rfc822\r\n\r\n${inner.replaceAll('=b\r\n', '=i\r\n').replaceAll('--b', '--i')}`,
  )
  const found = await report(outer)
  expect(found.recipients.map(one => one.finalRecipient)).toEqual(['outer@x.example'])
  const again = await readReport(found.returned?.message ?? readMessage(Buffer.alloc(0)))
  expect(again).toMatchObject({ kind: 'report', recipients: [{ finalRecipient: 'inner@x.example' }] })
})

test('eight-bit octets of a returned message stay as they are', async () => {
  const content = Buffer.from('Subject: caf\xe9\r\n\r\n\xff\xfe 8-bit\r\n', 'latin1')
  const [before = '', after = ''] = dsn(
    'Final-Recipient: rfc822; a@b\nAction: failed\n',
    'Content-Type: message/rfc822\r\n\r\n@@@',
  ).split('@@@')
  const found = await report(Buffer.concat([Buffer.from(before), content, Buffer.from(after)]))
  const text = Buffer.concat(messageChunks(found.returned?.message ?? readMessage(Buffer.alloc(0))))
  expect(text.equals(content)).toBe(true)
})

test('the work on a report of 25 MiB is that of a few copies: its octets come back as views, not pieces', async () => {
  const line = `${'A'.repeat(76)}\r\n`
  const body = line.repeat(Math.ceil((25 * 1024 * 1024) / line.length))
  const text = dsn(
    'Final-Recipient: rfc822; a@b\nAction: failed\n',
    `Content-Type: message/rfc822\r\n\r\nFrom: a@b\r\n\r\n${body}`,
  )
  const octets = Buffer.from(text, 'latin1')
  const found = await readReport(readMessage(octets))
  const returned = found.kind === 'report' ? found.returned?.message.body : undefined
  expect(returned?.length).toBe(body.length)
  expect(returned?.buffer).toBe(octets.buffer)
})

test('any octets are read without an error', async () => {
  const texts = shapes.map(shape => Buffer.from(shape.text))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(40),
      async (text, place, junk, dropped) => {
        const at = place % text.length
        const mangled = Buffer.concat([text.subarray(0, at), junk, text.subarray(at + dropped)])
        expect(['report', 'no report', 'malformed']).toContain((await readReport(readMessage(mangled))).kind)
      },
    ),
    { numRuns: 300 },
  )
})
