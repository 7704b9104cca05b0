/** In which order the addresses of a host are tried. */
import type { HostAddress } from '../dns/resolver.ts'
import type { DiscoverSettings } from './next-hop.ts'

/** The addresses of one host in the order of the settings, the families taking turns. */
export function orderAddresses(
  addresses: readonly HostAddress[],
  { addressOrder }: Pick<DiscoverSettings, 'addressOrder'>,
): HostAddress[] {
  const ipv4 = addresses.filter(({ family }) => family === 4)
  const ipv6 = addresses.filter(({ family }) => family === 6)
  const orders = {
    'ipv4-only': [ipv4, []],
    'ipv6-only': [ipv6, []],
    'ipv4-first': [ipv4, ipv6],
    'ipv6-first': [ipv6, ipv4],
  } as const
  const [first, second] = orders[addressOrder]
  const turns = Array.from({ length: Math.max(first.length, second.length) }, (_, turn) => [
    first[turn],
    second[turn],
  ])
  return turns.flat().filter(address => address !== undefined)
}
