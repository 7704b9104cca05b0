/** Recognises this relay among the hosts of a domain (RFC 5321 section 5.1). */

import type { ResolvedHost } from './candidate.ts'
import { sameAddress } from './forbidden-addresses.ts'
import type { DiscoverSettings } from './next-hop.ts'

/**
 * Where the list is to be cut: at the first host of the preference that this relay has itself. Going on to a host of
 * equal or worse preference would send the message in circles.
 */
export function indexOfOwnHost(hosts: readonly ResolvedHost[], settings: DiscoverSettings): number {
  const own = hosts.find(host => isOwnHost(host, settings))
  if (own === undefined) return hosts.length
  return hosts.findIndex(host => host.candidate.preference === own.candidate.preference)
}

/** True for a host that is this relay, by its name or by one of its addresses. */
export function isOwnHost(
  { candidate, addresses }: ResolvedHost,
  { ownNames, ownListeners }: DiscoverSettings,
): boolean {
  // A name of ours at a port where we do not listen is still ours: the port is not part of an MX record.
  if (ownNames.includes(candidate.host)) return true
  return addresses.some(({ address }) =>
    ownListeners.some(
      listener =>
        sameAddress(listener.address, address) &&
        (listener.port === undefined || listener.port === candidate.port),
    ),
  )
}
