import { createHash } from 'node:crypto'
import type { DanePolicy, NextHop, SmtpHop } from '../discover/next-hop.ts'

/** A next hop as logs, outcomes and DSNs show it: `name[address]:port`, or `file:folder`. */
export function hopName(hop: NextHop): string {
  if (hop.kind === 'file') return `file:${hop.folder}`
  return hop.host === hop.address ? `[${hop.address}]:${hop.port}` : `${hop.host}[${hop.address}]:${hop.port}`
}

/** Next hops with the same key can share a connection. */
export function hopKey(hop: SmtpHop): string {
  const { address, port, tls, host, certificateNames = [], policy } = hop
  return [
    address,
    port,
    tls,
    host,
    ...certificateNames,
    ...(policy?.kind === 'dane' ? daneKey(policy) : []),
  ].join(' ')
}

/** Whoever was accepted under other records may not be the one that these demand. */
function daneKey({ name, records, certificateNames }: DanePolicy): string[] {
  const hash = createHash('sha256')
  for (const { usage, selector, matchingType, association } of records)
    hash.update(`${usage} ${selector} ${matchingType} ${association.length} `).update(association)
  return [name, hash.digest('base64'), ...certificateNames]
}
