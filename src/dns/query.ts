/** A question as it goes over the wire (RFC 1035 section 4.1, EDNS0 of RFC 6891). */
import packet from 'dns-packet'

/** The types that are asked for. */
export type QueryType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'SRV' | 'TXT' | 'TLSA'

export interface Query {
  /** 0 to 65535, unpredictable: who guesses it can answer in place of the server (RFC 5452 section 4). */
  readonly id: number
  /** As `queryName` gives it. */
  readonly name: string
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

/** The octets of the question, for a server that looks the answer up for us (RD). */
export function encodeQuery({ id, name, type }: Query, { edns, dnssec }: QueryOptions): Buffer {
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED | (dnssec ? packet.AUTHENTIC_DATA : 0),
    questions: [{ type, name, class: 'IN' }],
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
