/** What the postmaster of this relay is told once a day, as far as the store knows it. All times are Unix milliseconds. */

/** Failures of the same kind, for the same reason and domain, that nobody was told of. */
export interface UntoldLosses {
  readonly id: number
  /** `failure`: found here; `bounce`: it came back to this relay, and went no further. */
  readonly kind: 'failure' | 'bounce'
  /** Why nobody was told. */
  readonly why: string
  /** Domain that the mail was for; '' for many together, or where it is not known. */
  readonly about: string
  /** The words of the last one. */
  readonly said: string | null
  /** Of the last one. */
  readonly queueId: string
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
}

/** A loss as the store is told of it. */
export type NewLoss = Pick<UntoldLosses, 'kind' | 'why' | 'about' | 'said' | 'queueId'> & {
  readonly at: number
}

/** A destination whose mail does not get on. */
export interface StuckDestination {
  readonly destination: string
  /** Deliveries that have waited so long. */
  readonly count: number
  /** When the oldest of them is given up. */
  readonly expiresAt: number
  /** What the last attempt of the oldest ended with. */
  readonly said: string | null
}

/** Which destinations are stuck. */
export interface StuckQuery {
  /** They have deliveries that are given up before this, and were attempted. */
  readonly expiresBefore: number
  readonly limit: number
}

/** A look at what there is to tell, once a day. */
export interface DigestLook {
  /** When it was looked last, as the caller has seen it; null: never. */
  readonly seenAt: number | null
  readonly at: number
  /** What is told now, as it was read: what was counted since then is told another time. */
  readonly told: readonly Pick<UntoldLosses, 'id' | 'count'>[]
}
