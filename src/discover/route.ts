/**
 * Step 1: a configured route. It wins over DNS, and it may name any address: the operator wrote it.
 */
import { isIP } from 'node:net'
import type { Answer, HostAddress } from '../dns/resolver.ts'
import { orderAddresses } from './address-order.ts'
import type { DiscoverDependencies } from './discover-step.ts'
import type { BatchHop } from './gateway.ts'
import type { Discovery, Route, SmtpHop } from './next-hop.ts'

/** The next hops of the route for this domain; undefined when there is no route. */
export async function routeHops(
  domain: string,
  dependencies: DiscoverDependencies,
): Promise<Discovery | undefined> {
  const { routes } = dependencies.settings
  const route = Object.hasOwn(routes, domain) ? routes[domain] : undefined
  if (route === undefined) return undefined
  if (route.kind === 'file')
    return { kind: 'hops', hops: [{ kind: 'file', folder: route.folder, source: 'route' }] }
  const host = route.kind === 'batch' ? new URL(route.url).hostname.replace(/^\[|\]$/g, '') : route.host
  const answer = await addressesOf(host, dependencies)
  if (answer.kind === 'temporary') return answer
  if (answer.kind === 'absent') {
    return {
      kind: 'permanent',
      status: '5.4.4',
      reason: `${host}, the route of ${domain}, has no address`,
    }
  }
  const { maxAddressesPerHost } = dependencies.settings
  const addresses = orderAddresses(answer.records, dependencies.settings).slice(0, maxAddressesPerHost)
  if (route.kind === 'batch') return { kind: 'hops', hops: [batchHop(route, addresses)] }
  return { kind: 'hops', hops: addresses.map(address => routeHop(route, address, dependencies)) }
}

function batchHop(route: Extract<Route, { kind: 'batch' }>, addresses: readonly HostAddress[]): BatchHop {
  return { ...route, addresses: addresses.map(({ address }) => address), source: 'route' }
}

function routeHop(
  route: Extract<Route, { kind: 'smtp' }>,
  { address, family }: HostAddress,
  dependencies: DiscoverDependencies,
): SmtpHop {
  const raised = dependencies.settings.requireTls && route.tls === 'starttls-if-offered'
  return {
    kind: 'smtp',
    host: route.host,
    address,
    family,
    port: route.port,
    tls: raised ? 'starttls-required' : route.tls,
    source: 'route',
    ...(route.certificateNames !== undefined && { certificateNames: route.certificateNames }),
  }
}

/** Addresses of the host of a route: an address stands for itself, localhost is not asked of DNS (RFC 6761 section 6.3). */
async function addressesOf(host: string, dependencies: DiscoverDependencies): Promise<Answer<HostAddress>> {
  const family = isIP(host)
  if (family !== 0) return { kind: 'records', records: [{ address: host, family: family === 4 ? 4 : 6 }] }
  if (host.toLowerCase() === 'localhost') {
    const loopback: readonly HostAddress[] = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]
    return { kind: 'records', records: loopback }
  }
  return dependencies.resolver.addresses(host)
}
