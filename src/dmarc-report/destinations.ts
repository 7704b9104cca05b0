/**
 * Where an aggregate report may go: the addresses in `rua`, and whether a domain that is not of the same organization has said that
 * it takes reports about this one (RFC 9990 section 4). Without that, anybody could have reports sent to anybody.
 */
import type { DmarcLookUps } from '../dmarc/look-ups.ts'
import { isPolicyRecord, readPolicyRecord } from '../dmarc/policy-record.ts'
import { organizationalDomain, walkTree } from '../dmarc/tree-walk.ts'
import { asciiDomainOf, isDomain, parseMailbox } from '../message/mailbox.ts'

/** Which reports: aggregate ones, or those about single failures (RFC 9991 section 3 has the same rules). */
export type ReportTag = 'rua' | 'ruf'

/** What became of one URI. */
export type Destination =
  | { readonly kind: 'accepted'; readonly uris: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  /** DNS did not answer. */
  | { readonly kind: 'temporary'; readonly reason: string }

/** The mailbox of a `mailto:` URI; undefined for one that cannot be used. */
export function reportAddress(uri: string): string | undefined {
  const encoded = /^mailto:([^?]+)/i.exec(uri)?.[1]
  if (encoded === undefined) return undefined
  try {
    const address = decodeURIComponent(encoded)
    const isUsable = parseMailbox(address) !== undefined && !/[;,\s]/.test(address)
    return isUsable && isDomain(asciiDomainOf(address)) ? address : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether reports about a domain may go to a URI of its record.
 *
 * @param policyDomain where the record stands: lower case, A-labels
 * @param tag which of its tags has the URI
 */
export async function verifyDestination(
  uri: string,
  policyDomain: string,
  lookUps: DmarcLookUps,
  tag: ReportTag = 'rua',
): Promise<Destination> {
  const host = hostOf(uri)
  if (host === undefined) return { kind: 'refused', reason: `${uri} is no mailto: address` }
  const same = await isSameOrganization(policyDomain, host, lookUps)
  if (same === undefined)
    return { kind: 'temporary', reason: `the organization of ${host} is not known for now` }
  return same ? { kind: 'accepted', uris: [uri] } : askDestination(uri, { policyDomain, host, tag }, lookUps)
}

function hostOf(uri: string): string | undefined {
  const address = reportAddress(uri)
  return address === undefined ? undefined : asciiDomainOf(address)
}

/** undefined: DNS did not answer. */
async function isSameOrganization(
  policyDomain: string,
  host: string,
  lookUps: DmarcLookUps,
): Promise<boolean | undefined> {
  if (policyDomain === host) return true
  const [own, other] = await Promise.all([policyDomain, host].map(domain => organizationOf(domain, lookUps)))
  return own === undefined || other === undefined ? undefined : own === other
}

async function organizationOf(domain: string, lookUps: DmarcLookUps): Promise<string | undefined> {
  return organizationalDomain(domain, await walkTree(domain, lookUps))
}

/** Octets of a name in DNS, as text without its final dot (RFC 1035 section 3.1). */
const maxNameOctets = 253

/** Steps 2 to 9. */
async function askDestination(
  uri: string,
  {
    policyDomain,
    host,
    tag,
  }: { readonly policyDomain: string; readonly host: string; readonly tag: ReportTag },
  lookUps: DmarcLookUps,
): Promise<Destination> {
  const name = `${policyDomain}._report._dmarc.${host}`
  if (name.length > maxNameOctets) return { kind: 'refused', reason: `${name} is too long for a name` }
  const answer = await lookUps.txt(name)
  if (answer.kind === 'temporary') return answer
  const texts = answer.kind === 'records' ? answer.records.filter(isPermission) : []
  const records = texts.flatMap(text => readPolicyRecord(text) ?? [])
  if (records.length === 0) {
    return { kind: 'refused', reason: `${host} does not say at ${name} that it takes these reports` }
  }
  const replaced = records.flatMap(({ aggregateReportUris, failureReportUris }) =>
    tag === 'rua' ? aggregateReportUris : failureReportUris,
  )
  if (replaced.length === 0) return { kind: 'accepted', uris: [uri] }
  // Another host again would have to be asked in its turn; nobody gets the report then.
  if (replaced.some(other => hostOf(other) !== host)) {
    return { kind: 'refused', reason: `${name} names another host than ${host}` }
  }
  return { kind: 'accepted', uris: replaced }
}

/** Here the version has its semicolon, also where nothing follows. */
function isPermission(text: string): boolean {
  return isPolicyRecord(text) && text.includes(';')
}

/** A URI of a record as it was written, with the size that RFC 7489 let it have. */
export interface SizedUri {
  readonly uri: string
  /** Octets of the report as it is mailed that the place takes. */
  readonly maxOctets: number
}

const units: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** The places in `rua` or `ruf`, in their order; what is no usable address is left out. */
export function wantedPlaces(record: string, tag: ReportTag = 'rua'): readonly SizedUri[] {
  const values = { rua: /(?:^|;)[ \t]*rua[ \t]*=([^;]*)/i, ruf: /(?:^|;)[ \t]*ruf[ \t]*=([^;]*)/i }
  const value = values[tag].exec(record)?.[1] ?? ''
  return value.split(',').flatMap(written => {
    const [uri = '', size] = written.trim().split('!')
    if (reportAddress(uri) === undefined) return []
    const [, number, unit = ''] = /^([0-9]{1,12})([kmgt]?)$/i.exec(size?.trim() ?? '') ?? []
    const isSized = number !== undefined
    const octets = isSized ? Number(number) * (units[unit.toLowerCase()] ?? 1) : Number.POSITIVE_INFINITY
    return [{ uri, maxOctets: octets }]
  })
}
