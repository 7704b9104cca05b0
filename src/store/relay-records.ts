/**
 * Relays that share a store. Each has a lease, and what it claims (deliveries, messages to be planned, posts, jobs) names it: a claim ends
 * with the lease. A relay renews its lease while it works; when it has not for that time, or when its successor at the same place
 * starts, the others take over what it had. All times are Unix milliseconds.
 */

/** A relay that opens a store. */
export interface NewRelay {
  /** The node and its place on it. There is one relay of a name at a time: whoever opens the store sees to that. */
  readonly name: string
  readonly now: number
  /** How long its claims outlive its last sign of life. */
  readonly leaseMilliseconds: number
  /** For people, who look for it: the machine, and the number of the process there. Default: not told. */
  readonly host?: string
  readonly process?: number
}

/** One that is alone: nobody judges its lease. */
export const loneRelay: NewRelay = { name: 'relay', now: 0, leaseMilliseconds: 0 }

/** A relay as the store knows it. */
export interface RelayRecord {
  /** From 0 to 31; no two at a time have the same. */
  readonly number: number
  readonly name: string
  readonly startedAt: number
  /** Of a relay that is alone it tells nothing: nobody judges that. */
  readonly leaseUntil: number
  /** The machine, '' where it was not told. */
  readonly host: string
  /** Number of its process there, 0 where it was not told. */
  readonly process: number
}

/** What `renewLease` found. */
export interface LeaseAnswer {
  /** False: others have taken over what this relay had claimed. It must stop; whatever it still does may be done twice. */
  readonly isHeld: boolean
  /** How many relays share the store, this one included. */
  readonly relays: number
  /** Names of relays that had ended, and whose claims are free now. */
  readonly takenOver: readonly string[]
}

/** Work of messages that is claimed as a whole: the plan of a spooled message, the copies of its posts. */
export type ClaimedWork = 'message' | 'posts'

/** How many relays can share a store: so many numbers there are in a queue id. */
export const maxRelays = 32

/** A file of keys that nodes share, sealed by them. */
export interface SealedFile {
  readonly name: string
  /** Counts its changes from 1. */
  readonly version: number
  /** null: it was removed. */
  readonly sealed: string | null
}
