/** The questions and changes about posts; part of `Questions` and `Changes`. */
import type { CopiesPage, HeldPostsQuery, NewPost, PostRevision, StoredPost } from './post-records.ts'
import type { NewDelivery, PlanOutcome, StoredDelivery } from './records.ts'

/** Questions that change nothing. */
export interface PostQuestions {
  post(postId: number): StoredPost | undefined
  /** The posts of one message, in the order in which they were made. */
  postsOf(queueId: string): StoredPost[]
  /** Posts that are accepted and not done yet, by their ids. */
  openPosts(query: { limit: number; after?: number }): StoredPost[]
  heldPosts(query: HeldPostsQuery): StoredPost[]
  /** Of how many held posts of a list its owners were told since a time. */
  postsTold(listId: number, since: number): number
  /** The revised message of a post; undefined before it is revised and after it was pruned. */
  postOctets(postId: number): Buffer | undefined
}

/** Changes that a command-line tool makes too. */
export interface ModerationChanges {
  /** A held post goes to its list. False: it is not held any more. */
  approvePost(postId: number): boolean
  /**
   * A held post goes to nobody. With `failure` the poster hears of it as of a copy that failed. False: it is not held any
   * more.
   */
  rejectPost(postId: number, rejection: PostRejection): boolean
}

export interface PostRejection {
  readonly at: number
  /** For the hop log. */
  readonly reason: string
  /** Enhanced status code and text for the poster; absent: nobody is told. */
  readonly failure?: string
  readonly keepUntil: number
}

/** Changes; each is atomic and on disk when it is answered. */
export interface PostChanges extends ModerationChanges {
  /** As `plan`, with posts of the message; answers both as they are stored. */
  planPosts(
    queueId: string,
    deliveries: readonly NewDelivery[],
    posts: readonly NewPost[],
    outcome: PlanOutcome,
  ): { deliveries: StoredDelivery[]; posts: StoredPost[] }
  /** An accepted post is revised: from now on its copies are planned, for who is subscribed now. Undefined: somebody was quicker. */
  revisePost(revision: PostRevision): StoredPost | undefined
  /** Plans a page of copies and moves the cursor. Undefined: the page was planned before, or the post is not open. */
  planCopies(page: CopiesPage, deliveries: readonly NewDelivery[]): StoredDelivery[] | undefined
  /** An open post goes to nobody, or to nobody else. */
  endPost(postId: number, end: { state: 'done' | 'rejected'; reason: string; at: number }): boolean
}
