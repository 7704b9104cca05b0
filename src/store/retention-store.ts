/** The part of the `Store` that is about how long things are kept, and erasing people. */
import type { ForgetAnswer, ForgottenByLists, ShedAnswer, ShedQuery } from './retention-records.ts'

export interface RetentionStore {
  /** Removes the bodies of messages of which nothing is left to do; their header sections stay. In steps. */
  shedBodies(query: ShedQuery): Promise<ShedAnswer>
  /** What is left of a message whose octets have gone: its header section with the empty line; null: not even that. */
  headerSection(queueId: string): Promise<Buffer | null>
  /** Removes header sections of messages that were received before a time; answers how many there were, `limit` at most. */
  dropHeaders(before: number, limit: number): Promise<number>
  /** Gives room that nothing uses back to the operating system, where it is much; true: there may be more. */
  shrink(): Promise<boolean>
  /** Erases an address from the records of messages, in steps: a placeholder stands where it stood. */
  forgetInMessages(query: { address: string; after: number; limit: number }): Promise<ForgetAnswer>
  /** Erases an address from lists: its subscriptions, requests and news. */
  forgetInLists(address: string): Promise<ForgottenByLists>
  /** After `forget...`: nothing of it is left in what the files of the store hold unused. */
  scrub(): Promise<void>
}
