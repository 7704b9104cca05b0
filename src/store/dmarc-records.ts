/** What the store keeps for aggregate reports about DMARC: judged messages, counted, and the reports about them. */
import type { DmarcEvaluation } from '../record/dmarc-evaluation.ts'
import type { TlsReportKey, TlsReportProgress, TlsReportRecord } from './tls-records.ts'

/** A message that was judged. */
export interface JudgedMessage {
  /** YYYY-MM-DD in UTC. */
  readonly day: string
  /** Where the policy record stands: the domain that a report is for. */
  readonly policyDomain: string
  /** The policy record as published; latin1. Of a day the last one is kept (RFC 9990 section 3.1.8). */
  readonly record: string
  /** IP address that the message came from. */
  readonly source: string
  readonly evaluation: DmarcEvaluation
}

/** Bounds of what is kept of one day: everything that tells rows apart is written by strangers. */
export interface DmarcCountBounds {
  /** Policy domains. */
  readonly maxDomains: number
  /** Rows of one domain that are told apart by everything. */
  readonly maxRowsOfDomain: number
  /** Rows of all domains that are told apart by everything. */
  readonly maxRows: number
}

/** `coarse`: the network in place of the address, and no details; `lost`: there was no room for that either. */
export type DmarcCounted = 'counted' | 'coarse' | 'lost'

/** Messages from one address, or one network, of which everything is the same. */
export interface CountedEvaluations {
  /** IP address; of a network its first one. */
  readonly source: string
  readonly messages: number
  readonly evaluation: DmarcEvaluation
}

/** Everything that was judged by the policy of one domain on one day. */
export interface DmarcDay {
  readonly record: string
  readonly rows: readonly CountedEvaluations[]
}

/** A day of a policy domain, and the report about it: the same steps as those of reports about TLS. */
export type DmarcReportKey = TlsReportKey
export type DmarcReportRecord = TlsReportRecord
export type DmarcReportProgress = TlsReportProgress

/** A report in a list, with the messages of its day. */
export interface DmarcReportSummary extends DmarcReportRecord {
  readonly messages: number
  /** Of these DMARC failed for. */
  readonly failures: number
}
