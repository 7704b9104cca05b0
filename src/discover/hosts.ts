/**
 * From the hosts that DNS names to addresses that may be connected to: loops, forbidden addresses, order and bounds.
 */
import type { Answer, HostAddress } from '../dns/resolver.ts'
import type { DiscoverContext } from './find-next-hops.ts'
import { isForbiddenAddress, sameAddress } from './forbidden-addresses.ts'
import type { DiscoverSettings, Discovery, SmtpHop } from './next-hop.ts'

/** A host that a step found: a next hop without its address. */
export type Candidate = Omit<SmtpHop, 'kind' | 'address' | 'family'>

interface ResolvedHost {
  readonly candidate: Candidate
  readonly addresses: readonly HostAddress[]
}

/**
 * Looks the hosts up, all at once, and keeps what may be connected to.
 *
 * @param domain the destination, for the reason
 * @param candidates in the order in which they are to be tried; those beyond settings.maxHosts are left out
 */
export async function hopsOfHosts(
  domain: string,
  candidates: readonly Candidate[],
  context: DiscoverContext,
): Promise<Discovery> {
  const tried = distinct(candidates).slice(0, context.settings.maxHosts)
  const answers = await Promise.all(tried.map(candidate => context.resolver.addresses(candidate.host)))
  const resolved = tried.map((candidate, index) => ({ candidate, addresses: recordsOf(answers[index]) }))
  const found = usableAddresses(domain, resolved, context)
  // A host that could not be looked up may be the one that works later; a loop stays a loop.
  const temporary = answers.find(answer => answer.kind === 'temporary')
  const mayComeBack = found.kind === 'permanent' && found.status === '5.4.4' && temporary !== undefined
  return mayComeBack ? temporary : found
}

/** Every host and port once, at its best place. */
function distinct(candidates: readonly Candidate[]): Candidate[] {
  const best = Map.groupBy(candidates, ({ host, port }) => `${host} ${port}`)
  return [...best.values()].flatMap(same => same.slice(0, 1))
}

/** The next hops among these hosts, whose addresses are known. */
export function usableAddresses(
  domain: string,
  hosts: readonly ResolvedHost[],
  context: DiscoverContext,
): Discovery {
  const { settings } = context
  const better = hosts.slice(0, indexOfOwnHost(hosts, settings))
  if (better.length === 0 && hosts.length > 0) {
    return { kind: 'permanent', status: '5.4.6', reason: `mail for ${domain} loops back to this relay` }
  }
  const hops = better.flatMap(({ candidate, addresses }) => {
    const allowed = settings.allowPrivateAddresses
      ? addresses
      : addresses.filter(({ address, family }) => !isForbiddenAddress(address, family))
    return orderAddresses(allowed, settings).map(({ address, family }): SmtpHop => {
      return { kind: 'smtp', address, family, ...candidate }
    })
  })
  if (hops.length > 0) return { kind: 'hops', hops: hops.slice(0, settings.maxHops) }
  return { kind: 'permanent', status: '5.4.4', reason: reasonForNone(domain, better) }
}

/**
 * Where the list is to be cut: at the first host of the preference that this relay has itself. Going on to a host of
 * equal or worse preference would send the message in circles (RFC 5321 section 5.1).
 */
function indexOfOwnHost(hosts: readonly ResolvedHost[], settings: DiscoverSettings): number {
  const own = hosts.find(host => isOwnHost(host, settings))
  if (own === undefined) return hosts.length
  return hosts.findIndex(host => host.candidate.preference === own.candidate.preference)
}

function isOwnHost(
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

/** The addresses of one host in the order of the settings, the families taking turns, and cut to the bound. */
export function orderAddresses(addresses: readonly HostAddress[], settings: DiscoverSettings): HostAddress[] {
  const ipv4 = addresses.filter(({ family }) => family === 4)
  const ipv6 = addresses.filter(({ family }) => family === 6)
  const orders = {
    'ipv4-only': [ipv4, []],
    'ipv6-only': [ipv6, []],
    'ipv4-first': [ipv4, ipv6],
    'ipv6-first': [ipv6, ipv4],
  } as const
  const [first, second] = orders[settings.addressOrder]
  const turns = Array.from({ length: Math.max(first.length, second.length) }, (_, turn) => [
    first[turn],
    second[turn],
  ])
  return turns
    .flat()
    .filter(address => address !== undefined)
    .slice(0, settings.maxAddressesPerHost)
}

function reasonForNone(domain: string, hosts: readonly ResolvedHost[]): string {
  const addresses = hosts.flatMap(host => host.addresses.map(({ address }) => address))
  if (addresses.length === 0) return `no mail host of ${domain} has an address`
  return `no mail host of ${domain} has an address that this relay may connect to (${addresses.slice(0, 4).join(', ')})`
}

function recordsOf(answer: Answer<HostAddress> | undefined): readonly HostAddress[] {
  return answer?.kind === 'records' ? answer.records : []
}
