/** The next hops for a message that asks for more TLS than its destination does, or for less (RFC 8689). */
import type { DiscoverDependencies } from '../discover/discover-step.ts'
import { findNextHops } from '../discover/find-next-hops.ts'
import type { DiscoverSettings, Discovery } from '../discover/next-hop.ts'
import { requiringTls } from '../discover/require-tls.ts'
import type { OutgoingMessage } from './message-cache.ts'
import type { PathDependencies } from './path-dependencies.ts'
import { discoverSettings } from './settings.ts'
import { stsLookup } from './tls/sts.ts'

export async function discoverFor(
  domain: string,
  tlsRequired: OutgoingMessage['tlsRequired'],
  dependencies: DiscoverDependencies,
): Promise<Discovery> {
  if (tlsRequired === 'no') return findNextHops(domain, { ...dependencies, waivesPolicies: true })
  const found = await findNextHops(domain, dependencies)
  return tlsRequired === 'yes' ? requiringTls(domain, found) : found
}

/** The same, with the addresses of hosts in this order. */
export function inOrder(
  dependencies: DiscoverDependencies,
  addressOrder: DiscoverSettings['addressOrder'],
): DiscoverDependencies {
  const { settings } = dependencies
  if (settings.addressOrder === addressOrder) return dependencies
  return { ...dependencies, settings: { ...settings, addressOrder } }
}

/** Where a domain is looked for. */
export function discoverDependencies(
  dependencies: PathDependencies,
  listeners: readonly { address: string; port: number }[],
): DiscoverDependencies {
  return {
    settings: discoverSettings(dependencies.config, listeners),
    resolver: dependencies.resolver,
    random: () => dependencies.random(4).readUInt32BE() / 2 ** 32,
    daneUnknown: failed => dependencies.counting.daneUnknown(failed),
    ...(dependencies.sts !== undefined && {
      sts: stsLookup(dependencies.sts, dependencies.counting, dependencies.log),
    }),
  }
}
