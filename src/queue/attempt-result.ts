/** What an attempt came to, and the record of it that goes into the hop log. */

import type { ChoiceRecord, RecordedReply, TlsRecord } from '../record/attempt-facts.ts'
import { isBeforeMail } from '../smtp/phase.ts'
import type { AttemptRecord } from '../store/records.ts'

/**
 * What an attempt came to; the outcome of the deliver stage fits in. `deferred` is tried again until the delivery's
 * life in the queue is over.
 */
export interface AttemptResult {
  readonly kind: 'delivered' | 'deferred' | 'failed'
  /** How far it came: discover, connect, … */
  readonly phase: string
  /** The host that was tried last; absent if none was. */
  readonly nextHop?: string | undefined
  readonly tls?: TlsRecord | null | undefined
  /** Why that host, and what TLS it had to do. */
  readonly choice?: ChoiceRecord | null | undefined
  readonly reply?: RecordedReply | null | undefined
  /** Why, where there was no reply. */
  readonly reason?: string | undefined
  /** This machine was short of something: it says nothing of the destination. */
  readonly isLocalFault?: boolean | undefined
  /** When the destination is tried again: until then everything for it waits. Unix milliseconds. */
  readonly retryAt?: number | undefined
  /** The next hop was asked for reports and gives them. */
  readonly reportsTaken?: boolean | undefined
}

/** True when an attempt was deferred before any host was asked about the message. */
export function reachedNobody({ outcome, phase }: Pick<AttemptRecord, 'outcome' | 'phase'>): boolean {
  return outcome === 'deferred' && isBeforeMail(phase)
}

/** The reason in the record of a delivery whose time is up, with the status that it is reported with (RFC 3463: X.4.7). */
export const lifetimeExceeded = '5.4.7 queue lifetime exceeded'

/** The record of an attempt. Times are Unix milliseconds. */
export function recordOf(result: AttemptResult, startedAt: number, endedAt: number): AttemptRecord {
  return {
    startedAt,
    endedAt,
    nextHop: result.nextHop ?? '',
    tls: result.tls ?? null,
    choice: result.choice ?? null,
    reply: result.reply ?? null,
    phase: result.phase,
    outcome: result.kind,
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    ...(result.reportsTaken === true ? { reportsTaken: true } : {}),
    ...(result.retryAt === undefined ? {} : { retryAt: result.retryAt }),
    ...(result.isLocalFault === true ? { isLocalFault: true } : {}),
  }
}

/** The record of the last attempt of a delivery whose time is up. */
export function expired(record: AttemptRecord): AttemptRecord {
  const reason = record.reason === undefined ? lifetimeExceeded : `${lifetimeExceeded} (${record.reason})`
  return { ...record, outcome: 'failed', reason }
}

/** What is made of an attempt that threw: an unknown error counts as temporary. */
export function deferredBy(error: unknown): AttemptResult {
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'deferred', phase: 'internal', reason: `internal error: ${message}` }
}
