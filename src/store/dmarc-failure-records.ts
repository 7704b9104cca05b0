/** Failure reports about DMARC (RFC 9991) that were sent, as the store keeps them. */
export interface FailureReportRecord {
  /** Unix milliseconds. */
  readonly sentAt: number
  /** Where the policy record stands. */
  readonly domain: string
  /** The URI of `ruf` that got it. */
  readonly place: string
  /** Queue id of the message that failed. */
  readonly about: string
  /** Of the report. */
  readonly queueId: string
}

/** How many may be sent within a period. */
export interface FailureReportLimit {
  readonly most: number
  readonly milliseconds: number
}

export interface FailureReportLimits {
  readonly perDomain: FailureReportLimit
  readonly inAll: FailureReportLimit
}
