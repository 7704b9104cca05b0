/** The records that a relay should have in DNS beside its keys, and how each one stands. */
import type { X509Certificate } from 'node:crypto'
import type { RelayConfig } from '../../config/schema.ts'
import type { Answer, Resolver } from '../../dns/resolver.ts'

export interface OwnRecord {
  /** What it is for, in a word: `MX`, `SRV`, `addresses`, `PTR`, `SPF`, `DMARC`, `MTA-STS`, `TLSRPT`, `TLSA`. */
  readonly kind: string
  readonly name: string
  /** `unknown`: DNS did not answer, or there is nothing to compare with. */
  readonly state: 'ok' | 'missing' | 'different' | 'unknown'
  /** As it stands, mail is lost, or those who send it have to wait. */
  readonly breaksMail: boolean
  /** What is published, one text for each record. */
  readonly found: readonly string[]
  /** What it means as it stands. */
  readonly text: string
  /** What to publish; empty where nothing is to be added. */
  readonly zoneLines: readonly string[]
}

/** What the relay would show and where it would listen, against which records are held. */
export interface OwnFacts {
  readonly config: RelayConfig
  readonly resolver: Resolver
  /** Addresses of `hostname`. */
  readonly addresses: Answer<{ readonly address: string; readonly family: 4 | 6 }>
  /** Certificates by the port of their listener, its own first; a port whose certificate is not made yet is missing. */
  readonly chains: ReadonlyMap<number, readonly X509Certificate[]>
  /** Unix milliseconds. */
  readonly now: number
}

/** The parts of a record that all kinds have in common. */
export type RecordName = Pick<OwnRecord, 'kind' | 'name'>

/** A record that DNS could not be asked for. */
export function unknownRecord(of: RecordName, reason: string): OwnRecord {
  return { ...of, state: 'unknown', breaksMail: false, found: [], text: reason, zoneLines: [] }
}

/** A record that is as it should be. */
export function goodRecord(of: RecordName, found: readonly string[], text: string): OwnRecord {
  return { ...of, state: 'ok', breaksMail: false, found, text, zoneLines: [] }
}
