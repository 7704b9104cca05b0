/** What the content filter thought of a message, as it is kept with it. */
export interface FilterRecord {
  /** Its name in the configuration. */
  readonly filter: string
  /** `skipped`: the message was too large for it; `unavailable`: it gave no verdict, and the message was accepted all the same. */
  readonly action: 'accept' | 'mark' | 'defer' | 'refuse' | 'skipped' | 'unavailable'
  /** Its own word for that. */
  readonly word?: string
  readonly score?: number
  /** The score from which on it is spam. */
  readonly requiredScore?: number
  /** What it found, the weightiest first. */
  readonly symbols: readonly string[]
  /** Of `mark`: whether the message has the fields that say so; false where an earlier hop asked that nothing is modified. */
  readonly isMarked?: boolean
}
