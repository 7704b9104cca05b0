/** Bounds of what places without TCP are sent and send (see limits.ts). */

/** A zone file that answers instead of DNS. */
export const zoneFile = {
  /** Whoever has just put a record there waits no longer. */
  lookEveryMilliseconds: 1_000,
  /** Some 100,000 keys. */
  maxOctets: 64 * 1024 * 1024,
} as const

/** Gateways that are posted Batch SMTP objects. */
export const gateways = {
  /** Whose failures are remembered; URI records are written by strangers. */
  maxRemembered: 10_000,
  /** Four replies of up to 512 octets for each of a thousand messages. */
  maxAnswerOctets: 2 * 1024 * 1024,
} as const

/** Objects of Batch SMTP that come in. */
export const incomingObjects = {
  /** Commands for each message that is allowed: MAIL, some recipients, DATA. */
  commandsPerMessage: 100,
  /** Octets of an object on their way before it is known how far it was read: with light time a small window would send nothing. */
  windowBytes: 16 * 1024 * 1024,
} as const
