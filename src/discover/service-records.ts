/**
 * Step 2: SRV records of _smtp-tls._tcp (draft-nurpmeso-smtp-tls-srv-06, RFC 2782). A domain that publishes them
 * promises TLS: port 25 means STARTTLS, every other port implicit TLS, and neither falls back to plaintext.
 */
import type { ServiceRecord } from '../dns/resolver.ts'
import type { Candidate } from './candidate.ts'
import type { DiscoverDependencies } from './discover-step.ts'
import { readHostName } from './host-name.ts'
import { hopsOfHosts } from './hosts.ts'
import type { Discovery, HopPlace } from './next-hop.ts'

/** The next hops that SRV names; undefined when the domain has no such record. */
export async function serviceHops(
  domain: string,
  dependencies: DiscoverDependencies,
): Promise<Discovery | undefined> {
  if (!dependencies.settings.useServiceRecords) return undefined
  const answer = await dependencies.resolver.srv(`_smtp-tls._tcp.${domain}`)
  // Looking for MX instead would let whoever can disturb DNS take the TLS away.
  if (answer.kind === 'temporary') return answer
  if (answer.kind === 'absent') return undefined
  const ordered = orderServices(answer.records, dependencies.random)
  if (ordered.length === 1 && ordered[0]?.target === '') {
    return {
      kind: 'permanent',
      status: '5.1.10',
      reason: `${domain} does not accept mail (SRV target .)`,
    }
  }
  return hopsOfHosts(domain, candidates(domain, ordered, dependencies), dependencies, answer)
}

function candidates(
  domain: string,
  ordered: readonly DrawnService[],
  { settings, note }: DiscoverDependencies,
): Candidate[] {
  const verify = settings.serviceCertificates === 'verify'
  return ordered.flatMap(({ target, port, priority, place }) => {
    const host = readHostName(target)
    if (host === undefined || port === 0) {
      const why = host === undefined ? 'bad-name' : 'port-0'
      note?.({ kind: 'left-out', source: 'srv', host: target || '.', port, why })
      return []
    }
    return {
      host,
      port,
      preference: priority,
      place,
      tls: port === settings.serviceStartTlsPort ? 'starttls-required' : 'implicit',
      source: 'srv',
      ...(verify && { certificateNames: [host, domain] }),
    }
  })
}

/**
 * The order in which the records are to be tried (RFC 2782 "Usage rules" and "Weight"): by priority; among equal ones
 * drawn one after the other, each with the chance of its weight. Weight 0 has a very small chance beside others.
 *
 * @param random uniform in [0, 1)
 */
export function orderServices(records: readonly ServiceRecord[], random: () => number): DrawnService[] {
  const byPriority = [...Map.groupBy(records, record => record.priority)].sort(([a], [b]) => a - b)
  return byPriority.flatMap(([, group]) => drawByWeight(group, random))
}

/** An SRV record with the place that the draw gave it. */
export interface DrawnService extends ServiceRecord {
  readonly place: HopPlace
}

function drawByWeight(group: readonly ServiceRecord[], random: () => number): DrawnService[] {
  // Those of weight 0 stand first: they are drawn only when the number drawn is 0.
  const left = group.toSorted((a, b) => a.weight - b.weight)
  const drawn: DrawnService[] = []
  while (left.length > 0) {
    const sum = left.reduce((total, record) => total + record.weight, 0)
    const number = Math.floor(random() * (sum + 1))
    let running = 0
    const index = left.findIndex(record => {
      running += record.weight
      return running >= number
    })
    for (const record of left.splice(index, 1)) {
      const place = { position: drawn.length + 1, of: group.length, weight: record.weight, ofWeight: sum }
      drawn.push({ ...record, place })
    }
  }
  return drawn
}
