/** Where a domain wants its TLS reports: the TXT record of `_smtp._tls.<domain>` (RFC 8460 section 3). */
import type { Answer } from '../dns/resolver.ts'
import { parseMailbox } from '../message/mailbox.ts'

/** One place that reports go to. */
export type ReportPlace =
  | { readonly kind: 'mailto'; readonly address: string }
  | { readonly kind: 'https'; readonly url: URL }

export type ReportPlaces =
  | { readonly kind: 'uris'; readonly uris: readonly string[] }
  /** No record, several of them, or one without a place that can be used. */
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'temporary'; readonly reason: string }

/** Places of one domain that get a report; real records have one or two. */
const maxPlaces = 5

/** The places in the answer to the question for TXT; those of unknown kinds are left out. */
export function readReportPlaces(answer: Answer<string>): ReportPlaces {
  if (answer.kind === 'temporary') return answer
  const records =
    answer.kind === 'records' ? answer.records.filter(text => /^v=TLSRPTv1[ \t]*;/.test(text)) : []
  const [record, another] = records
  if (record === undefined) return { kind: 'none', reason: 'it publishes no TLSRPT record' }
  if (another !== undefined) return { kind: 'none', reason: 'it publishes more than one TLSRPT record' }
  const uris = [...new Set(rua(record).filter(uri => readReportPlace(uri) !== undefined))]
  if (uris.length === 0)
    return { kind: 'none', reason: 'its TLSRPT record names no mailto: or https: address' }
  return { kind: 'uris', uris: uris.slice(0, maxPlaces) }
}

/** What a URI of a record means; undefined for one that cannot be used. */
export function readReportPlace(uri: string): ReportPlace | undefined {
  const mailto = /^mailto:([^?]+)/i.exec(uri)?.[1]
  if (mailto !== undefined) {
    const address = decoded(mailto)
    const isUsable = address !== undefined && parseMailbox(address) !== undefined && !/[;,\s]/.test(address)
    return isUsable ? { kind: 'mailto', address } : undefined
  }
  if (!/^https:\/\//i.test(uri) || !URL.canParse(uri)) return undefined
  const url = new URL(uri)
  return url.username === '' && url.password === '' ? { kind: 'https', url } : undefined
}

/** The list of the first rua field. */
function rua(record: string): string[] {
  const fields = record.split(';').map(field => field.trim())
  const list = fields.find(field => field.startsWith('rua='))?.slice('rua='.length) ?? ''
  return list.split(',').map(uri => uri.trim())
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
