/** What the store keeps of TLS towards next hops: policies, counted sessions, reports. Times are Unix milliseconds. */

/** An MTA-STS policy as it was fetched (RFC 8461). */
export interface StsPolicyRecord {
  readonly domain: string
  /** Of the TXT record under which it was fetched. */
  readonly id: string
  readonly mode: 'enforce' | 'testing' | 'none'
  readonly maxAgeSeconds: number
  readonly mx: readonly string[]
  /** The lines of the file. */
  readonly lines: readonly string[]
  readonly fetchedAt: number
  readonly expiresAt: number
}

/** Result types of RFC 8460 section 4.3. */
export type TlsFailureType =
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | 'tlsa-invalid'
  | 'dnssec-invalid'
  | 'dane-required'
  | 'sts-policy-fetch-error'
  | 'sts-policy-invalid'
  | 'sts-webpki-invalid'

/** The policy that applied to a session, as a report shows it (RFC 8460 section 4.4). */
export interface ReportedPolicy {
  readonly type: 'tlsa' | 'sts' | 'no-policy-found'
  /** Lines of the policy file, or TLSA records. */
  readonly string: readonly string[]
  /** MX patterns of an MTA-STS policy. */
  readonly mxHost: readonly string[]
}

/** Where and why a session failed; what is not known is left out. */
export interface TlsFailureDetails {
  readonly receivingMx?: string
  readonly receivingIp?: string
  readonly sendingIp?: string
  /** A word of OpenSSL or of this relay. */
  readonly reasonCode?: string
}

/** Sessions that ended alike. */
export interface TlsSessions {
  /** YYYY-MM-DD in UTC. */
  readonly day: string
  /** Domain whose policy applied: that of the recipients. */
  readonly domain: string
  readonly policy: ReportedPolicy
  readonly result: 'success' | TlsFailureType
  readonly details: TlsFailureDetails
}

/** The same, with how many they were. */
export interface CountedTlsSessions extends TlsSessions {
  readonly sessions: number
}

/** A day of a domain that a report is about. */
export interface TlsReportKey {
  readonly day: string
  readonly domain: string
}

/** One place that a domain wants its reports sent to. */
export interface TlsReportTarget {
  readonly uri: string
  readonly state: 'due' | 'sent' | 'failed'
  /** Queue id of the mail, or why it failed. */
  readonly note?: string
}

/** `unwanted`: the domain publishes no place for reports. */
export type TlsReportState = 'due' | 'sent' | 'failed' | 'unwanted'

export interface TlsReportRecord extends TlsReportKey {
  readonly reportId: string
  readonly state: TlsReportState
  /** Empty until the domain was asked. */
  readonly targets: readonly TlsReportTarget[]
  readonly reason: string | null
  readonly nextAttemptAt: number
  /** From then on it is not tried any more. */
  readonly expiresAt: number
}

/** A report in a list, with the sessions of its day. */
export interface TlsReportSummary extends TlsReportRecord {
  readonly successes: number
  readonly failures: number
}

/** How a report goes on; carried out only while its targets are still the expected ones. */
export interface TlsReportProgress extends TlsReportKey {
  readonly expected: readonly TlsReportTarget[]
  readonly targets: readonly TlsReportTarget[]
  readonly state: TlsReportState
  readonly reason: string | null
  readonly nextAttemptAt: number
}
