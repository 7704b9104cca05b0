/** The questions and changes about failed copies and what follows for their subscribers; part of `Questions` and `Changes`. */
import type {
  CountedFailure,
  FailedCopy,
  ListRemark,
  StoredListNews,
  Subscriber,
  SubscriberChange,
  UntoldNews,
} from './list-records.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from './records.ts'
import type { BounceFollowUp } from './sqlite/reports.ts'

/** Questions that change nothing. */
export interface FailureQuestions {
  /** Failed copies for subscribers, of one message, that were neither counted nor reported yet, by their ordinals. */
  failedCopies(queueId: string, query: { readonly after: number; readonly limit: number }): FailedCopy[]
  /** How many failures of a message are still to be counted or reported. */
  failuresLeft(queueId: string): number
  /** Subscribers whose probe is to be sent or decided on, the longest due first. */
  probesDue(now: number, limit: number): Subscriber[]
  /** Lists whose owners have not been told everything. */
  untoldNews(): UntoldNews[]
  /** What the owners of a list have not been told, the oldest first. */
  listNews(listId: number, limit: number): StoredListNews[]
}

/** Changes that the relay alone makes. */
export interface FailureChanges {
  /** Marks failed copies as counted, and changes what follows from that. */
  countFailures(queueId: string, failures: readonly CountedFailure[]): void
  /** The same for a bounce about one copy; the bounce is then done with. False: it was done before. */
  countBounce(bounce: BounceFollowUp, follows: Omit<CountedFailure, 'ordinal'>): boolean
  /** Parks a bounce that says nothing of its copy, and notes what the owners are told. False: it was done before. */
  noteUnread(bounce: BounceFollowUp, reason: string, remark: ListRemark | null): boolean
  /** Changes one subscriber; false: it is gone. */
  changeSubscriber(change: SubscriberChange): boolean
  /** Queues a probe together with the change of its subscriber; [] when that is gone. */
  spoolProbe(
    change: SubscriberChange,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): StoredDelivery[]
  /** Spools what the owners of a list are told, and forgets the news up to that number. */
  spoolNews(told: ToldNews, message: NewMessage, deliveries: readonly NewDelivery[]): StoredDelivery[]
}

/** News that the owners of a list are told now. */
export interface ToldNews {
  readonly listId: number
  /** Number of the last. */
  readonly upTo: number
  readonly at: number
}
