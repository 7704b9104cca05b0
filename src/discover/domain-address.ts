/**
 * Step 4: a domain without MX is its own mail host (RFC 5321 section 5.1, "implicit MX"). And address literals, whose
 * address stands in the forward-path itself (RFC 5321 section 4.1.3).
 */
import { isIP } from 'node:net'
import type { Candidate } from './candidate.ts'
import type { DiscoverDependencies } from './discover-step.ts'
import { hopsOfHosts, usableAddresses } from './hosts.ts'
import type { DiscoverSettings, Discovery } from './next-hop.ts'

/** The domain itself as the next hop; undefined when it has no address. */
export async function domainAddressHops(
  domain: string,
  dependencies: DiscoverDependencies,
): Promise<Discovery | undefined> {
  const answer = await dependencies.resolver.addresses(domain)
  if (answer.kind === 'absent') return undefined
  return hopsOfHosts(domain, [{ host: domain, ...byAddress(dependencies.settings) }], dependencies)
}

/** The address of a literal such as [192.0.2.1] or [IPv6:2001:db8::1]. A stranger wrote it: it is treated as DNS is. */
export function addressLiteralHops(literal: string, dependencies: DiscoverDependencies): Discovery {
  if (!dependencies.settings.addressLiterals) {
    return { kind: 'permanent', status: '5.1.2', reason: 'mail to address literals is not sent from here' }
  }
  const address = /^\[(?:IPv6:)?([^\]]*)\]$/i.exec(literal)?.[1] ?? ''
  const family = isIP(address)
  if (family === 0) {
    return {
      kind: 'permanent',
      status: '5.1.2',
      reason: `${JSON.stringify(literal)} is not an address literal`,
    }
  }
  const candidate: Candidate = { host: address, ...byAddress(dependencies.settings) }
  return usableAddresses(
    literal,
    [{ candidate, addresses: [{ address, family: family === 4 ? 4 : 6 }] }],
    dependencies,
  )
}

function byAddress(settings: DiscoverSettings): Omit<Candidate, 'host'> {
  return {
    port: settings.smtpPort,
    tls: settings.requireTls ? 'starttls-required' : 'starttls-if-offered',
    source: 'address',
  }
}
