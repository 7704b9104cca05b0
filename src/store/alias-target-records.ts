/** What the store keeps of addresses that aliases lead to and that refuse mail for good. All times are Unix milliseconds. */
import type { RecordedReply } from '../record/attempt-facts.ts'
import type { Standing } from './list-records.ts'

/** A target of an alias with failures; one that works is not kept. */
export interface AliasTarget extends Standing {
  /** As the alias has it. */
  readonly address: string
  /** `foldedAddress` of it. */
  readonly addressKey: string
  /** The recipient whose copy failed last. */
  readonly alias: string
  /** The first of the failures in the score. */
  readonly failedSince: number
  /** Copies since then that were taken and came back. */
  readonly returned: number
  /** When a probe has shown that it works again. */
  readonly resumedAt: number | null
}

/** A copy for a target of an alias, or a probe of one, that failed here and was not reported yet. */
export interface FailedTargetCopy {
  readonly ordinal: number
  /** `alias` or `probe`. */
  readonly kind: string
  readonly recipient: string
  readonly forwardPath: string
  readonly reason: string | null
  /** Of the last attempt. */
  readonly reply: RecordedReply | null
  readonly phase: string | null
}

/** Copies for an address that its host has taken. */
export interface TargetDeliveriesQuery {
  readonly address: string
  /** Taken after this, and not after that. */
  readonly after: number
  readonly until: number
  /** None is counted beyond. */
  readonly limit: number
}

/** Targets that were suspended or resumed after one moment and not after another. */
export interface AliasTargetNewsQuery {
  readonly after: number
  readonly until: number
  readonly limit: number
}

/** A probe goes out, unless somebody else has sent one meanwhile. */
export interface TargetProbe {
  readonly before: AliasTarget
  readonly target: AliasTarget
}
