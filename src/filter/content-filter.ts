/**
 * What a content filter is to this relay: one function. Another filter is another file beside rspamd.ts, and a line in filters.ts.
 */
import type { Peer } from '../record/peer.ts'
import type { Envelope } from '../smtp/envelope.ts'

/** A message that was admitted and is not stored yet. */
export interface FilterQuestion {
  readonly queueId: string
  /** As it would go on, with what admission has put on top; in order, not to be changed. */
  readonly chunks: readonly Buffer[]
  readonly peer: Peer
  readonly envelope: Pick<Envelope, 'reversePath' | 'forwardPaths'>
  /** The value of the relay's own Authentication-Results on one line: DKIM2, SPF, DKIM, DMARC, as far as they were asked. ASCII. */
  readonly results: string
}

/** What to do with a message. */
export interface FilterVerdict {
  /** `mark`: it goes on, and readers see what the filter thinks of it. */
  readonly action: 'accept' | 'mark' | 'defer' | 'refuse'
  /** The word of the filter for it. */
  readonly word: string
  /** For the client of a message that is deferred or refused, in one line; undefined: the filter has none. */
  readonly text?: string
  readonly score?: number
  /** The score from which on it would be spam. */
  readonly requiredScore?: number
  /** What it found, by the names of the filter; the weightiest first. */
  readonly symbols: readonly string[]
}

/**
 * Judges a message. Rejects when there is no verdict: the filter cannot be reached, or says what nobody understands.
 *
 * @param ends its time is over: what is under way is given up
 */
export type ContentFilter = (question: FilterQuestion, ends: AbortSignal) => Promise<FilterVerdict>
