/** Work that was under way when the process ended. */

/**
 * A piece of work that a crash can cut off: one delivery; or of one message its plan (of a bounce and a command: what follows from
 * it), the distribution of its posts, the reports about it.
 */
export type WorkKind = 'delivery' | 'message' | 'posts' | 'reports'

/** A piece of work that was under way when the process ended. */
export interface SuspectWork {
  readonly kind: WorkKind
  /** The store's number: of the delivery, otherwise of the message. */
  readonly workId: number
  readonly queueId: string
  /** Of a delivery; null otherwise. */
  readonly ordinal: number | null
  /** It is not tried again until the operator releases it. */
  readonly isHeld: boolean
  /** It is held since this start. */
  readonly isNew: boolean
}

/** Why such work is held, for the hop log. */
export const heldReason = 'held: the relay has ended twice in a row while it was under way'
