/** Where the copies of a message leave from: what is said of its destination, of the own domain that sends it, or of all. */
import type { RelayConfig } from '../config/schema.ts'
import type { OutgoingSource } from '../deliver/outgoing-source.ts'
import type { DiscoverSettings } from '../discover/next-hop.ts'
import { asciiDomain, asciiDomainOf } from '../message/mailbox.ts'
import type { StoredDelivery } from '../store/records.ts'

export interface LeavesFrom {
  readonly source: OutgoingSource
  /** Which addresses of a host are tried. */
  readonly addressOrder: DiscoverSettings['addressOrder']
}

type LeavingConfig = Pick<RelayConfig, 'hostname' | 'domains' | 'destinations' | 'delivery'>

/** @param delivery a report has no reverse-path: the domain that signs it sends it */
export function leavesFrom(
  { destination, reversePath, hop }: Pick<StoredDelivery, 'destination' | 'reversePath' | 'hop'>,
  config: LeavingConfig,
): LeavesFrom {
  const sender = reversePath === '' ? (hop?.domain ?? '') : asciiDomainOf(reversePath)
  return leavesFor({ sender, destination: asciiDomain(destination) }, config)
}

/** The first that says something counts, and all of it: an address and its name belong together. */
export function leavesFor(
  { sender, destination }: { readonly sender?: string; readonly destination?: string },
  { hostname, domains, destinations, delivery }: LeavingConfig,
): LeavesFrom {
  const {
    families = 'ipv6-first',
    ehloName = hostname,
    ...addresses
  } = own(destinations, destination)?.outgoing ?? own(domains, sender)?.outgoing ?? delivery.outgoing ?? {}
  return { source: { ...addresses, ehloName }, addressOrder: families }
}

function own<T>(table: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}
