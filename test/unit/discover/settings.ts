import { hopName } from '../../../src/deliver/hop-name.ts'
import type { DiscoverDependencies } from '../../../src/discover/discover-step.ts'
import { findNextHops } from '../../../src/discover/find-next-hops.ts'
import type { DiscoverSettings, Discovery } from '../../../src/discover/next-hop.ts'
import { type Zone, zoneResolver } from '../../../src/dns/zone-resolver.ts'

export const settings: DiscoverSettings = {
  routes: {},
  ownNames: ['relay.example'],
  ownListeners: [{ address: '193.0.2.250' }],
  allowPrivateAddresses: false,
  addressLiterals: true,
  requireTls: false,
  useServiceRecords: true,
  serviceCertificates: 'verify',
  smtpPort: 25,
  serviceStartTlsPort: 25,
  addressOrder: 'ipv6-first',
  maxHosts: 10,
  maxAddressesPerHost: 4,
  maxHops: 8,
}

/** A generator with a seed (mulberry32): the same draws in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function contextOf(zone: Zone, changes: Partial<DiscoverSettings> = {}): DiscoverDependencies {
  return { settings: { ...settings, ...changes }, resolver: zoneResolver(zone), random: seededRandom(1) }
}

/** Discovery in a zone. */
export function find(
  domain: string,
  zone: Zone,
  changes: Partial<DiscoverSettings> = {},
): Promise<Discovery> {
  return findNextHops(domain, contextOf(zone, changes))
}

/** The hosts of a discovery as `host address:port tls`; throws when there are none. */
export function hopsOf(found: Discovery): string[] {
  if (found.kind !== 'hops') throw new Error(`${found.kind}: ${found.reason}`)
  return found.hops.map(hop =>
    hop.kind === 'smtp' ? `${hop.host} ${hop.address}:${hop.port} ${hop.tls}` : hopName(hop),
  )
}
