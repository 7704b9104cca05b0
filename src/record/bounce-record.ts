/** What is kept with a message that came to a bounce address. */

/** What a report says has happened to a recipient (RFC 3464 section 2.3.3). */
export type ReportedAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'

/** A delivery of this relay. */
export interface DeliveryName {
  readonly queueId: string
  readonly ordinal: number
}

/** What is kept with a bounce that is passed on. `queueId` and `ordinal`: the delivery that the address stands for. */
export interface BounceRecord extends DeliveryName {
  /** `unread`: it is no report, and came to the address of one subscriber. */
  readonly judgement: 'authentic' | 'unauthenticated' | 'unread'
  readonly reason?: string
  /** What the report says; absent in older records, which are all of failures. */
  readonly action?: ReportedAction
  /** The returned message is what this hop had sent. */
  readonly isVerified: boolean
}
