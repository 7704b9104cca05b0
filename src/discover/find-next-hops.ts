/**
 * Finds the next hops of a domain: configured route, URI (where that is turned on), SRV, MX, then the address records of the domain itself.
 * Each step is a file; it either decides (next hops, or why there are none) or says nothing, and the next one is asked.
 * DANE and MTA-STS raise the demands on hosts that MX or the domain itself names, in this order.
 */

import type { DiscoverDependencies, DiscoverStep } from './discover-step.ts'
import { addressLiteralHops, domainAddressHops } from './domain-address.ts'
import { exchangeHops } from './exchange-records.ts'
import { readHostName } from './host-name.ts'
import type { Discovery } from './next-hop.ts'
import { routeHops } from './route.ts'
import { serviceHops } from './service-records.ts'
import { obeysSts, underSts } from './sts-hops.ts'
import type { Plan, TakeNote, TraceNote } from './trace.ts'
import { tracingResolver } from './tracing-resolver.ts'
import { gatewayHops } from './uri-records.ts'

const steps: readonly DiscoverStep[] = [routeHops, gatewayHops, serviceHops, exchangeHops, domainAddressHops]

/** As `findNextHops`, with everything that was looked at on the way. */
export async function planDelivery(domain: string, dependencies: DiscoverDependencies): Promise<Plan> {
  const trace: TraceNote[] = []
  const note: TakeNote = one => void trace.push(one)
  const discovery = await findNextHops(domain, {
    ...dependencies,
    resolver: tracingResolver(dependencies.resolver, note),
    note,
  })
  return { domain, discovery, trace }
}

/**
 * Where a message for this domain goes next. Never throws for what DNS answers or what a domain looks like.
 *
 * @param domain domain of the forward-path: A-labels, U-labels or an address literal in square brackets
 * @returns next hops in the order in which they are to be tried, or why there are none
 */
export async function findNextHops(domain: string, dependencies: DiscoverDependencies): Promise<Discovery> {
  if (domain.startsWith('[')) return addressLiteralHops(domain, dependencies)
  const name = readHostName(domain)
  if (name === undefined) {
    return { kind: 'permanent', status: '5.1.2', reason: `${JSON.stringify(domain)} is not a domain name` }
  }
  for (const step of steps) {
    const found = await step(name, dependencies)
    if (found !== undefined) return demandedBySts(name, found, dependencies)
  }
  return { kind: 'permanent', status: '5.1.2', reason: `${name} has neither MX nor address records` }
}

async function demandedBySts(
  domain: string,
  found: Discovery,
  dependencies: DiscoverDependencies,
): Promise<Discovery> {
  const { sts, note, waivesPolicies } = dependencies
  if (sts === undefined || waivesPolicies === true || found.kind !== 'hops' || !found.hops.some(obeysSts))
    return found
  const policy = await sts.policyFor(domain)
  if (policy === undefined) return found
  const { id, mode, mx } = policy
  note?.({ kind: 'policy', name: 'mta-sts', text: `id ${id}, mode ${mode}, mx ${mx.join(', ')}` })
  return underSts(found.hops, policy, hop => {
    const { source, host, port } = hop
    const detail = `MTA-STS policy ${id} does not name it`
    note?.({ kind: 'left-out', source, host, port, why: 'policy', detail })
    sts.refused(hop)
  })
}
