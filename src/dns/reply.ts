/**
 * What a name server sent, held against the question (RFC 1035 section 4, RFC 5452 section 9.1). Whatever the octets are, reading
 * them ends soon and throws nothing.
 */
import packet from 'dns-packet'
import { normalName, withoutFinalDot } from './name.ts'
import type { Query } from './query.ts'

export type Reply =
  /** Not an answer to this question: over UDP anybody can send such a thing. */
  | { readonly kind: 'unrelated' }
  /** Nobody can read it: it may be anybody's. */
  | { readonly kind: 'malformed' }
  /** It answers the question in other letters: a guess, or a server that does not keep them. */
  | { readonly kind: 'respelled'; readonly reply: Reply }
  /** The whole answer is to be had over TCP. */
  | { readonly kind: 'truncated' }
  /** The server understood nothing, perhaps because of EDNS (RFC 6891 section 7). */
  | { readonly kind: 'not-understood'; readonly cause: string }
  /** The server cannot tell, or does not want to. */
  | { readonly kind: 'failure'; readonly cause: string }
  | ReplyAnswer

export interface ReplyAnswer {
  readonly kind: 'answer'
  /** False: the name at the end of all aliases does not exist (NXDOMAIN). */
  readonly exists: boolean
  /** The AD bit, whoever set it. */
  readonly authenticData: boolean
  readonly records: readonly packet.Answer[]
  /** How long it is good for that something is absent (RFC 2308 section 5); undefined where the answer does not tell. */
  readonly negativeTtlSeconds: number | undefined
}

/**
 * Records of one answer, of all sections. The name of each may lead through thousands of pointers (RFC 1035 section 4.1.4), so their
 * number is what bounds the work: the worst answer takes a tenth of a second. Real answers have some dozens.
 */
const maxRecords = 300

const headerOctets = 12

const causes: Readonly<Record<number, string>> = {
  1: 'the server did not understand the query',
  2: 'server failure',
  4: 'the server does not implement the query',
  5: 'query refused',
  16: 'the server does not know this version of EDNS',
}

/** Reads octets that came from a server. */
export function readReply(octets: Buffer, query: Query): Reply {
  if (octets.length < headerOctets || octets.readUInt16BE(0) !== query.id) return { kind: 'unrelated' }
  const counts = [4, 6, 8, 10].map(at => octets.readUInt16BE(at))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const decoded = total > maxRecords ? undefined : decode(octets)
  if (decoded === undefined) return headerAlone(octets)
  if (!decoded.flag_qr || (decoded.flags ?? 0) & opcodeMask) return { kind: 'unrelated' }
  const code = replyCode(decoded)
  if (decoded.questions?.length === 0 && (code === 1 || code === 16)) return withoutAnswer(code)
  if (!repeatsQuestion(decoded, query)) return { kind: 'unrelated' }
  const reply = told(decoded, code)
  return isSpelledAs(decoded, query) ? reply : { kind: 'respelled', reply }
}

function told(decoded: packet.DecodedPacket, code: number): Reply {
  if (decoded.flag_tc) return { kind: 'truncated' }
  if (code !== 0 && code !== nameError) return withoutAnswer(code)
  return answer(decoded, code)
}

const opcodeMask = 0x7800
const nameError = 3

function decode(octets: Buffer): packet.DecodedPacket | undefined {
  try {
    return packet.decode(octets)
  } catch {
    return undefined
  }
}

/** An answer that cannot be read. One that is cut off may say so in its header, and is whole over TCP. */
function headerAlone(octets: Buffer): Reply {
  const flags = octets.readUInt16BE(2)
  return { kind: flags & packet.TRUNCATED_RESPONSE ? 'truncated' : 'malformed' }
}

/** The reply code with the eight bits that EDNS puts before it (RFC 6891 section 6.1.3). */
function replyCode({ flags = 0, additionals = [] }: packet.DecodedPacket): number {
  const option = additionals.find(record => record.type === 'OPT')
  return ((option?.type === 'OPT' ? option.extendedRcode : 0) << 4) | (flags & 0x0f)
}

function repeatsQuestion({ questions = [] }: packet.DecodedPacket, query: Query): boolean {
  const [question] = questions
  if (question === undefined || questions.length !== 1) return false
  const { name, type, class: klass } = question
  return normalName(name) === query.name && type === query.type && klass === 'IN'
}

function isSpelledAs({ questions = [] }: packet.DecodedPacket, { spelling, isSpellingKept }: Query): boolean {
  return !isSpellingKept || withoutFinalDot(questions[0]?.name ?? '') === spelling
}

function withoutAnswer(code: number): Reply {
  const cause = causes[code] ?? `reply code ${code}`
  return { kind: code === 1 || code === 4 || code === 16 ? 'not-understood' : 'failure', cause }
}

function answer(decoded: packet.DecodedPacket, code: number): Reply {
  const { answers: records = [], authorities = [] } = decoded
  const start = authorities.find(record => record.type === 'SOA')
  // A server that neither knows the name itself nor looks it up for others has only pointed elsewhere, or says nothing.
  const isSilent = records.length === 0 && start === undefined
  const isReferral = isSilent && authorities.some(record => record.type === 'NS')
  if (!decoded.flag_aa && (isReferral || (isSilent && !decoded.flag_ra))) {
    return { kind: 'failure', cause: 'lame server' }
  }
  return {
    kind: 'answer',
    exists: code !== nameError,
    authenticData: decoded.flag_ad,
    records,
    negativeTtlSeconds:
      start?.type === 'SOA' ? Math.min(lifetimeSeconds(start), start.data.minimum ?? 0) : undefined,
  }
}

/** The TTL of a record; one with the highest bit set counts as 0 (RFC 2181 section 8). */
export function lifetimeSeconds(record: packet.Answer): number {
  const ttl = 'ttl' in record ? (record.ttl ?? 0) : 0
  return ttl > 0x7fff_ffff ? 0 : ttl
}
