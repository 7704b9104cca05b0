import { createHash } from 'node:crypto'
import type { DanePolicy, NextHop, SmtpHop } from '../discover/next-hop.ts'

/** A next hop as logs, outcomes and DSNs show it: `name[address]:port`, `file:folder`, or the URL of a gateway. */
export function hopName(hop: NextHop): string {
  if (hop.kind === 'file') return `file:${hop.folder}`
  if (hop.kind === 'batch') return hop.url
  return hop.host === hop.address ? `[${hop.address}]:${hop.port}` : `${hop.host}[${hop.address}]:${hop.port}`
}

/** Next hops with the same key are addresses of one host with the same demands: they share connections. */
export function hostKey(hop: SmtpHop): string {
  const { host, port, tls, certificateNames = [], policy } = hop
  return [host, port, tls, ...certificateNames, ...(policy?.kind === 'dane' ? daneKey(policy) : [])].join(' ')
}

/**
 * What a next hop is: two discoveries that find the same address of the same host with the same demands find the same hop. Hops are
 * compared by this and never as objects, of which every discovery makes new ones.
 */
export function hopKey(hop: SmtpHop): string {
  return `${hopName(hop)} ${hostKey(hop)}`
}

/** Whoever was accepted under other records may not be the one that these demand. */
function daneKey({ name, records, certificateNames }: DanePolicy): string[] {
  const hash = createHash('sha256')
  for (const { usage, selector, matchingType, association } of records)
    hash.update(`${usage} ${selector} ${matchingType} ${association.length} `).update(association)
  return [name, hash.digest('base64'), ...certificateNames]
}
