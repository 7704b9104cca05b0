/**
 * What the relay asks of DNS, and the three things that can come back (RFC 1035, RFC 2308).
 * "There is no such record" is an answer; "I could not find out" is not. Nothing here throws for what DNS does.
 */

/** What is known of an answer beside its records. */
export interface AnswerFacts {
  /** How long it is good for; absent: not known. */
  readonly ttlSeconds?: number
  /**
   * The answer, with every alias that led to it, was validated with DNSSEC (RFC 4035 section 3.2.3) by a resolver that the
   * operator trusts. Absent: it was not, or nobody can tell.
   */
  readonly authentic?: true
  /** The name at which an alias of the name that was asked for ends: lower case, without a final dot. Absent: no alias. */
  readonly canonicalName?: string
}

export interface Absent extends AnswerFacts {
  readonly kind: 'absent'
  /** The name itself does not exist (NXDOMAIN), whatever the type. Absent: it does, or is an alias of a name that does not. */
  readonly isNoName?: true
}

/** The answer to one question. */
export type Answer<T> =
  | ({ readonly kind: 'records'; readonly records: readonly T[] } & AnswerFacts)
  /** The name does not exist or has no record of this type. */
  | Absent
  /** Nobody answered, or a server said that it could not; `reason` is for people: name, type, servers, cause. */
  | { readonly kind: 'temporary'; readonly reason: string }

/** An MX record (RFC 1035 section 3.3.9); the exchange of a null MX (RFC 7505) is ''. */
export interface MailExchange {
  readonly preference: number
  /** Host name without the final dot, as spelled in the answer. */
  readonly exchange: string
}

/** An SRV record (RFC 2782); the target `.` (service not offered) is ''. */
export interface ServiceRecord {
  readonly priority: number
  readonly weight: number
  readonly port: number
  /** Host name without the final dot. */
  readonly target: string
}

/** A URI record (RFC 7553). */
export interface UriRecord {
  readonly priority: number
  readonly weight: number
  /** The URI, octets as latin1 characters. */
  readonly target: string
}

/** An A or AAAA record. */
export interface HostAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** A TLSA record (RFC 6698 section 2.1), whatever its numbers. */
export interface TlsaRecord {
  readonly usage: number
  readonly selector: number
  readonly matchingType: number
  /** Certificate association data. */
  readonly association: Buffer
}

/** Looks names up. Names are given as A-labels (RFC 5890) without a final dot; letter case does not matter. */
export interface Resolver {
  /** The strings of each TXT record joined, octets as latin1 characters. */
  txt(name: string): Promise<Answer<string>>
  /** In the order of the answer, not by preference. */
  mx(name: string): Promise<Answer<MailExchange>>
  srv(name: string): Promise<Answer<ServiceRecord>>
  /** The name with its service labels, `_bsmtp_https.mars.example`. */
  uri(name: string): Promise<Answer<UriRecord>>
  /** A and AAAA together, each family in the order of the answer; one family suffices for an answer. */
  addresses(name: string): Promise<Answer<HostAddress>>
  /** The alias that stands at the name itself, without a final dot; it is not followed. */
  alias(name: string): Promise<Answer<string>>
  /** The names of an address, which is given as the name of its records (PTR, RFC 1035 section 3.5; reverse-name.ts); lower case, without a final dot. */
  pointers(name: string): Promise<Answer<string>>
  /** The name with its port and protocol labels, `_25._tcp.mail.example`. */
  tlsa(name: string): Promise<Answer<TlsaRecord>>
}

/** Records that are shown and not acted upon: keys of persons (RFC 8162, RFC 7929). */
export type ShownType = 'SMIMEA' | 'OPENPGPKEY'

/** What only the command line asks beside: it looks domains over, and sends nothing. */
export interface SurveyResolver extends Resolver {
  /** The contents of each record. */
  octets(name: string, type: ShownType): Promise<Answer<Buffer>>
}

/**
 * One answer for both families: what is there counts, even if the other family could not be looked up.
 * Hosts whose name server fails for AAAA only are common; their mail must not wait for that.
 */
export function joinFamilies(ipv4: Answer<HostAddress>, ipv6: Answer<HostAddress>): Answer<HostAddress> {
  if (ipv4.kind === 'records' && ipv6.kind === 'records') {
    return { kind: 'records', records: [...ipv4.records, ...ipv6.records], ...factsOfBoth(ipv4, ipv6) }
  }
  if (ipv4.kind === 'records') return ipv4
  if (ipv6.kind === 'records') return ipv6
  if (ipv4.kind === 'temporary') return ipv4
  if (ipv6.kind === 'temporary') return ipv6
  const isNoName = ipv4.isNoName === true || ipv6.isNoName === true
  return { kind: 'absent', ...factsOfBoth(ipv4, ipv6), ...(isNoName && { isNoName }) }
}

/** What holds of two answers together: the shorter life, and authentic only if both are. */
export function factsOfBoth(one: AnswerFacts, other: AnswerFacts): AnswerFacts {
  const canonicalName = one.canonicalName ?? other.canonicalName
  return {
    ...(one.ttlSeconds !== undefined &&
      other.ttlSeconds !== undefined && { ttlSeconds: Math.min(one.ttlSeconds, other.ttlSeconds) }),
    ...(one.authentic === true && other.authentic === true && { authentic: true }),
    ...(canonicalName !== undefined && { canonicalName }),
  }
}
