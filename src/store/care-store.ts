/** The part of the store that is about what the postmaster is told once a day. */
import type { DigestLook, StuckDestination, StuckQuery, UntoldLosses } from './care-records.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from './records.ts'

export interface CareStore {
  /** What nobody was told of, the most frequent first. */
  untoldLosses(limit: number): Promise<UntoldLosses[]>
  /** Destinations whose mail does not get on, the longest first. */
  stuckDestinations(query: StuckQuery): Promise<StuckDestination[]>
  /** When it was last looked whether there is something to tell; null: never. */
  digestLookedAt(): Promise<number | null>
  /** Notes that there was nothing to tell. False: somebody else has looked since. */
  noteDigestLook(look: DigestLook): Promise<boolean>
  /** Spools the mail about it, as `spoolNotice` does, and forgets what it tells. [] where somebody else has looked since. */
  spoolDigest(
    look: DigestLook,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
}
