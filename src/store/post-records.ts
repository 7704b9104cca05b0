/** What the store keeps of posts: a message as one list has it. All times are Unix milliseconds. */

/**
 * Where a post stands. `held`: an owner decides. `accepted`: to be revised. `expanding`: revised, its copies are being planned.
 * `done`: every copy is planned. `rejected`: goes to nobody.
 */
export type PostState = 'held' | 'accepted' | 'expanding' | 'done' | 'rejected'

/** A post to be recorded together with the plan of its message. */
export interface NewPost {
  readonly listId: number
  readonly listAddress: string
  /** The forward-path as it was received. */
  readonly recipient: string
  readonly state: 'held' | 'accepted'
  /** Why it is held. */
  readonly reason: string | null
  readonly createdAt: number
  /** Tells two messages apart; a post whose list has seen it before is rejected. null: nothing is known of it. */
  readonly messageIdHash: string | null
}

/** A post as read back. */
export interface StoredPost {
  /** Never given to a second post. */
  readonly id: number
  readonly queueId: string
  readonly listId: number
  readonly listAddress: string
  readonly recipient: string
  readonly state: PostState
  readonly reason: string | null
  readonly createdAt: number
  readonly finishedAt: number | null
  /** JSON of the stage that revised it; null before. */
  readonly revision: string | null
  /** The last subscriber whose copy is planned; 0: none. */
  readonly cursor: number
  /** The last subscriber who gets a copy: whoever subscribes later does not. */
  readonly until: number
  /** Copies planned so far. */
  readonly copies: number
  readonly ownerToldAt: number | null
  /** The number that the message's next delivery will have. */
  readonly nextOrdinal: number
}

/** A post that is revised, ready for its copies. */
export interface PostRevision {
  readonly postId: number
  /** JSON, for whoever plans the copies. */
  readonly revision: string
  /** The revised message; every copy has it below its own fields. */
  readonly octets: Buffer
  /** What was left out of the revision, for people. */
  readonly reason: string | null
}

/** How far a page of copies goes. */
export interface CopiesPage {
  readonly postId: number
  /** Of the message whose deliveries the copies are. */
  readonly queueId: string
  /** The cursor that the page was made at: it is not planned where somebody else has moved it. */
  readonly after: number
  /** The new cursor. */
  readonly cursor: number
  readonly isLast: boolean
  readonly at: number
  /** The message and its octets are kept at least until then. */
  readonly keepUntil: number
}

/** A page of held posts, oldest first. */
export interface HeldPostsQuery {
  readonly limit: number
  readonly after?: number
  readonly listId?: number
  /** Only those of which no owner was told yet. */
  readonly untold?: boolean
}

export interface PostRejection {
  readonly at: number
  /** For the hop log. */
  readonly reason: string
  /** Enhanced status code and text for the poster; absent: no report is sent. */
  readonly failure?: string
  readonly keepUntil: number
}
