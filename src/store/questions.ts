/**
 * The questions that can be put to the store and the changes that can be asked of it, with their answers. The relay
 * puts them to a worker thread (`openStore`), a command-line tool to its own read-only connection (`openReader`).
 */
import type { FailureChanges, FailureQuestions } from './failure-questions.ts'
import type { ListChanges, ListQuestions, ListRequestChanges } from './list-questions.ts'
import type { PostChanges, PostQuestions } from './post-questions.ts'
import type {
  AttemptRecord,
  DeliveryState,
  FailureToReport,
  MessageHistory,
  MessageState,
  MessageSummary,
  NewDelivery,
  NewMessage,
  PlanOutcome,
  QueueEntry,
  StoreCounts,
  StoredDelivery,
  StoredMessageWithOctets,
} from './records.ts'
import type { OnceOnly, SeenCopy } from './sqlite/message-identities.ts'
import type { BounceFollowUp, Reported } from './sqlite/reports.ts'
import type { RefreshQuery } from './sqlite/sts-policies.ts'
import type { SuspectWork, WorkKind } from './sqlite/under-way.ts'
import type {
  CountedTlsSessions,
  StsPolicyRecord,
  TlsReportKey,
  TlsReportProgress,
  TlsReportRecord,
  TlsReportSummary,
  TlsSessions,
} from './tls-records.ts'

/** Which deliveries are asked for by `due`. */
export interface DueQuery {
  readonly now: number
  readonly limit: number
  /** Destinations that have no room at the moment. */
  readonly exceptDestinations?: readonly string[]
  /** Deliveries that the caller has in hand already. */
  readonly exceptIds?: readonly number[]
}

/** The answer of `due`. */
export interface DueAnswer {
  /** Those whose time has come, earliest first. */
  readonly deliveries: readonly StoredDelivery[]
  /** When the next one after them is due, with the same exceptions; null if there is none. May lie in the past. */
  readonly nextDueAt: number | null
}

/** What `prune` may remove. */
export interface PruneQuery {
  readonly now: number
  /** How many messages one call looks at, at most: it keeps the commit short. */
  readonly limit: number
  /** How long the record of a message (the hop log) outlives its octets; default 0. */
  readonly hopLogMilliseconds?: number
}

/** What `prune` did; call it again while `more` is true. */
export interface PruneAnswer {
  readonly octetsRemoved: number
  readonly messagesRemoved: number
  readonly more: boolean
}

/** A page of the hop log, newest first. */
export interface MessagesQuery {
  readonly limit: number
  /** Only messages older than this queue id. */
  readonly before?: string
  readonly state?: MessageState
}

/** A page of the queue, next attempt first. */
export interface QueueQuery {
  readonly limit: number
  readonly destination?: string
  /** Default: `queued` and `held`. */
  readonly state?: DeliveryState
}

/** Questions that change nothing. */
export interface Questions extends ListQuestions, PostQuestions, FailureQuestions {
  /** Spooled messages in the order of their queue ids; at least one, no more than about `maxBytes` (64 MiB) of octets. */
  unplanned(query: { limit: number; after?: string; maxBytes?: number }): StoredMessageWithOctets[]
  message(queueId: string): StoredMessageWithOctets | undefined
  delivery(queueId: string, ordinal: number): StoredDelivery | undefined
  due(query: DueQuery): DueAnswer
  failuresToReport(limit: number): FailureToReport[]
  /** How many successes of a message are to be reported. */
  successesLeft(queueId: string): number
  /** Queue ids of messages with a success that is to be reported. */
  successesToReport(limit: number): string[]
  /** Queue ids of messages that wait for so long that their senders may hear of it. */
  delaysToReport(now: number, limit: number): string[]
  listMessages(query: MessagesQuery): MessageSummary[]
  showMessage(queueId: string): MessageHistory | undefined
  listQueue(query: QueueQuery): QueueEntry[]
  counts(): StoreCounts
  /** A number that changes whenever another process has changed anything; it means nothing else. */
  foreignVersion(): number
  /** The highest queue id ever stored, also after its message was pruned. */
  lastQueueId(): string | undefined
  /** The MTA-STS policy of a domain, expired or not. */
  stsPolicy(domain: string): StsPolicyRecord | undefined
  /** Policies that are in force and should be fetched anew, oldest first. */
  stsPoliciesToRefresh(query: RefreshQuery): StsPolicyRecord[]
  /** The TLS sessions of one domain and day, by policy and result. */
  tlsSessions(key: TlsReportKey): CountedTlsSessions[]
  /** Days before this one of which no TLS report is planned yet, oldest first. */
  tlsDaysToReport(before: string, limit: number): TlsReportKey[]
  /** TLS reports whose time has come, earliest first. */
  dueTlsReports(now: number, limit: number): TlsReportRecord[]
  tlsReport(key: TlsReportKey): TlsReportRecord | undefined
  /** Counted days, newest first, with their reports; `reportId` is '' where none is planned yet. */
  listTlsReports(limit: number): TlsReportSummary[]
  /** What was under way when the process ended by itself, and is tried alone or held; see under-way.ts. */
  suspectWork(): SuspectWork[]
}

