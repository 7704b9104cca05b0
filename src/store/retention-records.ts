/** What is asked and answered about how long things are kept. All times are Unix milliseconds. */

/** What `shedBodies` looks at. */
export interface ShedQuery {
  /** The number that the step before has answered; at first 0. */
  readonly after: number
  /** Messages that one step looks at, at most. */
  readonly limit: number
  /** Only messages whose last delivery became final before this. */
  readonly endedBefore: number
}

/** What it did; `last`: where the next step begins, null after the last one. */
export interface ShedAnswer {
  readonly shed: number
  readonly last: number | null
}

/** What of an address was erased in one step. */
export interface ForgetAnswer {
  /** Messages in whose record it stood. */
  readonly messages: number
  /** Queue ids of those that are still on their way, and keep it. */
  readonly open: readonly string[]
  /** Where the next step begins; null after the last one. */
  readonly last: number | null
}

/** What of lists an address was erased from. */
export interface ForgottenByLists {
  /** Addresses of the lists that it was subscribed to. */
  readonly lists: readonly string[]
  /** Requests that it had made, and news of it that owners had not been told. */
  readonly requests: number
  readonly news: number
}
