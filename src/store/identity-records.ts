/** What the store knows of the messages that were taken, so that none is taken twice for the same recipient. */

/** One recipient of a message that is to be taken once. */
export interface Copy {
  readonly recipient: string
  /** Hash of what the message is and of this recipient. */
  readonly key: string
}

export interface OnceOnly {
  readonly copies: readonly Copy[]
  /** Hash of the client and its envelope. */
  readonly sentBy: string
  /** Unix milliseconds. */
  readonly at: number
  /** What the same client has sent with the same envelope since then is the same transaction. */
  readonly retriesSince: number
  /** How often a copy may be taken, in all. */
  readonly most: number
  /** How many copies are remembered; the oldest are forgotten. */
  readonly remembered: number
}

/** A copy that was taken before. */
export interface SeenCopy {
  readonly recipient: string
  /** Of the message that was taken. */
  readonly queueId: string
  /** In the same transaction, whose client has missed the reply. */
  readonly isRetry: boolean
}
