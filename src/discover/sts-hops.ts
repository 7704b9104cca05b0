/**
 * What an MTA-STS policy makes of the hosts that MX or address records name (RFC 8461 sections 4 and 5). Routes and SRV have
 * demands of their own, and hosts with TLSA records obey those (section 2).
 */
import type { StsPolicyRecord } from '../store/tls-records.ts'
import type { Discovery, NextHop, SmtpHop, StsPolicy } from './next-hop.ts'
import { namesHost } from './sts-policy.ts'

/** True where the policy of the destination has a say: somebody should look for it. */
export function obeysSts(hop: NextHop): hop is SmtpHop {
  return (
    hop.kind === 'smtp' && (hop.source === 'mx' || hop.source === 'address') && hop.policy?.kind !== 'dane'
  )
}

/**
 * Puts the hops under a policy. `enforce`: a host that it does not name is left out, the others need TLS and a certificate for
 * their name. `testing`: everything goes on as it would without, and is counted.
 *
 * @param refused told of each host that is left out
 */
export function underSts(
  hops: readonly NextHop[],
  policy: StsPolicyRecord,
  refused: (hop: SmtpHop) => void,
): Discovery {
  const kept: NextHop[] = []
  const leftOut = new Map<string, SmtpHop>()
  for (const hop of hops) {
    const raised = obeysSts(hop) ? raise(hop, policy) : hop
    const isLeftOut = raised.kind === 'smtp' && isMismatch(raised.policy) && policy.mode === 'enforce'
    if (isLeftOut) leftOut.set(raised.host, raised)
    else kept.push(raised)
  }
  for (const hop of leftOut.values()) refused(hop)
  if (kept.length > 0) return { kind: 'hops', hops: kept }
  const reason = `no mail host of ${policy.domain} is named by its MTA-STS policy ${policy.id} (mx ${policy.mx.join(', ')})`
  return { kind: 'temporary', reason }
}

function isMismatch(policy: SmtpHop['policy']): boolean {
  return policy?.kind === 'mta-sts' && !policy.namesHost
}

function raise(hop: SmtpHop, { mode, domain, id, lines, mx }: StsPolicyRecord): SmtpHop {
  const enforced = mode === 'enforce'
  const policy: StsPolicy = {
    kind: 'mta-sts',
    mode: enforced ? 'enforce' : 'testing',
    domain,
    id,
    lines,
    mx,
    namesHost: namesHost({ mx }, hop.host),
  }
  if (!enforced) return { ...hop, policy }
  return { ...hop, tls: 'starttls-required', certificateNames: [hop.host], policy }
}
