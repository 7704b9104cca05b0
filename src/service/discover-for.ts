/** The next hops for a message that asks for more TLS than its destination does, or for less (RFC 8689). */
import type { DiscoverContext } from '../discover/discover-step.ts'
import { findNextHops } from '../discover/find-next-hops.ts'
import type { Discovery } from '../discover/next-hop.ts'
import { requiringTls } from '../discover/require-tls.ts'
import type { OutgoingMessage } from './message-cache.ts'
import type { Parts } from './parts.ts'
import { discoverSettings } from './settings.ts'
import { stsLookup } from './tls/sts.ts'

export async function discoverFor(
  domain: string,
  tlsRequired: OutgoingMessage['tlsRequired'],
  context: DiscoverContext,
): Promise<Discovery> {
  if (tlsRequired === 'no') return findNextHops(domain, { ...context, waivesPolicies: true })
  const found = await findNextHops(domain, context)
  return tlsRequired === 'yes' ? requiringTls(domain, found) : found
}

/** Where a domain is looked for. */
export function discoverContext(
  parts: Parts,
  listeners: readonly { address: string; port: number }[],
): DiscoverContext {
  return {
    settings: discoverSettings(parts.config, listeners),
    resolver: parts.resolver,
    random: () => parts.world.random(4).readUInt32BE() / 2 ** 32,
    daneUnknown: failed => parts.counting.daneUnknown(failed),
    ...(parts.sts !== undefined && { sts: stsLookup(parts.sts, parts.counting, parts.log) }),
  }
}
