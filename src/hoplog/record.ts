/**
 * The record of one message: what was received, with the verdict on every hop before this one, and what was sent, with
 * every attempt. It is made from what the store kept, and is what `hops show --json` prints. Times are ISO 8601 in UTC,
 * except `t` of a signature, which is Unix seconds as on the wire; `i`, `d`, `mf`, `rt`, `t` and `s` are the tags' names.
 */
import type { AddedSignatures } from '../record/added-signatures.ts'
import type { ChoiceRecord, RecordedReply, TlsRecord } from '../record/attempt-facts.ts'
import type { Peer } from '../record/peer.ts'
import type { HopRecord as StoredHop } from '../record/signed-hop.ts'
import type {
  DeliveryHistory,
  DsnMark,
  MessageHistory,
  StoredAttempt,
  SuccessMark,
} from '../store/records.ts'
import type { AdmissionReport, BounceReport } from './admission-report.ts'
import { admissionReport, bounceReport } from './admission-report.ts'
import type { VerdictReport } from './verdict-report.ts'
import { verdictReport } from './verdict-report.ts'

export interface HopRecord {
  readonly queueId: string
  /** `forward`: through an alias; `originate`: from a client of ours; `bounce`: back to one of our addresses; `command`: to a list; `reflection`: to a reflector; `dsn`, `notice`: made here. */
  readonly direction: string
  readonly state: string
  /** Why it failed, or why a bounce is not reported; null otherwise. */
  readonly reason: string | null
  /** Of a DSN: the queue id of the message that it reports on. */
  readonly reportsOn: string | null
  /** What a bounce is about and how it was judged; null for every other message. */
  readonly bounce: BounceReport | null
  readonly received: ReceivedRecord
  readonly sent: readonly SentRecord[]
}

export interface ReceivedRecord extends AdmissionReport {
  readonly at: string
  /** null for a message made here. */
  readonly listener: string | null
  readonly peer: Peer | null
  /** MAIL FROM; '' is the null reverse-path. */
  readonly mf: string
  /** RCPT TO, the accepted ones. */
  readonly rt: readonly string[]
  readonly sizeBytes: number
  /** Of the message as received; null: it has none, or is not known. */
  readonly messageId: string | null
  /** What `hops search --subject-hash` looks for. */
  readonly subjectHash: string | null
  /** null for a message that was not verified because it was made here. */
  readonly verdict: VerdictReport | null
}

export interface SentRecord {
  readonly ordinal: number
  readonly kind: string
  /** The forward-path as received that led here. */
  readonly recipient: string
  readonly mf: string
  readonly rt: string
  readonly state: string
  readonly reason: string | null
  /** The DKIM2 hop added here; null where none was. */
  readonly hop: AddedHop | null
  /** What DKIM and ARC added, for hosts that do not know DKIM2; null in records of earlier versions. */
  readonly added: AddedSignatures | null
  readonly attempts: readonly AttemptRecord[]
  /** When it is tried next; null once it is delivered or failed. */
  readonly nextAttemptAt: string | null
  readonly finishedAt: string | null
  /** Whether the previous hop was told of a failure. `sent` for a delivered one: a later hop reported it. */
  readonly dsn: DsnMark
  /** Queue id of the DSN that told it. */
  readonly dsnQueueId: string | null
  /** Whether the previous hop is told of success, which it asked for; `wanted`: the next hop was asked to report it. */
  readonly successDsn: SuccessMark
}

export interface AddedHop {
  readonly i: number
  readonly d: string
  readonly s: readonly string[]
  readonly t: number
  readonly profile: string
  /** Of the draft; absent for a profile that has one only. */
  readonly revision?: string
}

export interface AttemptRecord {
  readonly number: number
  readonly startedAt: string
  readonly endedAt: string
  readonly nextHop: string
  readonly tls: TlsRecord | null
  readonly choice: ChoiceRecord | null
  readonly reply: RecordedReply | null
  readonly phase: string
  readonly outcome: string
  readonly reason: string | null
}

/** The record of a message as the store returns it. */
export function hopRecord(history: MessageHistory): HopRecord {
  const { message } = history
  const { envelope, record } = message
  return {
    queueId: message.queueId,
    direction: record.kind,
    state: message.state,
    reason: message.reason,
    reportsOn: message.reportsOn,
    bounce: record.kind === 'bounce' ? bounceReport(record.next) : null,
    received: {
      at: isoTime(message.receivedAt),
      listener: message.listener,
      peer: message.peer,
      mf: envelope.reversePath,
      rt: envelope.forwardPaths,
      sizeBytes: message.sizeBytes,
      messageId: message.messageId ?? null,
      subjectHash: message.subjectHash ?? null,
      verdict: record.admission && verdictReport(record.admission),
      ...admissionReport(record.admission),
    },
    sent: history.deliveries.map(sentRecord),
  }
}

function sentRecord(delivery: DeliveryHistory): SentRecord {
  const open = delivery.finishedAt === null
  return {
    ordinal: delivery.ordinal,
    kind: delivery.kind,
    recipient: delivery.recipient,
    mf: delivery.reversePath,
    rt: delivery.forwardPath,
    state: delivery.state,
    reason: delivery.reason,
    hop: delivery.hop === null ? null : addedHop(delivery.hop),
    added: delivery.added,
    attempts: delivery.log.map(attemptRecord),
    nextAttemptAt: open ? isoTime(delivery.nextAttemptAt) : null,
    finishedAt: open ? null : isoTime(delivery.finishedAt),
    dsn: delivery.dsn,
    dsnQueueId: delivery.dsnQueueId,
    successDsn: delivery.successDsn,
  }
}

function addedHop(hop: StoredHop): AddedHop {
  const { sequence: i, domain: d, selectors: s, timestampSeconds: t, profile, revision } = hop
  return { i, d, s, t, profile, ...(revision === undefined ? {} : { revision }) }
}

/** An attempt as it is told to people and programs. */
export function attemptRecord(attempt: StoredAttempt): AttemptRecord {
  return { ...attempt, startedAt: isoTime(attempt.startedAt), endedAt: isoTime(attempt.endedAt) }
}

/** ISO 8601 in UTC with milliseconds. */
export function isoTime(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString()
}
