/**
 * The store: what the relay has taken and what has become of it. The relay and the command line use the same interface,
 * whatever keeps the data (`openStore` chooses that); several processes may have one store open at the same time. What is
 * answered of a change is on disk. A question sees what is committed, by whomever.
 *
 * Two that want the same piece of work both try to claim it, and one gets it: every change that takes up work names what the
 * caller has seen of it, and changes nothing when that is not so any more.
 */
import type { AccountRate } from './account-rate-records.ts'
import type { AccountStore } from './account-store.ts'
import type { AdminStore } from './admin-store.ts'
import type { AliasStore } from './alias-store.ts'
import type { AliasTargetStore } from './alias-target-store.ts'
import type { BatchMessage } from './batch-records.ts'
import type { CareStore } from './care-store.ts'
import type { DmarcStore } from './dmarc-store.ts'
import type { OnceOnly, SeenCopy } from './identity-records.ts'
import type {
  CountedFailure,
  FailedCopy,
  ListRemark,
  NewList,
  NewSubscriber,
  StoredList,
  StoredListNews,
  SubscribeAnswer,
  Subscriber,
  SubscriberChange,
  SubscriberCounts,
  Suspension,
  ToldNews,
  UntoldNews,
} from './list-records.ts'
import type {
  ListOrder,
  ListRequest,
  ListRequestLimits,
  NewListRequest,
  ReachedLimit,
} from './list-request-records.ts'
import type {
  CopiesPage,
  HeldPostsQuery,
  NewPost,
  PostRejection,
  PostRevision,
  StoredPost,
} from './post-records.ts'
import type {
  Claim,
  DestinationQueue,
  DueAnswer,
  DueQuery,
  InOrderQuery,
  MessageCriteria,
  MessagesQuery,
  NewMessages,
  PruneAnswer,
  PruneQuery,
  QueueQuery,
  RefreshQuery,
  SeenDelivery,
  SubscribersQuery,
} from './queries.ts'
import type { Deletion, DeliverySelection } from './queue-records.ts'
import type {
  AttemptRecord,
  FailureToReport,
  MessageHistory,
  MessageSummary,
  NewDelivery,
  NewMessage,
  PlanOutcome,
  QueueEntry,
  StoreCounts,
  StoredDelivery,
  StoredMessageWithOctets,
} from './records.ts'
import type { ClaimedWork, LeaseAnswer, RelayRecord, SealedFile } from './relay-records.ts'
import type { BounceFollowUp, Reported } from './report-records.ts'
import type { RetentionStore } from './retention-store.ts'
import type {
  CountedTlsSessions,
  StsPolicyRecord,
  TlsReportKey,
  TlsReportProgress,
  TlsReportRecord,
  TlsReportSummary,
  TlsSessions,
} from './tls-records.ts'
import type { SuspectWork, WorkKind } from './work-records.ts'

/** How often the store was asked and how often it had to commit. */
export interface StoreStatistics {
  readonly requests: number
  readonly commits: number
}

/** The changes that a person asks for, and that can be made several at a time. */
export type OperatorChangeName =
  | 'retryDeliveries'
  | 'holdDeliveries'
  | 'releaseDeliveries'
  | 'deleteDeliveries'
  | 'subscribe'
  | 'unsubscribe'
  | 'suspendSubscribers'
  | 'resumeSubscribers'
  | 'approvePost'
  | 'rejectPost'

/** One of them: its name and its parameters. */
export type OperatorChange<Name extends OperatorChangeName = OperatorChangeName> = {
  [One in Name]: readonly [name: One, ...parameters: Parameters<Store[One]>]
}[Name]

export type OperatorAnswer<Name extends OperatorChangeName> = Awaited<ReturnType<Store[Name]>>

/**
 * Each change is atomic and on disk when it is answered; a request that cannot be met rejects with a `StoreError`.
 * All times are Unix milliseconds.
 */
