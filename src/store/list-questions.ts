/** The questions and changes about mailing lists and their subscribers; part of `Questions` and `Changes`. */
import type {
  NewList,
  NewSubscriber,
  StoredList,
  SubscribeAnswer,
  Subscriber,
  SubscriberCounts,
  SubscriberState,
  Suspension,
} from './list-records.ts'

import type {
  ListOrder,
  ListRequest,
  ListRequestLimits,
  NewListRequest,
  ReachedLimit,
} from './list-request-records.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from './records.ts'

/** A page of the subscribers of a list, in the order of their ids. */
export interface SubscribersQuery {
  readonly listId: number
  readonly limit: number
  /** Only those with a higher id. */
  readonly after?: number
  /** Default: every state. */
  readonly state?: SubscriberState
}

/** Questions that change nothing. */
export interface ListQuestions {
  /** A number that grows with every change of a list or its settings; subscribers do not count. */
  listsVersion(): number
  /** Every list, by address. */
  lists(): StoredList[]
  /** By its address in the comparable form. */
  list(address: string): StoredList | undefined
  subscribers(query: SubscribersQuery): Subscriber[]
  /** One subscriber, by the comparable form of the address. */
  subscriber(listId: number, addressKey: string): Subscriber | undefined
  /** One subscriber, by what a delivery or a token names. */
  subscriberById(id: number): Subscriber | undefined
  /** There was a subscriber of this number, and is none any more. */
  hasLeft(id: number): boolean
  /** Subscribers that are suspended or have failures that counted; the suspended first, then by score. */
  failingSubscribers(listId: number, limit: number): Subscriber[]
  subscriberCounts(listId: number): SubscriberCounts
  /** One request, by its number or by the queue id of the message that it came in. */
  listRequest(key: number | string): ListRequest | undefined
}

/** Changes; each is atomic and on disk when it is answered. */
export interface ListChanges {
  /** Answers the id. Rejects with `conflict` if there is a list of that address. */
  createList(list: NewList): number
  /** False: there is no such list. */
  changeList(listId: number, settings: object): boolean
  /** Removes a list with its subscribers. False: there is no such list. */
  deleteList(listId: number): boolean
  /** Adds those that are not subscribed; the others stay as they are, suspended ones too. Rejects with `conflict` without such a list. */
  subscribe(listId: number, subscribers: readonly NewSubscriber[], at: number): SubscribeAnswer
  /** Removes subscribers; answers how many there were. */
  unsubscribe(listId: number, addressKeys: readonly string[]): number
  /** Removes up to so many subscribers of a list; answers how many. A large list is emptied in steps before it is deleted. */
  removeSubscribers(listId: number, limit: number): number
  /** Removes one subscriber, by what a token names. False: it is not there. */
  removeSubscriber(listId: number, subscriberId: number): boolean
  /** Suspends active subscribers; answers how many there were. */
  suspendSubscribers(listId: number, addressKeys: readonly string[], suspension: Suspension): number
  /** Makes suspended subscribers active again, their score forgotten; answers how many there were. */
  resumeSubscribers(listId: number, addressKeys: readonly string[]): number
}

/** Changes that the relay alone makes. */
export interface ListRequestChanges {
  /** Puts a command on disk together with its request, unless there were too many lately: then it changes nothing and says which. */
  spoolRequest(message: NewMessage, request: NewListRequest, limits: ListRequestLimits): ReachedLimit
  /**
   * Carries out an order, all of it or nothing, and spools the notice about it (give it state `forwarded` and `keepUntil`) as
   * `spoolNotice` does. Not done: the command had been carried out before, or the request is not in the state it should be in.
   */
  carryOut(
    order: ListOrder,
    notice?: { readonly message: NewMessage; readonly deliveries: readonly NewDelivery[] },
  ): { readonly isDone: boolean; readonly deliveries: readonly StoredDelivery[] }
  /** Removes requests that can no longer be answered and no longer count; answers how many there were. */
  pruneRequests(before: number, limit: number): number
}
