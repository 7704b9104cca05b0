/** Lines of the lists: one message of the hop log, one delivery of the queue. */
import type { Envelope } from '../smtp/envelope.ts'
import type { MessageSummary, QueueEntry } from '../store/records.ts'
import type { AttemptRecord } from './record.ts'
import { attemptRecord, isoTime } from './record.ts'
import { storedVerdictReport } from './verdict-report.ts'

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

export function messageLine(message: MessageSummary): MessageLine {
  const envelope = message.envelope as Partial<Envelope>
  return {
    queueId: message.queueId,
    receivedAt: isoTime(message.receivedAt),
    direction: message.direction,
    state: message.state,
    mf: envelope.reversePath ?? '',
    rt: envelope.forwardPaths ?? [],
    result: message.verdict === null ? null : storedVerdictReport(message.verdict).result,
    sizeBytes: message.sizeBytes,
    deliveries: message.deliveries,
  }
}

export function queueLine(entry: QueueEntry): QueueLine {
  return {
    queueId: entry.queueId,
    ordinal: entry.ordinal,
    state: entry.state,
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
