/**
 * From the hosts that DNS names to addresses that may be connected to: loops, forbidden addresses, order and bounds.
 */
import type { Answer, AnswerFacts, HostAddress } from '../dns/resolver.ts'
import { orderAddresses } from './address-order.ts'
import type { Candidate, ResolvedHost } from './candidate.ts'
import type { DiscoverDependencies } from './discover-step.ts'
import { isForbiddenAddress } from './forbidden-addresses.ts'
import { lookUpHost } from './look-up-host.ts'
import type { Discovery, SmtpHop } from './next-hop.ts'
import { indexOfOwnHost, isOwnHost } from './own-host.ts'
import type { LeftOutNote, LeftOutReason } from './trace.ts'

/**
 * Looks the hosts up, all at once, and keeps what may be connected to.
 *
 * @param domain the destination, for the reason
 * @param candidates in the order in which they are to be tried; those beyond settings.maxHosts are left out
 * @param named the answer that named them; undefined where that is the one with their addresses
 */
export async function hopsOfHosts(
  domain: string,
  candidates: readonly Candidate[],
  dependencies: DiscoverDependencies,
  named?: AnswerFacts,
): Promise<Discovery> {
  const tried = firstOnes(distinct(candidates, dependencies), dependencies)
  const looked = await Promise.all(tried.map(candidate => lookUpHost(candidate, domain, named, dependencies)))
  const answers = looked.map(({ answer }) => answer)
  for (const { candidate, answer } of looked) noteWithoutAddress(candidate, answer, dependencies)
  const found = usableAddresses(domain, looked, dependencies)
  // A host that could not be looked up may be the one that works later; a loop stays a loop.
  const temporary = answers.find(answer => answer.kind === 'temporary')
  const mayComeBack = found.kind === 'permanent' && found.status === '5.4.4' && temporary !== undefined
  return mayComeBack ? temporary : found
}

/** Every host and port once, at its best place. */
function distinct(candidates: readonly Candidate[], dependencies: DiscoverDependencies): Candidate[] {
  const best = Map.groupBy(candidates, ({ host, port }) => `${host} ${port}`)
  return [...best.values()].flatMap(([first, ...again]) => {
    for (const candidate of again) leaveOut(candidate, 'listed-before', dependencies)
    return first ?? []
  })
}

function firstOnes(
  candidates: readonly Candidate[],
  dependencies: DiscoverDependencies,
): readonly Candidate[] {
  const { maxHosts } = dependencies.settings
  for (const candidate of candidates.slice(maxHosts)) leaveOut(candidate, 'too-many-hosts', dependencies)
  return candidates.slice(0, maxHosts)
}

function noteWithoutAddress(
  candidate: Candidate,
  answer: Answer<HostAddress>,
  dependencies: DiscoverDependencies,
): void {
  if (answer.kind === 'absent') leaveOut(candidate, 'no-address', dependencies)
  if (answer.kind === 'temporary') {
    leaveOut(candidate, 'not-looked-up', dependencies, { detail: answer.reason })
  }
}

/** The next hops among these hosts, whose addresses are known. */
export function usableAddresses(
  domain: string,
  hosts: readonly ResolvedHost[],
  dependencies: DiscoverDependencies,
): Discovery {
  const { settings } = dependencies
  const better = hosts.slice(0, indexOfOwnHost(hosts, settings))
  for (const host of hosts.slice(better.length)) {
    leaveOut(host.candidate, isOwnHost(host, settings) ? 'own-host' : 'behind-own-host', dependencies)
  }
  if (better.length === 0 && hosts.length > 0) {
    return { kind: 'permanent', status: '5.4.6', reason: `mail for ${domain} loops back to this relay` }
  }
  const hops = better.flatMap(host => (host.isBarred ? [] : hopsOfHost(host, dependencies)))
  for (const { address, ...rest } of hops.slice(settings.maxHops))
    leaveOut(rest, 'too-many-hops', dependencies, { address })
  if (hops.length > 0) return { kind: 'hops', hops: hops.slice(0, settings.maxHops) }
  return { kind: 'permanent', status: '5.4.4', reason: reasonForNone(domain, better) }
}

/** One next hop for each address of a host that may be connected to. */
function hopsOfHost({ candidate, addresses }: ResolvedHost, dependencies: DiscoverDependencies): SmtpHop[] {
  const { settings } = dependencies
  const without = (left: readonly HostAddress[], why: LeftOutReason) => {
    for (const { address } of left) leaveOut(candidate, why, dependencies, { address })
  }
  const { allowed = [], forbidden = [] } = Object.groupBy(addresses, ({ address, family }) =>
    settings.allowPrivateAddresses || !isForbiddenAddress(address, family) ? 'allowed' : 'forbidden',
  )
  without(forbidden, 'forbidden-address')
  const ordered = orderAddresses(allowed, settings)
  without(
    allowed.filter(address => !ordered.includes(address)),
    'address-family',
  )
  without(ordered.slice(settings.maxAddressesPerHost), 'too-many-addresses')
  return ordered
    .slice(0, settings.maxAddressesPerHost)
    .map(({ address, family }): SmtpHop => ({ kind: 'smtp', address, family, ...candidate }))
}

function leaveOut(
  { host, port, source }: Pick<Candidate, 'host' | 'port' | 'source'>,
  why: LeftOutReason,
  { note }: DiscoverDependencies,
  more: Pick<LeftOutNote, 'address' | 'detail'> = {},
): void {
  note?.({ kind: 'left-out', source, host, port, why, ...more })
}

function reasonForNone(domain: string, hosts: readonly ResolvedHost[]): string {
  const addresses = hosts.flatMap(host => host.addresses.map(({ address }) => address))
  if (addresses.length === 0) return `no mail host of ${domain} has an address`
  return `no mail host of ${domain} has an address that this relay may connect to (${addresses.slice(0, 4).join(', ')})`
}
