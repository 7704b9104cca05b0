/** What becomes of a submitted message before it is signed (RFC 6409 section 8), and whose name it may not bear. */
import { describe, expect, test } from 'vitest'
import type { Received } from '../../../../src/receive/received.ts'
import { submittedMessage } from '../../../../src/service/submission/submitted-message.ts'

const ann = {
  accountId: 1,
  name: 'ann',
  senders: ['ann@alias.example', '@sales.example'],
  dailyLimit: null,
  changedAt: 0,
}

function submitted(fields: readonly string[], reversePath = 'ann@alias.example', body = 'text\r\n') {
  const octets = Buffer.from(`${fields.map(field => `${field}\r\n`).join('')}\r\n${body}`)
  const received: Received = {
    queueId: 'Q1',
    receivedAtMilliseconds: Date.UTC(2026, 10, 21, 10, 20, 30),
    listener: 'submission',
    peer: { address: '192.0.2.1', port: 1, helo: 'client.example', protocol: 'ESMTPSA' },
    envelope: { reversePath, forwardPaths: ['you@far.example'], smtpUtf8: false },
    roles: [{ kind: 'originate' }],
    octets,
    trusted: true,
    submitter: ann,
  }
  return { received, result: submittedMessage(received, ann, octets => Buffer.alloc(octets, 0xab)) }
}

function textOf(fields: readonly string[], reversePath?: string): string {
  const { result } = submitted(fields, reversePath)
  if (result.kind === 'refused') throw new Error(result.reply.text)
  return result.received.octets.toString()
}

const whole = ['From: Ann <ann@alias.example>', 'Date: Sat, 21 Nov 2026 10:00:00 +0000', 'Message-ID: <1@x>']

describe('a submitted message', () => {
  test('that has everything stays the very same octets', () => {
    const { received, result } = submitted(whole)
    expect(result).toEqual({ kind: 'taken', received })
    expect(result.kind === 'taken' && result.received.octets).toBe(received.octets)
  })

  test('gets a missing Date and Message-ID, above what it had', () => {
    expect(textOf(['From: ann@alias.example', 'Subject: x'])).toBe(
      'Date: Sat, 21 Nov 2026 10:20:30 +0000\r\n' +
        `Message-ID: <Q1.${'ab'.repeat(12)}@alias.example>\r\n` +
        'From: ann@alias.example\r\nSubject: x\r\n\r\ntext\r\n',
    )
  })

  test('loses Bcc and Resent-Bcc, folded ones too, and nothing else', () => {
    const text = textOf([
      ...whole,
      'BCC: secret@far.example,\r\n other@far.example',
      'Resent-Bcc: x@y.example',
      'Cc: c@d.example',
    ])
    expect(text).toBe(`${[...whole, 'Cc: c@d.example'].join('\r\n')}\r\n\r\ntext\r\n`)
  })

  test.each([
    ['of another address of the account', ['From: boss@sales.example'], 'Sender: <ann@alias.example>'],
    ['with two authors', ['From: ann@alias.example, boss@sales.example'], 'Sender: <ann@alias.example>'],
  ])('with a From %s gets a Sender', (_, fields, sender) => {
    expect(textOf([...fields, ...whole.slice(1)])).toBe(
      `${[sender, ...fields, ...whole.slice(1)].join('\r\n')}\r\n\r\ntext\r\n`,
    )
  })

  test.each([
    ['ANN@Alias.Example', whole],
    ['ann@alias.example', [...whole, 'Sender: boss@sales.example']],
  ])('from %s keeps the Sender that it has, or needs none', (reversePath, fields) => {
    expect(textOf(fields, reversePath)).toBe(`${fields.join('\r\n')}\r\n\r\ntext\r\n`)
  })

  test('fills an ArrayBuffer of its own where it was changed', () => {
    const { result } = submitted(['From: ann@alias.example'])
    const octets = result.kind === 'taken' ? result.received.octets : Buffer.alloc(0)
    expect(octets.buffer.byteLength).toBe(octets.length)
  })
})

describe('is refused', () => {
  test.each([
    ['From of somebody else', ['From: bob@alias.example']],
    ['From of a foreign domain', ['From: ann@bank.example']],
    ['one author of two', ['From: ann@alias.example, bob@alias.example']],
    ['a group with somebody else', ['From: us: ann@alias.example, boss@bank.example;']],
    ['Sender of somebody else', ['From: ann@alias.example', 'Sender: bob@alias.example']],
    ['a second address that some readers show', ['From: boss@bank.example <ann@alias.example>']],
    ['a domain in a comment of the address', ['From: <ann@alias.example> <boss@bank.example>']],
  ])('%s, with the address', (_, fields) => {
    const { result } = submitted([...fields, ...whole.slice(1)])
    expect(result).toMatchObject({
      kind: 'refused',
      reply: { code: 550, enhanced: '5.7.1', text: expect.stringMatching(/^ann may not send as .*@/) },
    })
  })

  test.each([
    ['no From', []],
    ['two From', ['From: ann@alias.example', 'From: bob@bank.example']],
    ['two From, one as only lenient readers know it', ['From: ann@alias.example', 'From : bob@bank.example']],
    ['two Sender', ['From: ann@alias.example', 'Sender: ann@alias.example', 'Sender: ann@alias.example']],
    ['a From without an address', ['From: undisclosed:;']],
  ])('%s', (_, fields) => {
    const { result } = submitted([...fields, ...whole.slice(1)])
    expect(result).toMatchObject({ kind: 'refused', reply: { code: 550, enhanced: '5.6.0' } })
  })
})
