/**
 * What REQUIRETLS (RFC 8689 section 4.2.1) leaves of the next hops: those whose name is known to be the right one, with TLS and a
 * certificate for that name. A name from MX is known by DNSSEC or by an MTA-STS policy; one from SRV by DNSSEC, otherwise the
 * certificate must be for the domain itself.
 */
import type { Discovery, NextHop, SmtpHop } from './next-hop.ts'

/** The hops that may get a message that requires TLS, with all that it demands of them. */
export function requiringTls(domain: string, found: Discovery): Discovery {
  if (found.kind !== 'hops') return found
  const hops = found.hops.flatMap(hop => securedHop(domain, hop) ?? [])
  if (hops.length > 0) return { kind: 'hops', hops }
  return {
    kind: 'permanent',
    status: '5.7.10',
    reason: `the message requires TLS (REQUIRETLS), and no mail host of ${domain} is known for certain: neither DNSSEC nor MTA-STS vouches for its name`,
  }
}

/** undefined when the host cannot be known. A folder is where the mail ends: no network is between. */
function securedHop(domain: string, hop: NextHop): NextHop | undefined {
  // Objects go over verified TLS, and carry the demand with the message.
  if (hop.kind === 'file' || hop.kind === 'batch') return hop
  if (hop.tls === 'none') return undefined
  const names = namesToShow(domain, hop)
  if (names === undefined) return undefined
  const tls = hop.tls === 'implicit' ? 'implicit' : 'starttls-required'
  return names.length === 0 ? { ...hop, tls } : { ...hop, tls, certificateNames: names }
}

/** Names of which the certificate must show one; [] where DANE says which certificate it is; undefined: nobody knows. */
function namesToShow(domain: string, hop: SmtpHop): readonly string[] | undefined {
  const { host, source, policy, certificateNames, isNameAuthentic } = hop
  if (policy?.kind === 'dane' && policy.records.length > 0) return []
  if (source === 'route') return certificateNames ?? [host]
  if (source === 'address' || isNameAuthentic === true) return [host]
  if (source === 'srv') return [domain]
  return policy?.kind === 'mta-sts' && policy.namesHost ? [host] : undefined
}
