/** What the store keeps of requests that came to lists by mail, and what is asked of it about them. Times are Unix milliseconds. */
import type { NewSubscriber } from './list-records.ts'

/** What somebody wants. */
export type ListRequestKind = 'subscribe' | 'unsubscribe' | 'help'

/**
 * Where a request stands. `asked`: taken, not looked at yet. `confirming`: waits for the answer of the address. `deciding`: waits
 * for an owner. `done`: over, whatever came of it. `refused`: an owner has said no.
 */
export type ListRequestState = 'asked' | 'confirming' | 'deciding' | 'done' | 'refused'

/** A request to be noted together with the message that it came in. */
export interface NewListRequest extends NewSubscriber {
  readonly listId: number
  readonly kind: ListRequestKind
  /**
   * What requests of one address are counted by. Of somebody who only claims to be that address it is another one, so that
   * nobody can use up what belongs to the address.
   */
  readonly countedAs: string
  /** Of the client, in the form that connections are counted by. */
  readonly network: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** A request as read back. */
export interface ListRequest extends NewListRequest {
  /** Never given to a second request. */
  readonly id: number
  readonly state: ListRequestState
  /** Of the message that it came in. */
  readonly queueId: string
}

/** How many requests there may have been since a time, the new one included. */
export interface ListRequestLimits {
  readonly since: number
  /** Of one address (`countedAs`) to all lists together. */
  readonly perAddress: number
  /** To one list. */
  readonly perList: number
  /** From one network. */
  readonly perNetwork: number
}

/** Which limit was reached; undefined: none, the request is taken. */
export type ReachedLimit = 'address' | 'list' | 'network' | undefined

/** What is done with a command or a link, all of it or nothing. */
export interface ListOrder {
  /** The message that the command came in: from now on nothing follows from it any more. Carried out before: nothing is done. */
  readonly command?: { readonly queueId: string; readonly reason: string | null; readonly keepUntil: number }
  /** Goes from one state to another; in another state: nothing is done but to end the command. */
  readonly request?: {
    readonly id: number
    readonly from: ListRequestState
    readonly to: ListRequestState
    /** Until when the next answer is awaited. */
    readonly expiresAt?: number
  }
  /** Owners are told of a held post; told before, or no longer held: nothing is done. */
  readonly tell?: { readonly postId: number; readonly at: number }
  /** Subscribes, or resumes who was suspended. */
  readonly subscribe?: { readonly listId: number; readonly subscriber: NewSubscriber; readonly at: number }
  readonly unsubscribe?: { readonly listId: number; readonly addressKey: string }
  /** A subscriber gets mail at another address; gone, changed since, or subscribed there already: nothing is done. */
  readonly changeAddress?: AddressChange
}

/** A new address of a subscriber. What has failed at the one before is forgotten. */
export interface AddressChange {
  readonly subscriberId: number
  readonly listId: number
  /** The address before, in comparable form. */
  readonly from: string
  readonly to: NewSubscriber
}