/** Changes; each is atomic and on disk when it is answered. */
export interface Changes extends ListChanges, ListRequestChanges, PostChanges, FailureChanges {
  /** Puts a message on disk. */
  spool(message: NewMessage): void
  /** As `spool`, unless some copies of the message were taken before: then it changes nothing and answers those. */
  spoolOnce(message: NewMessage, once: OnceOnly): SeenCopy[]
  /**
   * Queues the deliveries of a spooled message, their first attempt announced, and moves the message to its new state.
   * Done already: changes nothing. Either way answers the deliveries that are there, in the order of their ordinals.
   * Rejects with `unknown` if there is no such message.
   */
  plan(queueId: string, deliveries: readonly NewDelivery[], outcome: PlanOutcome): StoredDelivery[]
  /** Writes down that an attempt is about to be made and when the next is due. False: no longer queued, do not attempt. */
  announceAttempt(deliveryId: number, nextAttemptAt: number): boolean
  /** Takes back attempts that were announced but not made. */
  releaseAttempts(deliveryIds: readonly number[], nextAttemptAt: number): void
  /**
   * Puts off queued deliveries to a destination that would be attempted before `until`; nothing else is changed.
   *
   * @returns how many there were, `limit` at most: then there may be more
   */
  postpone(destination: string, until: number, limit: number): number
  /**
   * After the clock was set back: deliveries that wait beyond `latest`, longer than any wait could be, are due `now` and end at
   * `lastEnd`. Answers how many were; fewer than `limit` when none is left.
   */
  pullIn(bounds: {
    readonly now: number
    readonly latest: number
    readonly lastEnd: number
    readonly limit: number
  }): number
  /**
   * Records an attempt. `nextAttemptAt` is for a deferral; without it the announced time stays. `warnAt`: when the sender is to
   * be told of the delay; the first one counts. A failure makes a DSN due, and so does a success that was asked for.
   */
  finishAttempt(deliveryId: number, attempt: AttemptRecord, nextAttemptAt?: number, warnAt?: number): void
  /**
   * Spools the DSN that reports these failures (or, with `reported`, successes; give it state `forwarded` and `keepUntil`), queues its deliveries, their
   * first attempt announced, and marks the failures as reported. If one of them is not due any more it changes nothing
   * and answers [].
   */
  spoolDsn(
    failedQueueId: string,
    ordinals: readonly number[],
    message: NewMessage,
    deliveries: readonly NewDelivery[],
    reported?: Reported,
  ): StoredDelivery[]
  /** As `spoolDsn`, for the DSN that tells of a delay, once a message. */
  spoolDelayDsn(
    delayedQueueId: string,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): StoredDelivery[]
  /**
   * As `spoolDsn`, for the DSN that passes a spooled bounce on: in one transaction it is queued, the delivery marked as
   * reported and the bounce parked. Answers [] if the bounce or the delivery was done before.
   */
  spoolReturn(
    bounce: BounceFollowUp,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): StoredDelivery[]
  /** Spools a mail of our own making (give it state `forwarded` and `keepUntil`) and queues its deliveries, as `spoolDsn` does. */
  spoolNotice(message: NewMessage, deliveries: readonly NewDelivery[]): StoredDelivery[]
  /** Parks a spooled bounce of which nothing follows; the reason is for the hop log. False: done before. */
  parkBounce(bounceQueueId: string, reason: string | null, keepUntil: number): boolean
  /** Marks failures (default) or successes of which no DSN may be sent. */
  skipDsn(failedQueueId: string, ordinals: readonly number[], reported?: Reported): void
  /** Nobody is told of the delay of a message. */
  skipDelayDsn(delayedQueueId: string): void
  prune(query: PruneQuery): PruneAnswer
  /** A suspect is about to be tried: if the process ends before `clearSuspect`, it is held. */
  beginSuspect(kind: WorkKind, workId: number): void
  /** A suspect has not ended the process. */
  clearSuspect(kind: WorkKind, workId: number): void
  /** Keeps an MTA-STS policy in the place of the one before. */
  keepStsPolicy(policy: StsPolicyRecord): void
  countTlsSession(session: TlsSessions): void
  /** Notes that TLS reports are due; a day of a domain that has one already is left as it is. */
  planTlsReports(
    reports: readonly Pick<TlsReportRecord, 'day' | 'domain' | 'reportId' | 'nextAttemptAt' | 'expiresAt'>[],
  ): void
  /** Notes how a TLS report goes on; false where its targets are no longer the expected ones. */
  advanceTlsReport(progress: TlsReportProgress): boolean
  /** The same, and in the same transaction spools the mail that carries it, as `spoolDsn` does; [] where it was done before. */
  spoolTlsReport(
    progress: TlsReportProgress,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): StoredDelivery[]
  /** Removes policies that have expired, and counted days before this one. */
  pruneTls(now: number, beforeDay: string): void
}

type Answers<T> = {
  [Name in keyof T]: T[Name] extends (...parameters: infer P) => infer R
    ? (...parameters: P) => Promise<R>
    : never
}

/** How often the store was asked and how often it had to commit. */
export interface StoreStatistics {
  readonly requests: number
  readonly commits: number
}

/** The store as the relay sees it. A request that cannot be met rejects with a `StoreError`. */
export interface Store extends Answers<Questions>, Answers<Changes> {
  readonly statistics: StoreStatistics
  /** Finishes what was asked and closes the file; later requests reject. */
  close(): Promise<void>
}

/** A read-only connection of its own, answering at once; for command-line tools. */
export interface Reader extends Questions {
  close(): void
}
