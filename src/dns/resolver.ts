/**
 * What the relay asks of DNS, and the three things that can come back (RFC 1035, RFC 2308).
 * "There is no such record" is an answer; "I could not find out" is not. Nothing here throws for what DNS does.
 */

/** The answer to one question. */
export type Answer<T> =
  | { readonly kind: 'records'; readonly records: readonly T[]; readonly ttlSeconds?: number }
  /** The name does not exist or has no record of this type. */
  | { readonly kind: 'absent' }
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

/** An A or AAAA record. */
export interface HostAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** Looks names up. Names are given as A-labels (RFC 5890) without a final dot; letter case does not matter. */
export interface Resolver {
  /** The strings of each TXT record joined, octets as latin1 characters. */
  txt(name: string): Promise<Answer<string>>
  /** In the order of the answer, not by preference. */
  mx(name: string): Promise<Answer<MailExchange>>
  srv(name: string): Promise<Answer<ServiceRecord>>
  /** A and AAAA together, each family in the order of the answer; one family suffices for an answer. */
  addresses(name: string): Promise<Answer<HostAddress>>
}

/**
 * One answer for both families: what is there counts, even if the other family could not be looked up.
 * Hosts whose name server fails for AAAA only are common; their mail must not wait for that.
 */
export function joinFamilies(ipv4: Answer<HostAddress>, ipv6: Answer<HostAddress>): Answer<HostAddress> {
  if (ipv4.kind === 'records' && ipv6.kind === 'records') {
    const records = [...ipv4.records, ...ipv6.records]
    if (ipv4.ttlSeconds === undefined || ipv6.ttlSeconds === undefined) return { kind: 'records', records }
    return { kind: 'records', records, ttlSeconds: Math.min(ipv4.ttlSeconds, ipv6.ttlSeconds) }
  }
  if (ipv4.kind === 'records') return ipv4
  if (ipv6.kind === 'records') return ipv6
  return ipv4.kind === 'temporary' ? ipv4 : ipv6
}
