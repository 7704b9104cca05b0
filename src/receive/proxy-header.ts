/**
 * The header that a balancer sends in front of a connection to say whose it is: the PROXY protocol, versions 1 and 2
 * (haproxy, doc/proxy-protocol.txt, 2020/03/05, sections 2.1 and 2.2). Only its octets are read here.
 */
import { isIPv4, isIPv6 } from 'node:net'
import { crc32c } from './crc32c.ts'

/** Who stands behind a connection, as its header says. */
export interface ProxiedClient {
  /** IP address; IPv4 mapped into IPv6 is given as IPv4. */
  readonly address: string
  readonly port: number
}

export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'wrong'; readonly reason: string }
  /** `length` octets; what follows is the client's. Without a client it is the balancer itself that connects, or it does not know who. */
  | { readonly kind: 'read'; readonly length: number; readonly client?: ProxiedClient }

const incomplete: ProxyHeader = { kind: 'incomplete' }

const signature1 = Buffer.from('PROXY ')
const signature2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** Section 2.1: the longest line, with its CRLF. */
const maxLineBytes = 107

/** What stands before the address block of version 2. */
const fixedBytes = 16

/** Section 2.2 has 16 bits for the length; what balancers add to the addresses (TLS, a name, an id) is some hundred octets. */
const maxBlockBytes = 4_096

/** Reads the header that `octets` begin with; whatever cannot become one any more is wrong at once, and so is what has no end within bounds. */
export function readProxyHeader(octets: Buffer): ProxyHeader {
  if (begins(octets, signature2)) return octets.length < fixedBytes ? incomplete : readVersion2(octets)
  if (begins(octets, signature1)) return readVersion1(octets)
  return wrong('it begins with no PROXY header')
}

/** True for octets that are the beginning of the signature, or that have all of it. */
function begins(octets: Buffer, signature: Buffer): boolean {
  const length = Math.min(octets.length, signature.length)
  return octets.subarray(0, length).equals(signature.subarray(0, length))
}

function wrong(reason: string): ProxyHeader {
  return { kind: 'wrong', reason }
}

// Version 1

function readVersion1(octets: Buffer): ProxyHeader {
  const line = octets.subarray(0, maxLineBytes)
  const end = line.indexOf('\r\n')
  if (end < 0) return line.length < maxLineBytes ? incomplete : wrong('the PROXY line has no end')
  const text = line.toString('latin1', 0, end)
  const length = end + 2
  if (/^PROXY UNKNOWN(?: |$)/.test(text)) return { kind: 'read', length }
  const found = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(text)
  if (found === null) return wrong('the PROXY line is not one of TCP4, TCP6 or UNKNOWN')
  const [, family, source = '', destination = '', ...ports] = found
  const isAddress = family === '4' ? isIPv4 : isPlainIpv6
  const areGood = isAddress(source) && isAddress(destination) && ports.every(isPort)
  if (!areGood) return wrong('the PROXY line has no good addresses and ports')
  return { kind: 'read', length, client: { address: plainAddress(source), port: Number(ports[0]) } }
}

function isPlainIpv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%')
}

function isPort(text: string): boolean {
  return Number(text) <= 65_535 && !/^0\d/.test(text)
}

// Version 2

/** Octets of the address block by family and transport: those that can come to a stream listener (section 2.2). */
const addressBytes: ReadonlyMap<number, number> = new Map([
  [0x11, 12],
  [0x21, 36],
  [0x31, 216],
])

function readVersion2(octets: Buffer): ProxyHeader {
  const command = octets.readUInt8(12)
  const family = octets.readUInt8(13)
  const blockBytes = octets.readUInt16BE(14)
  if (command >> 4 !== 2) return wrong(`PROXY version ${command >> 4} is not known`)
  if (command !== 0x20 && command !== 0x21) return wrong(`PROXY command ${command & 15} is not known`)
  if (blockBytes > maxBlockBytes) return wrong(`a PROXY header of ${blockBytes} octets is too long`)
  const length = fixedBytes + blockBytes
  if (octets.length < length) return incomplete
  // LOCAL is the balancer itself, whatever else it says; UNSPEC does not say who it is.
  if (command === 0x20 || family === 0) return { kind: 'read', length }
  return readAddresses(octets.subarray(0, length), family)
}

function readAddresses(header: Buffer, family: number): ProxyHeader {
  const bytes = addressBytes.get(family)
  if (bytes === undefined)
    return wrong(`PROXY family and transport ${family} are not those of a TCP connection`)
  const block = header.subarray(fixedBytes)
  if (block.length < bytes) return wrong('the PROXY header is too short for its addresses')
  const flaw = flawOfAdditions(header, fixedBytes + bytes)
  if (flaw !== undefined) return wrong(flaw)
  const read = { kind: 'read', length: header.length } as const
  if (family === 0x31) return read
  const isVersion4 = family === 0x11
  const address = isVersion4 ? block.subarray(0, 4).join('.') : plainAddress(ipv6Text(block.subarray(0, 16)))
  return { ...read, client: { address, port: block.readUInt16BE(isVersion4 ? 8 : 32) } }
}

/** The checksum of the whole header, where there is one (section 2.2.3). */
const checksumType = 0x03

/** What is wrong with the type-length-values behind the addresses (section 2.2.6); undefined when nothing is. */
function flawOfAdditions(header: Buffer, from: number): string | undefined {
  let at = from
  while (at < header.length) {
    if (at + 3 > header.length) return 'the PROXY header ends within an addition'
    const length = header.readUInt16BE(at + 1)
    if (at + 3 + length > header.length) return 'an addition of the PROXY header is longer than the header'
    if (header[at] === checksumType && !hasChecksum(header, at + 3, length))
      return 'the checksum of the PROXY header is wrong'
    at += 3 + length
  }
  return undefined
}

function hasChecksum(header: Buffer, at: number, length: number): boolean {
  if (length !== 4) return false
  const withoutIt = Buffer.from(header).fill(0, at, at + 4)
  return crc32c(withoutIt) === header.readUInt32BE(at)
}

function ipv6Text(octets: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => octets.readUInt16BE(2 * at).toString(16))
  return groups.join(':')
}

/** `::ffff:192.0.2.1` in any spelling is 192.0.2.1: networks and counts know it by that. */
function plainAddress(address: string): string {
  if (isIPv4(address)) return address
  const url = URL.parse(`http://[${address}]/`)
  const short = url === null ? address : url.hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short)
  if (mapped === null) return short
  const octets = [mapped[1], mapped[2]].map(group => Number.parseInt(group ?? '', 16))
  return octets.flatMap(group => [group >> 8, group & 255]).join('.')
}
