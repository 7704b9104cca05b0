/** The addresses of this machine that the configuration lets mail leave from. */
import type { RelayConfig } from '../config/schema.ts'
import { leavesFor } from './leaves-from.ts'

/** An address that the configuration names, with the name that is said there in EHLO. */
export interface LeavingAddress {
  readonly address: string
  readonly ehloName: string
}

/** Every one of them once. */
export function leavingAddresses(config: RelayConfig): LeavingAddress[] {
  const all = Object.keys(config.domains).flatMap(domain => addressesOf(domain, config))
  const keys = all.map(({ address, ehloName }) => `${address} ${ehloName}`)
  return all.filter((_, at) => keys.indexOf(keys[at] ?? '') === at)
}

/**
 * The addresses that mail of an own domain leaves from, wherever it goes.
 *
 * @returns those that the configuration names; `families` are those of which the system chooses one
 */
export function leavingOf(
  domain: string,
  config: RelayConfig,
): { readonly addresses: readonly string[]; readonly families: ReadonlySet<4 | 6> } {
  const families = new Set<4 | 6>()
  for (const { source, addressOrder } of waysOf(domain, config)) {
    if (source.ipv4 === undefined && addressOrder !== 'ipv6-only') families.add(4)
    if (source.ipv6 === undefined && addressOrder !== 'ipv4-only') families.add(6)
  }
  return { addresses: [...new Set(addressesOf(domain, config).map(({ address }) => address))], families }
}

function addressesOf(domain: string, config: RelayConfig): LeavingAddress[] {
  return waysOf(domain, config).flatMap(({ source: { ipv4, ipv6, ehloName } }) =>
    [ipv4, ipv6].filter(address => address !== undefined).map(address => ({ address, ehloName })),
  )
}

function waysOf(sender: string, config: RelayConfig) {
  const special = Object.keys(config.destinations).filter(
    name => config.destinations[name]?.outgoing !== undefined,
  )
  return [
    leavesFor({ sender }, config),
    ...special.map(destination => leavesFor({ sender, destination }, config)),
  ]
}
