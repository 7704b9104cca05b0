/** What follows from a report about a delivery, of our own making or one that came back. */

/** What a DSN reports of the deliveries that it is about. */
export type Reported = 'failure' | 'success'

/** A bounce that is being followed up, and the delivery that it is about. */
export interface BounceFollowUp {
  readonly bounceQueueId: string
  readonly queueId: string
  readonly ordinal: number
  /** Until when the bounce itself is kept. */
  readonly keepUntil: number
  /** What the bounce says of the delivery; default 'failure'. */
  readonly reported?: Reported | 'delay'
}
