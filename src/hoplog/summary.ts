/** Lines of the lists: one message of the hop log, one delivery of the queue. */

import type { MessageSummary, QueueEntry, StoredMessage } from '../store/records.ts'
import type { WorkKind } from '../store/work-records.ts'
import type { AttemptRecord } from './record.ts'
import { attemptRecord, isoTime } from './record.ts'

export interface MessageLine {
  readonly queueId: string
  readonly receivedAt: string
  readonly direction: string
  readonly state: string
  readonly mf: string
  readonly rt: readonly string[]
  /** Result word of the DKIM2 verification; null for a message made here. */
  readonly result: string | null
  readonly sizeBytes: number
  /** How many deliveries are in each state. */
  readonly deliveries: Readonly<Record<string, number>>
}

export interface QueueLine {
  readonly queueId: string
  readonly ordinal: number
  readonly state: string
  /** Why it is held, where the relay itself did that. */
  readonly reason: string | null
  readonly destination: string
  readonly mf: string
  readonly rt: string
  readonly receivedAt: string
  readonly sizeBytes: number
  readonly attempts: number
  readonly nextAttemptAt: string
  readonly expiresAt: string
  readonly lastAttempt: AttemptRecord | null
}

/** Other work of a message that is held: its plan (or what follows from a bounce or a command), its posts, the reports about it. */
export interface HeldWorkLine {
  readonly queueId: string
  readonly ordinal: null
  readonly state: 'held'
  readonly reason: string | null
  readonly work: WorkKind
  readonly mf: string
  readonly rt: readonly string[]
  readonly receivedAt: string
  readonly sizeBytes: number
}

export function heldWorkLine(work: WorkKind, message: StoredMessage): HeldWorkLine {
  const { envelope } = message
  return {
    queueId: message.queueId,
    ordinal: null,
    state: 'held',
    reason: message.reason,
    work,
    mf: envelope.reversePath,
    rt: envelope.forwardPaths,
    receivedAt: isoTime(message.receivedAt),
    sizeBytes: message.sizeBytes,
  }
}

export function messageLine(message: MessageSummary): MessageLine {
  const { envelope, record } = message
  return {
    queueId: message.queueId,
    receivedAt: isoTime(message.receivedAt),
    direction: record.kind,
    state: message.state,
    mf: envelope.reversePath,
    rt: envelope.forwardPaths,
    result: record.admission?.state ?? null,
    sizeBytes: message.sizeBytes,
    deliveries: message.deliveries,
  }
}

export function queueLine(entry: QueueEntry): QueueLine {
  return {
    queueId: entry.queueId,
    ordinal: entry.ordinal,
    state: entry.state,
    reason: entry.reason,
    destination: entry.destination,
    mf: entry.reversePath,
    rt: entry.forwardPath,
    receivedAt: isoTime(entry.receivedAt),
    sizeBytes: entry.sizeBytes,
    attempts: entry.attempts,
    nextAttemptAt: isoTime(entry.nextAttemptAt),
    expiresAt: isoTime(entry.expiresAt),
    lastAttempt: entry.lastAttempt === null ? null : attemptRecord(entry.lastAttempt),
  }
}
