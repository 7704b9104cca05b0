/** What the store keeps of mailing lists. All times are Unix milliseconds. */

import type { RecordedReply } from '../record/attempt-facts.ts'

/** A list to be made. */
export interface NewList {
  /** In the form that addresses are compared by: lower case, the domain as A-labels. */
  readonly address: string
  /** Kept as JSON; the store never looks inside (lists/settings). */
  readonly settings: object
  readonly createdAt: number
}

/** A list as read back. */
export interface StoredList extends NewList {
  /** Never given to a second list. */
  readonly id: number
}

/** Only `active` subscribers get posts. */
export type SubscriberState = 'active' | 'suspended'

/** Who suspended a subscriber. */
export type SuspendedBy = 'bounces' | 'operator' | 'subscriber'

/** An address to be subscribed. */
export interface NewSubscriber {
  /** As it was given: mail goes out to this spelling. */
  readonly address: string
  /** The form that addresses are compared by (lists/list-address); a list has each once. */
  readonly addressKey: string
  /** Since when, where that is known from elsewhere; default: the time of the call. */
  readonly subscribedAt?: number
  /** Set for one that is subscribed without getting posts. */
  readonly suspension?: Suspension
}

/** A subscriber as read back. */
export interface Subscriber extends Pick<NewSubscriber, 'address' | 'addressKey'> {
  /** Never given to a second subscriber; later ones have higher numbers. */
  readonly id: number
  readonly listId: number
  readonly state: SubscriberState
  readonly subscribedAt: number
  readonly suspendedAt: number | null
  readonly suspendedBy: SuspendedBy | null
  /** Why it is suspended, or the last bounce that counted. */
  readonly reason: string | null
  /** Points of counted bounces as of `bouncedAt`; what time has taken off since is not in it (lists/bounce-score). */
  readonly bounceScore: number
  /** When a bounce last counted. */
  readonly bouncedAt: number | null
  /** Probes sent since the suspension. */
  readonly probes: number
  /** When the next probe goes out, or the one under way counts as arrived; null: none is planned. */
  readonly probeDueAt: number | null
  /** Of the probe that is under way. */
  readonly probeQueueId: string | null
}

/** How many subscribers of a list are in each state. */
export type SubscriberCounts = Readonly<Record<SubscriberState, number>>

/** What `subscribe` did. */
export interface SubscribeAnswer {
  readonly added: number
  /** Were subscribed before, and are as they were. */
  readonly present: number
}

/** What is noted of subscribers that are suspended. */
export interface Suspension {
  readonly at: number
  readonly by: SuspendedBy
  readonly reason: string
}

/** What failures have made of a subscriber: all of this changes together. */
export type Standing = Pick<
  Subscriber,
  | 'state'
  | 'suspendedAt'
  | 'suspendedBy'
  | 'reason'
  | 'bounceScore'
  | 'bouncedAt'
  | 'probes'
  | 'probeDueAt'
  | 'probeQueueId'
>

/** Something that the owners of a list are told. */
export interface ListNews {
  readonly at: number
  /** What became of a subscriber; or that a host `refused` this relay or its sender, or something came that was `unread`. */
  readonly kind: 'suspended' | 'resumed' | 'given up' | 'removed' | 'refused' | 'unread'
  /** Of the subscriber; of what was refused, the name of the host. */
  readonly address: string
  readonly reason: string | null
}

/** News as read back. */
export interface StoredListNews extends ListNews {
  readonly id: number
  /** How often; the reason is that of the first time. Other than 1 only for `refused` and `unread`. */
  readonly count: number
}

/** Something that says nothing about a subscriber, and that the owners of a list are told. */
export interface ListRemark {
  readonly listId: number
  readonly news: ListNews & { readonly kind: 'refused' | 'unread' }
}

/** The news of one list that its owners have not been told. */
export interface UntoldNews {
  readonly listId: number
  /** How many there are. */
  readonly count: number
  /** When the owners were last told of anything; null: never. */
  readonly toldAt: number | null
}

/** What becomes of whoever gets mail again and again. */
export interface StandingChange {
  /** null: it gets no more mail. */
  readonly standing: Standing | null
  readonly news?: ListNews
}

/** What becomes of a subscriber. One that is gone meanwhile stays gone; without a standing it is removed from the list. */
export interface SubscriberChange extends StandingChange {
  readonly subscriberId: number
}

/** A failed copy of a post, or a failed probe, that was neither counted nor reported yet. */
export interface FailedCopy {
  readonly ordinal: number
  /** `probe`, or the word for copies of posts. */
  readonly kind: string
  /** The list of the post; null for a probe. */
  readonly postListId: number | null
  /** Why it failed. */
  readonly reason: string | null
  /** Of the last attempt. */
  readonly reply: RecordedReply | null
  readonly phase: string | null
  /** The host of the last attempt, as `name[address]:port`. */
  readonly nextHop: string | null
  /** undefined: no longer subscribed. */
  readonly subscriber: Subscriber | undefined
}

/** A failed copy that is done with: nobody else is told of it. */
export interface CountedFailure {
  readonly ordinal: number
  /** Nothing, where it did not count. */
  readonly change?: SubscriberChange
  readonly remark?: ListRemark
}

/** News that the owners of a list are told now. */
export interface ToldNews {
  readonly listId: number
  /** What they are told, as it was read: what was counted since then is told another time. */
  readonly news: readonly Pick<StoredListNews, 'id' | 'count'>[]
  readonly at: number
}
