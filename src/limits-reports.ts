/** Bounds of reports about single messages (see limits.ts). */

/** Failure reports about DMARC (RFC 9991). */
export const dmarcFailures = {
  /** Reports that are being made at the same time; a failure that comes then is not reported. */
  underWay: 4,
  /** Places of one domain that get a report; real records have one. */
  maxPlaces: 2,
  /** What was sent is known for so many days. */
  keptDays: 35,
} as const
