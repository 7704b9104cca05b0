/** What stands in records, in the form of `Resolver`; undefined for a record of another type. Octets are copied. */
import type { Answer } from 'dns-packet'
import { normalName } from './name.ts'
import type { QueryType } from './query.ts'
import type { HostAddress, MailExchange, ServiceRecord, TlsaRecord, UriRecord } from './resolver.ts'

export function address(record: Answer): HostAddress | undefined {
  if (record.type === 'A') return { address: record.data, family: 4 }
  return record.type === 'AAAA' ? { address: record.data, family: 6 } : undefined
}

/** The contents of a record that nobody here takes apart. */
export function octets(record: Answer, type: QueryType): Buffer | undefined {
  const isAsked: boolean = record.type === type
  return isAsked && 'data' in record && Buffer.isBuffer(record.data) ? Buffer.from(record.data) : undefined
}

/** Names of hosts in lower case: a name that an answer abbreviates has the letters of the question, whose case is random. */
export function alias(record: Answer): string | undefined {
  return record.type === 'CNAME' ? normalName(record.data) : undefined
}

/** The name that an address belongs to. */
export function pointer(record: Answer): string | undefined {
  return record.type === 'PTR' ? normalName(record.data) : undefined
}

export function exchange(record: Answer): MailExchange | undefined {
  if (record.type !== 'MX') return undefined
  return { preference: record.data.preference ?? 0, exchange: normalName(record.data.exchange) }
}

export function service(record: Answer): ServiceRecord | undefined {
  if (record.type !== 'SRV') return undefined
  const { priority = 0, weight = 0, port, target } = record.data
  return { priority, weight, port, target: normalName(target) }
}

/** The strings joined, an octet a character; undefined where they are longer. */
export function text(record: Answer, maxOctets: number): string | undefined {
  if (record.type !== 'TXT' || !Array.isArray(record.data)) return undefined
  const octets = Buffer.concat(record.data.map(string => Buffer.from(string)))
  return octets.length <= maxOctets ? octets.toString('latin1') : undefined
}

export function tlsa(record: Answer): TlsaRecord | undefined {
  if (record.type !== 'TLSA') return undefined
  const { usage, selector, matchingType, certificate } = record.data
  return { usage, selector, matchingType, association: Buffer.from(certificate) }
}

/** Priority, weight, and the URI to the end of the record (RFC 7553 section 4.5); undefined where it is empty or longer. */
export function uri(record: Answer, maxOctets: number): UriRecord | undefined {
  const contents = octets(record, 'UNKNOWN_256')
  if (contents === undefined || contents.length < 5 || contents.length > maxOctets) return undefined
  return {
    priority: contents.readUInt16BE(0),
    weight: contents.readUInt16BE(2),
    target: contents.toString('latin1', 4),
  }
}
