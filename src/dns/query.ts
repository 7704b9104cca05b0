/** A question as it goes over the wire (RFC 1035 section 4.1, EDNS0 of RFC 6891). */
import packet, { type RecordType } from 'dns-packet'

/** The types that are asked for. */
export type QueryType =
  | 'A'
  | 'AAAA'
  | 'CNAME'
  | 'MX'
  | 'PTR'
  | 'SRV'
  | 'TXT'
  | 'TLSA'
  // As dns-packet calls types that it has no name for: SMIMEA, OPENPGPKEY and URI.
  | 'UNKNOWN_53'
  | 'UNKNOWN_61'
  | 'UNKNOWN_256'

export interface Query {
  /** 0 to 65535, unpredictable: who guesses it can answer in place of the server (RFC 5452 section 4). */
  readonly id: number
  /** As `queryName` gives it. */
  readonly name: string
  /** The same name as it stands in the question; see `mixedCase`. */
  readonly spelling: string
  /** Only an answer that repeats the spelling is one. */
  readonly isSpellingKept: boolean
  readonly type: QueryType
}

/**
 * Octets of an answer over UDP that are taken. Larger ones are split into fragments, which get lost and can be forged; what does
 * not fit comes over TCP.
 */
export const udpPayloadOctets = 1_232

export interface QueryOptions {
  /** Without EDNS an answer has at most 512 octets, and some old servers understand nothing else. */
  readonly edns: boolean
  /** DNSSEC records are welcome (DO), and the AD bit of the answer will be read (RFC 6840 section 5.7). */
  readonly dnssec: boolean
}

/**
 * A name in letters of which each is large or small by chance: servers repeat the question as it was put, and who guesses an answer
 * has to guess that too (draft-vixie-dnsext-dns0x20).
 *
 * @param random as many random octets as the name has letters
 */
export function mixedCase(name: string, random: (octets: number) => Buffer): string {
  const bits = random(name.length)
  const letters = [...name].map((letter, at) => ((bits[at] ?? 0) & 1 ? letter.toUpperCase() : letter))
  return letters.join('')
}

/** The type as dns-packet takes it: it knows numbers too, which its types do not say. */
export function recordType(type: QueryType): RecordType {
  return type as RecordType
}

/** The octets of the question, for a server that looks the answer up for us (RD). */
export function encodeQuery({ id, spelling, type }: Query, { edns, dnssec }: QueryOptions): Buffer {
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED | (dnssec ? packet.AUTHENTIC_DATA : 0),
    questions: [{ type: recordType(type), name: spelling, class: 'IN' }],
    additionals: edns ? [optionRecord(dnssec)] : [],
  })
}

function optionRecord(dnssec: boolean): packet.OptAnswer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: udpPayloadOctets,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: dnssec ? packet.DNSSEC_OK : 0,
    flag_do: dnssec,
    options: [],
  }
}
