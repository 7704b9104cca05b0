import { describe, expect, test } from 'vitest'
import { fieldValue } from '../../../src/message/message.ts'
import { protocolName } from '../../../src/receive/protocol.ts'
import type { Received } from '../../../src/receive/received.ts'
import { dateTime, receivedField } from '../../../src/receive/received-field.ts'
import type { Peer } from '../../../src/record/peer.ts'

const received: Received = {
  queueId: '01JD-7',
  receivedAtMilliseconds: Date.UTC(2026, 10, 21, 9, 8, 7),
  listener: 'mx',
  peer: { address: '192.0.2.1', port: 40_000, helo: 'client.example', protocol: 'ESMTP' },
  envelope: { reversePath: 'author@origin.example', forwardPaths: ['team@alias.example'], smtpUtf8: false },
  octets: Buffer.alloc(0),
  roles: [],
  trusted: false,
}

function textOf(changes: Partial<Omit<Received, 'peer'>> & { peer?: Partial<Peer> }): string {
  const { peer, ...others } = changes
  const changed = { ...received, ...others, peer: { ...received.peer, ...peer } }
  return receivedField(changed, { hostname: 'relay.example' }).octets.toString()
}

describe('the trace field (RFC 5321 section 4.4)', () => {
  test('names peer, relay, protocol, queue id, recipient and time, folded', () => {
    expect(textOf({})).toBe(
      'Received: from client.example ([192.0.2.1])\r\n' +
        '\tby relay.example with ESMTP id 01JD-7\r\n' +
        '\tfor <team@alias.example>;\r\n' +
        '\tSat, 21 Nov 2026 09:08:07 +0000\r\n',
    )
  })

  test('TLS stands in a comment, the reverse DNS name before the address', () => {
    const peer = {
      protocol: 'ESMTPS' as const,
      hostname: 'mx.client.example',
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    }
    expect(textOf({ peer })).toContain(
      'from client.example (mx.client.example [192.0.2.1])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n\tby relay.example with ESMTPS id',
    )
  })

  test('an IPv6 address is an address literal', () => {
    expect(textOf({ peer: { address: '2001:db8::1' } })).toContain('([IPv6:2001:db8::1])')
  })

  test('several recipients are not revealed', () => {
    const envelope = { ...received.envelope, forwardPaths: ['team@alias.example', 'board@alias.example'] }
    expect(textOf({ envelope })).not.toContain('alias.example')
  })

  test('a mailbox with UTF-8 stands there as its octets (RFC 6531)', () => {
    const envelope = { ...received.envelope, forwardPaths: ['用户@alias.example'], smtpUtf8: true }
    expect(textOf({ envelope, peer: { protocol: 'UTF8SMTP' } })).toContain(
      'with UTF8SMTP id 01JD-7\r\n\tfor <用户@alias.example>;',
    )
  })

  test('words from outside cannot end a comment or a line', () => {
    const tls = { version: 'TLS)\r\nX: y', cipher: '(' }
    expect(textOf({ queueId: 'a;\r\nb', peer: { tls } })).toContain(
      '(using TLS___X__y with cipher _)\r\n\tby relay.example with ESMTP id a___b\r\n',
    )
  })

  test('is one field whose value unfolds', () => {
    const field = receivedField(received, { hostname: 'relay.example' })
    expect(field.name).toBe('Received')
    expect(fieldValue(field)).toMatch(/^from client\.example .*; ?\tSat, 21 Nov 2026 09:08:07 \+0000$/)
  })

  test('the date is that of RFC 5322', () => {
    expect(dateTime(Date.UTC(2026, 0, 4, 23, 0, 9))).toBe('Sun, 04 Jan 2026 23:00:09 +0000')
  })
})

describe('the word after with (RFC 3848, RFC 6531)', () => {
  const plain = { isExtended: true, isTls: false, isAuthenticated: false, smtpUtf8: false }
  test.each([
    [{ ...plain, isExtended: false }, 'SMTP'],
    [{ ...plain, isExtended: false, isTls: true }, 'SMTP'],
    [plain, 'ESMTP'],
    [{ ...plain, isTls: true }, 'ESMTPS'],
    [{ ...plain, isTls: true, isAuthenticated: true }, 'ESMTPSA'],
    [{ ...plain, isAuthenticated: true }, 'ESMTPA'],
    [{ ...plain, smtpUtf8: true }, 'UTF8SMTP'],
    [{ ...plain, smtpUtf8: true, isTls: true, isAuthenticated: true }, 'UTF8SMTPSA'],
  ] as const)('%j is %s', (session, name) => expect(protocolName(session)).toBe(name))
})
