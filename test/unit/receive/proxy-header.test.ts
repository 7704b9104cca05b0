/** The header of the PROXY protocol, versions 1 and 2 (haproxy, doc/proxy-protocol.txt, sections 2.1 and 2.2). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../../src/receive/crc32c.ts'
import { readProxyHeader } from '../../../src/receive/proxy-header.ts'
import { addition, proxyHeader2, tcp4Block, tcp6Block, withChecksum } from '../../support/proxy-header.ts'

const read = (text: string) => readProxyHeader(Buffer.from(text, 'latin1'))
const ehlo = Buffer.from('EHLO client.example\r\n')

const tcp4 = proxyHeader2(0x21, 0x11, tcp4Block([198, 51, 100, 7], 40_000))
const longest1 = 'PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n'

describe('a client is told by', () => {
  test.each([
    ['TCP4', 'PROXY TCP4 198.51.100.7 192.0.2.25 40000 25\r\n', '198.51.100.7', 40_000],
    ['TCP6', 'PROXY TCP6 2001:db8::7 2001:db8::25 0 25\r\n', '2001:db8::7', 0],
    ['TCP6 of a mapped address', 'PROXY TCP6 ::FFFF:198.51.100.7 ::1 65535 25\r\n', '198.51.100.7', 65_535],
  ])('version 1, %s', (_what, line, address, port) => {
    expect(read(`${line}EHLO x`)).toEqual({ kind: 'read', length: line.length, client: { address, port } })
  })

  test.each([
    ['TCP4', 0x11, tcp4Block([198, 51, 100, 7], 40_000), '198.51.100.7', 40_000],
    ['TCP6', 0x21, tcp6Block(`20010db8${'0'.repeat(23)}7`, 513), '2001:db8::7', 513],
    ['TCP6 of a mapped address', 0x21, tcp6Block(`${'0'.repeat(20)}ffffc6336407`, 1), '198.51.100.7', 1],
    [
      'TCP4 with additions',
      0x11,
      Buffer.concat([tcp4Block([198, 51, 100, 7], 1), addition(2, Buffer.from('mx.example'))]),
      '198.51.100.7',
      1,
    ],
  ])('version 2, %s', (_what, family, block, address, port) => {
    const header = proxyHeader2(0x21, family, block)
    expect(readProxyHeader(Buffer.concat([header, ehlo]))).toEqual({
      kind: 'read',
      length: header.length,
      client: { address, port },
    })
  })
})

test.each([
  ['version 1, UNKNOWN', Buffer.from(longest1)],
  ['version 1, UNKNOWN alone', Buffer.from('PROXY UNKNOWN\r\n')],
  ['version 2, LOCAL', proxyHeader2(0x20, 0, Buffer.alloc(0))],
  ['version 2, LOCAL with addresses that mean nothing', proxyHeader2(0x20, 0x11, Buffer.alloc(12))],
  ['version 2, UNSPEC', proxyHeader2(0x21, 0, Buffer.alloc(3))],
  ['version 2, a local socket', proxyHeader2(0x21, 0x31, Buffer.alloc(216))],
])('no client is told by %s', (_what, header) => {
  expect(readProxyHeader(Buffer.concat([header, ehlo]))).toEqual({ kind: 'read', length: header.length })
})

test.each([
  ['a command of SMTP', Buffer.from('EHLO client.example\r\n')],
  ['a TLS handshake', Buffer.from([22, 3, 1])],
  ['lower case', Buffer.from('proxy TCP4 ')],
  ['TCP4 with an address of version 6', Buffer.from('PROXY TCP4 ::1 ::1 1 1\r\n')],
  ['TCP6 with a zone', Buffer.from('PROXY TCP6 fe80::1%eth0 ::1 1 1\r\n')],
  ['a name for an address', Buffer.from('PROXY TCP4 mx.example 192.0.2.1 1 1\r\n')],
  ['a port beyond 65535', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.1 65536 1\r\n')],
  ['two spaces', Buffer.from('PROXY TCP4  192.0.2.1 192.0.2.1 1 1\r\n')],
  ['a missing port', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.1 1\r\n')],
  ['UDP4', Buffer.from('PROXY UDP4 192.0.2.1 192.0.2.1 1 1\r\n')],
  ['UNKNOWNS', Buffer.from('PROXY UNKNOWNS\r\n')],
  ['no CR LF within 107 octets', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(93)}`)],
  ['LF alone, within 107 octets', Buffer.from(`PROXY UNKNOWN\n${'x'.repeat(93)}`)],
  ['version 3', Buffer.concat([tcp4.subarray(0, 12), Buffer.from([0x31]), tcp4.subarray(13)])],
  ['an unknown command', proxyHeader2(0x22, 0x11, Buffer.alloc(12))],
  ['UDP in version 2', proxyHeader2(0x21, 0x12, Buffer.alloc(12))],
  ['an unknown family', proxyHeader2(0x21, 0x41, Buffer.alloc(12))],
  ['a block shorter than its addresses', proxyHeader2(0x21, 0x11, Buffer.alloc(11))],
  ['a block of 64 kB', proxyHeader2(0x21, 0x11, Buffer.alloc(65_535)).subarray(0, 16)],
  [
    'half an addition',
    proxyHeader2(0x21, 0x11, Buffer.concat([tcp4Block([1, 2, 3, 4], 1), Buffer.from([1, 0])])),
  ],
  [
    'an addition longer than the header',
    proxyHeader2(0x21, 0x11, Buffer.concat([tcp4Block([1, 2, 3, 4], 1), Buffer.from([1, 0, 9, 0])])),
  ],
])('wrong is %s', (_what, octets) => {
  expect(readProxyHeader(octets)).toMatchObject({ kind: 'wrong' })
})

test('every beginning of a header waits for the rest', () => {
  for (const header of [Buffer.from('PROXY TCP4 198.51.100.7 192.0.2.25 40000 25\r\n'), tcp4]) {
    for (let length = 0; length < header.length; length++)
      expect(readProxyHeader(header.subarray(0, length))).toEqual({ kind: 'incomplete' })
  }
})

test('a checksum must be that of the header', () => {
  // RFC 3720 appendix B.4: 32 octets of zeros.
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  const header = withChecksum(0x21, 0x11, tcp4Block([198, 51, 100, 7], 40_000))
  expect(readProxyHeader(header)).toMatchObject({ client: { address: '198.51.100.7' } })
  for (const at of [16, header.length - 1]) {
    const changed = Buffer.from(header)
    changed.writeUInt8((changed[at] ?? 0) ^ 1, at)
    expect(readProxyHeader(changed)).toMatchObject({ kind: 'wrong' })
  }
})

test('whatever comes is read, wrong or incomplete, and what is read is no longer than what came', () => {
  const anything = fc.uint8Array({ maxLength: 300 })
  const beginnings = fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from('PROXY '),
    tcp4.subarray(0, 12),
    tcp4.subarray(0, 16),
  )
  fc.assert(
    fc.property(beginnings, anything, (beginning, rest) => {
      const octets = Buffer.concat([beginning, rest])
      const header = readProxyHeader(octets)
      if (header.kind === 'read') expect(header.length).toBeLessThanOrEqual(octets.length)
      if (header.kind === 'incomplete') expect(octets.length).toBeLessThan(16 + 4_096)
    }),
  )
})
