/** What a message that reports failures says, once it has been taken apart. */
import type { MimeBounds } from '../message/mime-parts.ts'
import type { ReturnedMessage } from './returned-message.ts'
import type { DeliveryStatus, StatusBounds } from './status-fields.ts'

export interface Report extends DeliveryStatus {
  readonly kind: 'report'
  /** `dsn` for RFC 3464; the others are plain text of programs that know no DSN. */
  readonly form: 'dsn' | 'qmail' | 'exim'
  readonly returned?: ReturnedMessage
}

export type ReportReading =
  | Report
  /** Something else: a letter, a vacation notice. */
  | { readonly kind: 'no report' }
  | { readonly kind: 'malformed'; readonly reason: string }

export interface ReportBounds extends StatusBounds {
  readonly mime: MimeBounds
  /** Octets of the machine-readable part as it is encoded; the rest is not read. */
  readonly maxStatusBytes: number
}
