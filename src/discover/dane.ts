/**
 * DANE for SMTP (RFC 7672): a destination that publishes TLSA records in a signed zone demands TLS, and says with which
 * certificate. Only answers that were validated on the whole way from the domain to the records count; with a resolver that does not
 * validate there is no DANE.
 */
import { createPublicKey, X509Certificate } from 'node:crypto'
import type { Answer, AnswerFacts, HostAddress, Resolver, TlsaRecord } from '../dns/resolver.ts'
import type { Candidate } from './candidate.ts'
import type { DanePolicy, SmtpHop, TlsPolicy } from './next-hop.ts'

/** What is known of a host when its TLSA records are looked for. */
export interface DaneQuestion {
  readonly host: string
  readonly port: number
  readonly source: SmtpHop['source']
  /** The destination, and the answer that named the host: of MX or SRV, or the addresses where the domain is the host. */
  readonly domain: string
  readonly named: AnswerFacts
  /** The answer with the addresses of the host. */
  readonly addresses: Answer<HostAddress>
}

type Unknown = { readonly kind: 'temporary'; readonly reason: string }

/**
 * The policy that DNS makes for this host. Temporary: TLSA records could not be looked up, and the host must not be used (RFC 7672
 * section 2.1.2): whoever can disturb DNS would take the TLS away otherwise.
 */
export async function danePolicy(question: DaneQuestion, resolver: Resolver): Promise<TlsPolicy | Unknown> {
  const { named, addresses, source, host } = question
  if (named.authentic !== true)
    return without(`the ${sourceNames[source]} answer is not validated with DNSSEC`)
  const bases = await baseDomains(host, addresses, resolver)
  if ('kind' in bases) return bases
  let reason = `the addresses of ${host} are not validated with DNSSEC`
  for (const base of bases) {
    const name = `_${question.port}._tcp.${base}`
    const answer = await resolver.tlsa(name)
    if (answer.kind === 'temporary') return answer
    if (answer.kind === 'records' && answer.authentic === true) {
      return policyOf(name, base, answer.records, question)
    }
    reason = answer.kind === 'absent' ? `no TLSA records at ${name}` : `${name} is not validated with DNSSEC`
  }
  return without(reason)
}

const sourceNames: Readonly<Record<SmtpHop['source'], string>> = {
  route: 'route',
  srv: 'SRV',
  mx: 'MX',
  address: 'address',
}

function without(reason: string): TlsPolicy {
  return { kind: 'none', reason: `no DANE: ${reason}` }
}

/**
 * Where TLSA records may stand: at the end of the aliases of the host, then at its own name. An alias that leads out of signed
 * zones, but stands in one, leaves its own name (RFC 7672 sections 2.1.3 and 2.2.3); nowhere when nothing is validated.
 */
async function baseDomains(
  host: string,
  addresses: Answer<HostAddress>,
  resolver: Resolver,
): Promise<readonly string[] | Unknown> {
  const { canonicalName, authentic } = factsOf(addresses)
  const isAlias = canonicalName !== undefined && canonicalName !== host
  if (authentic === true) return isAlias ? [canonicalName, host] : [host]
  if (!isAlias) return []
  const alias = await resolver.alias(host)
  if (alias.kind === 'temporary') return alias
  return alias.kind === 'records' && alias.authentic === true ? [host] : []
}

function factsOf(answer: Answer<unknown>): AnswerFacts {
  return answer.kind === 'temporary' ? {} : answer
}

function policyOf(
  name: string,
  baseDomain: string,
  records: readonly TlsaRecord[],
  { host, domain, named, source }: DaneQuestion,
): TlsPolicy {
  const usable = strongestDigests(records.filter(isUsable))
  // RFC 7673 section 4.1 leaves such a host found by SRV to what is demanded without DANE, which is more than encryption.
  if (usable.length === 0 && source === 'srv') return without(`no TLSA record at ${name} can be used`)
  // Names that were found securely all stand for this destination (RFC 7672 section 3.2.2).
  const names = [
    baseDomain,
    host,
    domain,
    ...(named.canonicalName === undefined ? [] : [named.canonicalName]),
  ]
  return { kind: 'dane', name, baseDomain, records: usable, certificateNames: [...new Set(names)] }
}

/** The demands of a policy on a host: TLS never less than required; TLSA records take the place of authorities. */
export function underDane(candidate: Candidate, policy: DanePolicy): Candidate {
  const { certificateNames: _, ...rest } = candidate
  return { ...rest, tls: candidate.tls === 'implicit' ? 'implicit' : 'starttls-required', policy }
}

const digestOctets: Readonly<Record<number, number>> = { 1: 32, 2: 64 }

/**
 * True for a record that means something to an SMTP client: usage 2 or 3 (RFC 7672 section 3.1.3 excludes 0 and 1), selector 0 or 1,
 * and an association of the length or form that its matching type has.
 */
export function isUsable({ usage, selector, matchingType, association }: TlsaRecord): boolean {
  if (usage !== 2 && usage !== 3) return false
  if (selector !== 0 && selector !== 1) return false
  if (matchingType === 0) return selector === 0 ? isCertificate(association) : isPublicKey(association)
  return digestOctets[matchingType] === association.length
}

function isCertificate(octets: Buffer): boolean {
  return doesNotThrow(() => new X509Certificate(octets))
}

function isPublicKey(octets: Buffer): boolean {
  return doesNotThrow(() => createPublicKey({ key: octets, format: 'der', type: 'spki' }))
}

function doesNotThrow(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

/** Of digests of one usage and selector only the strongest count (RFC 7671 section 9); whole ones always do. */
function strongestDigests(records: readonly TlsaRecord[]): TlsaRecord[] {
  return records.filter(
    ({ usage, selector, matchingType }) =>
      matchingType !== 1 ||
      !records.some(
        other => other.usage === usage && other.selector === selector && other.matchingType === 2,
      ),
  )
}
