/**
 * Step 3: MX records by preference (RFC 5321 section 5.1), equal ones in random order; null MX (RFC 7505).
 */
import type { MailExchange } from '../dns/resolver.ts'
import type { Candidate } from './candidate.ts'
import type { DiscoverDependencies } from './discover-step.ts'
import { readHostName } from './host-name.ts'
import { hopsOfHosts } from './hosts.ts'
import type { Discovery, HopPlace } from './next-hop.ts'

/** The next hops that MX names; undefined when the domain has no MX record. */
export async function exchangeHops(
  domain: string,
  dependencies: DiscoverDependencies,
): Promise<Discovery | undefined> {
  const answer = await dependencies.resolver.mx(domain)
  if (answer.kind === 'temporary') return answer
  if (answer.kind === 'absent') return undefined
  if (answer.records.length === 1 && answer.records[0]?.exchange === '') {
    return { kind: 'permanent', status: '5.1.10', reason: `${domain} does not accept mail (null MX)` }
  }
  return hopsOfHosts(
    domain,
    candidates(orderExchanges(answer.records, dependencies.random), dependencies),
    dependencies,
    answer,
  )
}

function candidates(
  ordered: readonly PlacedExchange[],
  { settings, note }: DiscoverDependencies,
): Candidate[] {
  return ordered.flatMap(({ exchange, preference, place }) => {
    const host = readHostName(exchange)
    if (host === undefined) {
      note?.({ kind: 'left-out', source: 'mx', host: exchange || '.', why: 'bad-name' })
      return []
    }
    return {
      host,
      port: settings.smtpPort,
      preference,
      place,
      tls: settings.requireTls ? 'starttls-required' : 'starttls-if-offered',
      source: 'mx',
    }
  })
}

/**
 * By preference, equal ones shuffled, so that the load spreads as the domain wants it.
 *
 * @param random uniform in [0, 1)
 */
export function orderExchanges(records: readonly MailExchange[], random: () => number): PlacedExchange[] {
  const byPreference = Map.groupBy(records, record => record.preference)
  return [...byPreference].sort(([a], [b]) => a - b).flatMap(([, equal]) => shuffled(equal, random))
}

function shuffled(equal: readonly MailExchange[], random: () => number): PlacedExchange[] {
  const keyed = equal.map(record => ({ record, key: random() }))
  keyed.sort((a, b) => a.key - b.key)
  return keyed.map(({ record }, at) => ({ ...record, place: { position: at + 1, of: equal.length } }))
}

/** An MX record with the place that chance gave it. */
export interface PlacedExchange extends MailExchange {
  readonly place: HopPlace
}
