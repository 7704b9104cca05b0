import type { NextHop, SmtpHop } from '../discover/next-hop.ts'

/** A next hop as logs, outcomes and DSNs show it: `name[address]:port`, or `file:folder`. */
export function hopName(hop: NextHop): string {
  if (hop.kind === 'file') return `file:${hop.folder}`
  return hop.host === hop.address ? `[${hop.address}]:${hop.port}` : `${hop.host}[${hop.address}]:${hop.port}`
}

/** Next hops with the same key can share a connection. */
export function hopKey(hop: SmtpHop): string {
  return [hop.address, hop.port, hop.tls, hop.host, ...(hop.certificateNames ?? [])].join(' ')
}
