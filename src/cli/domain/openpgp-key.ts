/** As much of a transferable public key (RFC 9580 section 10.1) as it takes to say whose it is. */
import { createHash } from 'node:crypto'

export interface OpenPgpKey {
  /** Hexadecimal, upper case. */
  readonly fingerprint: string
  readonly userIds: readonly string[]
}

interface Packet {
  readonly tag: number
  readonly body: Buffer
}

/** More packets than a key needs in DNS, which has 64 kilobytes. */
const maxPackets = 1_000
const publicKeyTag = 6
const userIdTag = 13

/** Undefined for what is no such key. Never throws. */
export function readOpenPgpKey(octets: Buffer): OpenPgpKey | undefined {
  const packets = [...packetsOf(octets)]
  const [key] = packets
  const fingerprint = key?.tag === publicKeyTag ? fingerprintOf(key.body) : undefined
  if (fingerprint === undefined) return undefined
  const userIds = packets.filter(({ tag }) => tag === userIdTag).map(({ body }) => body.toString('utf8'))
  return { fingerprint, userIds }
}

/** RFC 9580 section 5.5.4: of the versions 4 and 6. */
function fingerprintOf(body: Buffer): string | undefined {
  const version = body[0]
  if (version !== 4 && version !== 6) return undefined
  const lengthOctets = version === 4 ? 2 : 4
  const length = Buffer.alloc(lengthOctets)
  length.writeUIntBE(body.length, 0, lengthOctets)
  const hash = createHash(version === 4 ? 'sha1' : 'sha256').update(
    Buffer.from([version === 4 ? 0x99 : 0x9b]),
  )
  return hash.update(length).update(body).digest('hex').toUpperCase()
}

/** Ends with the first packet that is cut off or of a length that is not said (RFC 9580 section 4.2). */
function* packetsOf(octets: Buffer): Generator<Packet> {
  let at = 0
  for (let count = 0; at < octets.length && count < maxPackets; count++) {
    const head = octets[at] ?? 0
    if ((head & 0x80) === 0) return
    const isNew = (head & 0x40) !== 0
    const length = isNew ? newLength(octets, at + 1) : oldLength(octets, at + 1, head & 3)
    if (length === undefined || length.end + length.octets > octets.length) return
    const tag = isNew ? head & 0x3f : (head >> 2) & 0x0f
    yield { tag, body: octets.subarray(length.end, length.end + length.octets) }
    at = length.end + length.octets
  }
}

interface PacketLength {
  readonly octets: number
  /** Where the body begins. */
  readonly end: number
}

function newLength(octets: Buffer, at: number): PacketLength | undefined {
  const first = octets[at]
  if (first === undefined) return undefined
  if (first < 192) return { octets: first, end: at + 1 }
  if (first < 224) return { octets: ((first - 192) << 8) + (octets[at + 1] ?? 0) + 192, end: at + 2 }
  return first === 255 && at + 5 <= octets.length
    ? { octets: octets.readUInt32BE(at + 1), end: at + 5 }
    : undefined
}

function oldLength(octets: Buffer, at: number, type: number): PacketLength | undefined {
  const count = [1, 2, 4][type]
  if (count === undefined || at + count > octets.length) return undefined
  return { octets: octets.readUIntBE(at, count), end: at + count }
}
