/**
 * URI records (RFC 7553) at _bsmtp_https of a domain name the gateway that takes its mail as Batch SMTP objects over HTTPS
 * (draft-many-tiptop-email-00). They come before SRV and MX: a host in deep space cannot hold an SMTP dialogue.
 */
import { isIP } from 'node:net'
import type { UriRecord } from '../dns/resolver.ts'
import type { DiscoverDependencies } from './discover-step.ts'
import { isForbiddenAddress } from './forbidden-addresses.ts'
import type { BatchHop } from './gateway.ts'
import { readHostName } from './host-name.ts'
import type { Discovery } from './next-hop.ts'

/** Where the URI records of a domain stand that name its gateways. */
export function gatewayName(domain: string): string {
  return `_bsmtp_https.${domain}`
}

/** The gateways that URI records name; undefined when there are none, or nobody looks for them. */
export async function gatewayHops(
  domain: string,
  dependencies: DiscoverDependencies,
): Promise<Discovery | undefined> {
  const { settings, resolver } = dependencies
  if (settings.gateways === undefined) return undefined
  const answer = await resolver.uri(gatewayName(domain))
  // Looking further would send by SMTP what a gateway alone can carry.
  if (answer.kind === 'temporary') return answer
  if (answer.kind === 'absent') return undefined
  const hops: BatchHop[] = []
  let unknown: Discovery | undefined
  for (const record of ordered(answer.records).slice(0, settings.maxHosts)) {
    const found = await hopOf(record, dependencies)
    if (found !== undefined && 'url' in found) hops.push(found)
    else unknown ??= found
  }
  if (hops.length > 0) return { kind: 'hops', hops }
  const reason = `no URI record at ${gatewayName(domain)} names a gateway that can be used`
  return unknown ?? { kind: 'permanent', status: '5.4.4', reason }
}

/** By priority; of equal ones the heaviest first: one gateway at a time gets the messages, so that their order stays. */
function ordered(records: readonly UriRecord[]): UriRecord[] {
  return records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)
}

async function hopOf(
  { target }: UriRecord,
  { settings, resolver, note }: DiscoverDependencies,
): Promise<BatchHop | Extract<Discovery, { kind: 'temporary' }> | undefined> {
  const url = URL.parse(target)
  const host = hostOf(url)
  if (url === null || host === undefined || settings.gateways === undefined) {
    note?.({ kind: 'left-out', source: 'uri', host: target, why: 'bad-name' })
    return undefined
  }
  const answer = isIP(host) === 0 ? await resolver.addresses(host) : literal(host)
  if (answer.kind === 'temporary') return answer
  const all = answer.kind === 'records' ? answer.records : []
  const addresses = all
    .filter(({ address, family }) => settings.allowPrivateAddresses || !isForbiddenAddress(address, family))
    .slice(0, settings.maxAddressesPerHost)
    .map(({ address }) => address)
  if (addresses.length === 0) {
    note?.({
      kind: 'left-out',
      source: 'uri',
      host,
      why: all.length === 0 ? 'no-address' : 'forbidden-address',
    })
    return undefined
  }
  return { kind: 'batch', url: url.href, addresses, source: 'uri', ...settings.gateways }
}

/** undefined for what is no https URL of a host. */
function hostOf(url: URL | null): string | undefined {
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '')
    return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return isIP(host) !== 0 ? host : readHostName(host)
}

function literal(address: string) {
  const family = isIP(address) === 4 ? (4 as const) : (6 as const)
  return { kind: 'records' as const, records: [{ address, family }] }
}