export interface Store
  extends AccountStore,
    AdminStore,
    AliasStore,
    AliasTargetStore,
    CareStore,
    DmarcStore,
    RetentionStore {
  readonly statistics: StoreStatistics
  /** Several changes as one: all of them are made, in their order, or none; their answers. */
  together<Change extends OperatorChange>(changes: readonly Change[]): Promise<OperatorAnswer<Change[0]>[]>
  /** Finishes what was asked and closes the store; later requests reject. */
  close(): Promise<void>

  // Relays that share the store; see relay-records.ts.

  /** The number of the relay that has opened the store; null: a command has, whose changes claim nothing. */
  readonly relay: number | null
  /** The relay of this name that had it open before has not ended as it was told. */
  readonly isAfterCrash: boolean
  /** Makes the claims of this relay last, and takes over those of relays whose lease has ended. */
  renewLease(lease: { readonly now: number; readonly leaseMilliseconds: number }): Promise<LeaseAnswer>
  /** Whether this relay does a job for all of them; from then on it does, until its lease ends. */
  claimJob(name: string): Promise<boolean>
  /** Claims work of messages that nobody has claimed; answers the queue ids of what this relay has now. */
  claimWork(kind: ClaimedWork, queueIds: readonly string[]): Promise<string[]>
  /** The relays that have the store open, by number. */
  relays(): Promise<RelayRecord[]>
  /** Files of keys that nodes share; also those that were removed. */
  sealedFiles(): Promise<SealedFile[]>
  /** Keeps one in the place of that version of it, 0: of none. False: it has another version by now, and stays. */
  putSealedFile(file: SealedFile): Promise<boolean>

  // Messages and their deliveries.

  /** Those that no other relay has claimed. Spooled messages in the order of their queue ids; at least one, no more than about `maxBytes` (64 MiB) of octets. */
  unplanned(query: { limit: number; after?: string; maxBytes?: number }): Promise<StoredMessageWithOctets[]>
  message(queueId: string): Promise<StoredMessageWithOctets | undefined>
  delivery(queueId: string, ordinal: number): Promise<StoredDelivery | undefined>
  /** Deliveries that no other relay has claimed; from now on this one has. */
  due(query: DueQuery): Promise<DueAnswer>
  /**
   * Those that go by gateways, in the order in which their messages came to the store. Not answered are those with an older one of
   * the same sender (reverse-path as received) to the same destination that is not due, or with an older message of the same sender that is
   * not planned; and those to a destination of which another relay has claimed any. What is answered this relay has claimed.
   */
  dueInOrder(query: InOrderQuery): Promise<StoredDelivery[]>
  /** Whether deliveries are due that go by gateways and that this relay has not in hand; `dueInOrder` may hold them back. */
  hasInOrder(query: Omit<DueQuery, 'limit'>): Promise<boolean>
  /** Queued deliveries to these destinations go by gateways from now on. Answers how many did not before. */
  putInOrder(destinations: readonly string[]): Promise<number>
  failuresToReport(limit: number): Promise<FailureToReport[]>
  /** How many successes of a message are to be reported. */
  successesLeft(queueId: string): Promise<number>
  /** Queue ids of messages with a success that is to be reported. */
  successesToReport(limit: number): Promise<string[]>
  /** Queue ids of messages that wait for so long that their senders may hear of it. */
  delaysToReport(now: number, limit: number): Promise<string[]>
  listMessages(query: MessagesQuery): Promise<MessageSummary[]>
  /** Those of some messages that are still known, by their queue ids. */
  messagesById(queueIds: readonly string[]): Promise<MessageSummary[]>
  /** Puts up to `limit` of the messages that came last into the index of the search, without which they are looked through; true: there are more. */
  indexTerms(limit: number): Promise<boolean>
  /** Messages that were put on disk after those of an earlier answer, in that order; without `after` only where to begin. */
  newMessages(query: { after?: number; limit: number; criteria?: MessageCriteria }): Promise<NewMessages>
  showMessage(queueId: string): Promise<MessageHistory | undefined>
  listQueue(query: QueueQuery): Promise<QueueEntry[]>
  /** The open deliveries by destination and state, most first. It reads every open delivery: for people and for metrics. */
  queueByDestination(now: number, limit: number): Promise<DestinationQueue[]>
  counts(): Promise<StoreCounts>
  /**
   * Whether another process (a relay, a command) has changed what people change, or anything, since this was last asked, or since it was
   * opened. One asks and tells the rest: an answer is given once. Of lists alone `listsVersion` tells.
   */
  changesOfOthers(): Promise<boolean>
  /** The highest queue id ever stored, also after its message was pruned. */
  lastQueueId(): Promise<string | undefined>
  /** What was under way when the process ended by itself, and is tried alone or held; see work-records.ts. */
  suspectWork(): Promise<SuspectWork[]>

  /** Puts a message on disk. */
  spool(message: NewMessage): Promise<void>
  /** The copies of a message that were taken before, as `spoolOnce` would find them now. */
  takenBefore(once: OnceOnly): Promise<SeenCopy[]>
  /** As `spool`, unless some copies of the message were taken before: then it changes nothing and answers those. */
  spoolOnce(message: NewMessage, once: OnceOnly): Promise<SeenCopy[]>
  /**
   * Queues the deliveries of a spooled message, their first attempt announced, and moves the message to its new state. Answers
   * them in the order of their ordinals: they are the caller's to attempt. Planned before, by whomever: changes nothing and
   * answers []. Rejects with `unknown` if there is no such message.
   */
  plan(queueId: string, deliveries: readonly NewDelivery[], outcome: PlanOutcome): Promise<StoredDelivery[]>
  /**
   * Claims a delivery: writes down that an attempt is about to be made and when the next is due. False: it is not queued any
   * more, or not as the caller has seen it, because somebody else has announced an attempt or moved its time since. Do not
   * attempt it; what is there now is answered by `due`.
   */
  announceAttempt(seen: SeenDelivery, nextAttemptAt: number): Promise<boolean>
  /** Takes back attempts that were announced but not made; those that somebody else has claimed since stay as they are. */
  releaseAttempts(claims: readonly Claim[], nextAttemptAt: number): Promise<void>
  /**
   * Puts off queued deliveries to a destination that would be attempted before `until`; nothing else is changed.
   *
   * @returns how many there were, `limit` at most: then there may be more
   */
  postpone(destination: string, until: number, limit: number): Promise<number>
  /**
   * After the clock was set back: deliveries that wait beyond `latest`, longer than any wait could be, are due `now` and end at
   * `lastEnd`. Answers how many were; fewer than `limit` when none is left.
   */
  pullIn(bounds: {
    readonly now: number
    readonly latest: number
    readonly lastEnd: number
    readonly limit: number
  }): Promise<number>
  /**
   * Records an attempt. `nextAttemptAt` is for a deferral; without it the announced time stays. `warnAt`: when the sender is to
   * be told of the delay; the first one counts. A failure makes a DSN due, and so does a success that was asked for.
   *
   * @returns false where somebody else has announced an attempt since: it changes nothing then
   */
  finishAttempt(
    claim: Claim,
    attempt: AttemptRecord,
    nextAttemptAt?: number,
    warnAt?: number,
  ): Promise<boolean>
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
  ): Promise<StoredDelivery[]>
  /** As `spoolDsn`, for the DSN that tells of a delay, once a message. */
  spoolDelayDsn(
    delayedQueueId: string,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
  /**
   * As `spoolDsn`, for the DSN that passes a spooled bounce on: in one transaction it is queued, the delivery marked as
   * reported and the bounce parked. Answers [] if the bounce or the delivery was done before.
   */
  spoolReturn(
    bounce: BounceFollowUp,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
  /** Spools a mail of our own making (give it state `forwarded` and `keepUntil`) and queues its deliveries, as `spoolDsn` does. */
  spoolNotice(message: NewMessage, deliveries: readonly NewDelivery[]): Promise<StoredDelivery[]>
  /**
   * Parks a spooled bounce of which nothing follows; the reason is for the hop log, and with `isUntold` for the postmaster: nobody
   * else hears of what it says. False: done before.
   */
  parkBounce(
    bounceQueueId: string,
    reason: string | null,
    keepUntil: number,
    isUntold?: boolean,
  ): Promise<boolean>
  /** Marks failures (default) or successes of which no DSN may be sent; `why` is for the postmaster, who hears of failures. */
  skipDsn(
    failedQueueId: string,
    ordinals: readonly number[],
    reported?: Reported,
    why?: string,
  ): Promise<void>
  /** Nobody is told of the delay of a message. */
  skipDelayDsn(delayedQueueId: string): Promise<void>
  prune(query: PruneQuery): Promise<PruneAnswer>
  /** A suspect is about to be tried: if the process ends before `clearSuspect`, it is held. */
  beginSuspect(kind: WorkKind, workId: number): Promise<void>
  /** A suspect has not ended the process. */
  clearSuspect(kind: WorkKind, workId: number): Promise<void>

  // What an operator does to the queue; each answers how many deliveries it has changed.

  /** Makes queued deliveries due now. */
  retryDeliveries(selection: DeliverySelection, now: number): Promise<number>
  /** Keeps queued deliveries from being attempted. */
  holdDeliveries(selection: DeliverySelection): Promise<number>
  /** Queues held deliveries, due now; what else of a message is held is taken up again. */
  releaseDeliveries(selection: DeliverySelection, now: number): Promise<number>
  /** Gives up queued and held deliveries, and what else of a message is held. */
  deleteDeliveries(selection: DeliverySelection, deletion: Deletion): Promise<number>

  // MTA-STS policies and TLS reports.

  /** The MTA-STS policy of a domain, expired or not. */
  stsPolicy(domain: string): Promise<StsPolicyRecord | undefined>
  /** Policies that are in force and should be fetched anew, oldest first. */
  stsPoliciesToRefresh(query: RefreshQuery): Promise<StsPolicyRecord[]>
  /** The TLS sessions of one domain and day, by policy and result. */
  tlsSessions(key: TlsReportKey): Promise<CountedTlsSessions[]>
  /** Days before this one of which no TLS report is planned yet, oldest first. */
  tlsDaysToReport(before: string, limit: number): Promise<TlsReportKey[]>
  /** TLS reports whose time has come, earliest first. */
  dueTlsReports(now: number, limit: number): Promise<TlsReportRecord[]>
  tlsReport(key: TlsReportKey): Promise<TlsReportRecord | undefined>
  /** Counted days, newest first, with their reports; `reportId` is '' where none is planned yet. */
  listTlsReports(limit: number): Promise<TlsReportSummary[]>
  /** What was counted for accounts, of periods that are not over. */
  accountRates(now: number): Promise<AccountRate[]>
  /** Puts counts of accounts in the place of those before, and removes those of periods that are over. */
  keepAccountRates(rates: readonly AccountRate[], now: number): Promise<void>
  /** Keeps an MTA-STS policy in the place of the one before. */
  keepStsPolicy(policy: StsPolicyRecord): Promise<void>
  countTlsSession(session: TlsSessions): Promise<void>
  /** Notes that TLS reports are due; a day of a domain that has one already is left as it is. */
  planTlsReports(
    reports: readonly Pick<TlsReportRecord, 'day' | 'domain' | 'reportId' | 'nextAttemptAt' | 'expiresAt'>[],
  ): Promise<void>
  /** Notes how a TLS report goes on; false where its targets are no longer the expected ones. */
  advanceTlsReport(progress: TlsReportProgress): Promise<boolean>
  /** The same, and in the same transaction spools the mail that carries it, as `spoolDsn` does; [] where it was done before. */
  spoolTlsReport(
    progress: TlsReportProgress,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
  /** Removes policies that have expired, and counted days before this one. */
  pruneTls(now: number, beforeDay: string): Promise<void>

  // Messages that came in Batch SMTP objects.

  /** What is known of one that came before, by its key. */
  batchMessage(key: string): Promise<BatchMessage | undefined>
  /** One is about to be judged; of more than `remembered` the oldest are forgotten. */
  noteBatchMessage(key: string, queueId: string, remembered: number): Promise<void>
  /** It was answered with 250. */
  takeBatchMessage(key: string): Promise<void>

  // Mailing lists and their subscribers.

  /** A number that grows with every change of a list or its settings; subscribers do not count. */
  listsVersion(): Promise<number>
  /** Every list, by address. */
  lists(): Promise<StoredList[]>
  /** By its address in the comparable form. */
  list(address: string): Promise<StoredList | undefined>
  subscribers(query: SubscribersQuery): Promise<Subscriber[]>
  /** One subscriber, by the comparable form of the address. */
  subscriber(listId: number, addressKey: string): Promise<Subscriber | undefined>
  /** One subscriber, by what a delivery or a token names. */
  subscriberById(id: number): Promise<Subscriber | undefined>
  /** There was a subscriber of this number, and is none any more. */
  hasLeft(id: number): Promise<boolean>
  /** Subscribers that are suspended or have failures that counted; the suspended first, then by score. */
  failingSubscribers(listId: number, limit: number): Promise<Subscriber[]>
  subscriberCounts(listId: number): Promise<SubscriberCounts>
  /** One request, by its number or by the queue id of the message that it came in. */
  listRequest(key: number | string): Promise<ListRequest | undefined>
  /** Answers the id. Rejects with `conflict` if there is a list of that address. */
  createList(list: NewList): Promise<number>
  /** False: there is no such list, or, with `seenVersion`, lists have changed since `listsVersion` answered that. */
  changeList(listId: number, settings: object, seenVersion?: number): Promise<boolean>
  /** Removes a list with its subscribers. False: there is no such list. */
  deleteList(listId: number): Promise<boolean>
  /** Adds those that are not subscribed; the others stay as they are, suspended ones too. Rejects with `conflict` without such a list. */
  subscribe(listId: number, subscribers: readonly NewSubscriber[], at: number): Promise<SubscribeAnswer>
  /** Removes subscribers; answers how many there were. */
  unsubscribe(listId: number, addressKeys: readonly string[]): Promise<number>
  /** Removes up to so many subscribers of a list; answers how many. A large list is emptied in steps before it is deleted. */
  removeSubscribers(listId: number, limit: number): Promise<number>
  /** Removes one subscriber, by what a token names. False: it is not there. */
  removeSubscriber(listId: number, subscriberId: number): Promise<boolean>
  /** Suspends active subscribers; answers how many there were. */
  suspendSubscribers(listId: number, addressKeys: readonly string[], suspension: Suspension): Promise<number>
  /** Makes suspended subscribers active again, their score forgotten; answers how many there were. */
  resumeSubscribers(listId: number, addressKeys: readonly string[]): Promise<number>
  /** Puts a command on disk together with its request, unless there were too many lately: then it changes nothing and says which. */
  spoolRequest(message: NewMessage, request: NewListRequest, limits: ListRequestLimits): Promise<ReachedLimit>
  /**
   * Carries out an order, all of it or nothing, and spools the notice about it (give it state `forwarded` and `keepUntil`) as
   * `spoolNotice` does. Not done: the command had been carried out before, or the request is not in the state it should be in.
   */
  carryOut(
    order: ListOrder,
    notice?: { readonly message: NewMessage; readonly deliveries: readonly NewDelivery[] },
  ): Promise<{ readonly isDone: boolean; readonly deliveries: readonly StoredDelivery[] }>
  /** Removes requests that can no longer be answered and no longer count; answers how many there were. */
  pruneRequests(before: number, limit: number): Promise<number>

  // Failed copies, and what follows for their subscribers.

  /** Failed copies for subscribers, of one message, that were neither counted nor reported yet, by their ordinals. */
  failedCopies(
    queueId: string,
    query: { readonly after: number; readonly limit: number },
  ): Promise<FailedCopy[]>
  /** How many failures of a message are still to be counted or reported. */
  failuresLeft(queueId: string): Promise<number>
  /** Subscribers whose probe is to be sent or decided on, the longest due first. */
  probesDue(now: number, limit: number): Promise<Subscriber[]>
  /** Lists whose owners have not been told everything. */
  untoldNews(): Promise<UntoldNews[]>
  /** What the owners of a list have not been told, the oldest first. */
  listNews(listId: number, limit: number): Promise<StoredListNews[]>
  /** Marks failed copies as counted, and changes what follows from that. */
  countFailures(queueId: string, failures: readonly CountedFailure[]): Promise<void>
  /** The same for a bounce about one copy; the bounce is then done with. False: it was done before. */
  countBounce(bounce: BounceFollowUp, follows: Omit<CountedFailure, 'ordinal'>): Promise<boolean>
  /** Parks a bounce that says nothing of its copy, and notes what the owners are told. False: it was done before. */
  noteUnread(bounce: BounceFollowUp, reason: string, remark: ListRemark | null): Promise<boolean>
  /** Changes one subscriber; false: it is gone. */
  changeSubscriber(change: SubscriberChange): Promise<boolean>
  /** Queues a probe together with the change of its subscriber; [] when that is gone. */
  spoolProbe(
    change: SubscriberChange,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
  /** Spools what the owners of a list are told, and forgets the news up to that number. */
  spoolNews(
    told: ToldNews,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>

  // Posts.

  post(postId: number): Promise<StoredPost | undefined>
  /** The posts of one message, in the order in which they were made. */
  postsOf(queueId: string): Promise<StoredPost[]>
  /** Posts that are accepted and not done yet, by their ids; without those that another relay has claimed. */
  openPosts(query: { limit: number; after?: number }): Promise<StoredPost[]>
  heldPosts(query: HeldPostsQuery): Promise<StoredPost[]>
  /** Whether a list has had a post of this Message-ID, by its hash: the next one is rejected. */
  hasMessageId(listId: number, messageIdHash: string): Promise<boolean>
  /** Of how many held posts of a list its owners were told since a time. */
  postsTold(listId: number, since: number): Promise<number>
  /** The revised message of a post; undefined before it is revised and after it was pruned. */
  postOctets(postId: number): Promise<Buffer | undefined>
  /** A held post goes to its list. False: it is not held any more. */
  approvePost(postId: number): Promise<boolean>
  /**
   * A held post goes to nobody. With `failure` the poster hears of it as of a copy that failed. False: it is not held any
   * more.
   */
  rejectPost(postId: number, rejection: PostRejection): Promise<boolean>
  /** As `plan`, with posts of the message, which are answered as they are stored, planned before or now. */
  planPosts(
    queueId: string,
    deliveries: readonly NewDelivery[],
    posts: readonly NewPost[],
    outcome: PlanOutcome,
  ): Promise<{ deliveries: StoredDelivery[]; posts: StoredPost[] }>
  /** An accepted post is revised: from now on its copies are planned, for those who are subscribed now. Undefined: it was revised before. */
  revisePost(revision: PostRevision): Promise<StoredPost | undefined>
  /** Plans a page of copies and moves the cursor. Undefined: the page was planned before, or the post is not open. */
  planCopies(page: CopiesPage, deliveries: readonly NewDelivery[]): Promise<StoredDelivery[] | undefined>
  /** An open post goes to nobody, or to nobody else. */
  endPost(postId: number, end: { state: 'done' | 'rejected'; reason: string; at: number }): Promise<boolean>
}
