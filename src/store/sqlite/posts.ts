/** Posts: holding them, revising them once, planning their copies page by page so that a crash repeats nothing. */

import type {
  CopiesPage,
  HeldPostsQuery,
  NewPost,
  PostRejection,
  PostRevision,
  StoredPost,
} from '../post-records.ts'
import type { PlanOutcome } from '../records.ts'
import type { Connection } from './database.ts'
import { insertDelivery } from './deliveries.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { Blob } from './message-rows.ts'
import { plan } from './messages.ts'

const selectPost = `SELECT p.id, m.queue_id AS queueId, p.list_id AS listId, p.list_address AS listAddress, p.recipient,
    p.state, p.reason, p.created_at AS createdAt, p.finished_at AS finishedAt, p.revision, p.cursor, p.until, p.copies,
    p.owner_told_at AS ownerToldAt,
    (SELECT coalesce(max(d.ordinal) + 1, 0) FROM deliveries d WHERE d.message_id = p.message_id) AS nextOrdinal
  FROM list_posts p JOIN messages m ON m.id = p.message_id`

export function post(connection: Connection, postId: number): StoredPost | undefined {
  return connection.statement(`${selectPost} WHERE p.id = ?`).get(postId) as StoredPost | undefined
}

export function postsOf(connection: Connection, queueId: string): StoredPost[] {
  return connection.statement(`${selectPost} WHERE m.queue_id = ? ORDER BY p.id`).all(queueId) as StoredPost[]
}

/** Whether a list has had a post of this Message-ID. */
export function hasMessageId(connection: Connection, listId: number, hash: string): boolean {
  const query = 'SELECT 1 FROM list_message_ids WHERE list_id = ? AND id_hash = ?'
  return connection.statement(query).get(listId, hash) !== undefined
}

export function openPosts(connection: Connection, query: { limit: number; after?: number }): StoredPost[] {
  return connection
    .statement(
      `${selectPost} WHERE p.state IN ('accepted', 'expanding') AND p.id > ?
         AND (p.claimed_by IS NULL OR p.claimed_by = ?) ORDER BY p.id LIMIT ?`,
    )
    .all(query.after ?? 0, connection.relay, query.limit) as StoredPost[]
}

export function heldPosts(connection: Connection, query: HeldPostsQuery): StoredPost[] {
  return connection
    .statement(
      `${selectPost} WHERE p.state = 'held' AND p.id > @after AND (@listId IS NULL OR p.list_id = @listId)
         AND (@untold = 0 OR p.owner_told_at IS NULL) ORDER BY p.id LIMIT @limit`,
    )
    .all({
      after: query.after ?? 0,
      listId: query.listId ?? null,
      untold: query.untold === true ? 1 : 0,
      limit: query.limit,
    }) as StoredPost[]
}

export function postOctets(connection: Connection, postId: number): { octets: Uint8Array } | undefined {
  const row = connection.statement('SELECT octets FROM list_post_octets WHERE post_id = ?').get(postId)
  return row as { octets: Uint8Array } | undefined
}

/** What `planPosts` did: the ids of the deliveries, undefined where it was done before; and the posts as they are stored. */
export interface PlannedPosts {
  readonly ids: number[] | undefined
  readonly posts: StoredPost[]
}

/** See `Store.planPosts`. */
export function planPosts(
  connection: Connection,
  queueId: string,
  deliveries: readonly DeliveryInsert[],
  posts: readonly NewPost[],
  outcome: PlanOutcome,
): PlannedPosts {
  const ids = plan(connection, queueId, deliveries, outcome)
  if (ids !== undefined) for (const one of posts) insertPost(connection, queueId, one)
  return { ids, posts: postsOf(connection, queueId) }
}

const duplicateReason = 'the list has had a post of this Message-ID'

function insertPost(connection: Connection, queueId: string, { messageIdHash, ...post }: NewPost): void {
  const isNew = messageIdHash === null || noteMessageId(connection, post, messageIdHash)
  const found = isNew
    ? { state: post.state, reason: post.reason, finishedAt: null }
    : { state: 'rejected', reason: duplicateReason, finishedAt: post.createdAt }
  connection
    .statement(
      `INSERT INTO list_posts (message_id, list_id, list_address, recipient, state, reason, created_at, finished_at,
         claimed_by)
       SELECT id, @listId, @listAddress, @recipient, @state, @reason, @createdAt, @finishedAt, @relay
       FROM messages WHERE queue_id = @queueId`,
    )
    .run({ ...post, ...found, queueId, relay: connection.relay })
}

/** False where the list has seen it before. */
function noteMessageId(
  connection: Connection,
  { listId, createdAt }: Omit<NewPost, 'messageIdHash'>,
  hash: string,
) {
  const { changes } = connection
    .statement(
      `INSERT INTO list_message_ids (list_id, id_hash, seen_at) VALUES (?, ?, ?)
       ON CONFLICT (list_id, id_hash) DO NOTHING`,
    )
    .run(listId, hash, createdAt)
  return changes > 0
}

/** A revised post, ready for the statement. */
export interface PostRevisionInsert extends Omit<PostRevision, 'octets'> {
  readonly octets: Blob
}

/** See `Store.revisePost`. */
export function revisePost(connection: Connection, revision: PostRevisionInsert): StoredPost | undefined {
  const { octets, ...values } = revision
  const { changes } = connection
    .statement(
      `UPDATE list_posts SET state = 'expanding', revision = @revision, reason = coalesce(@reason, reason),
         until = (SELECT coalesce(max(s.id), 0) FROM subscribers s
           WHERE s.list_id = list_posts.list_id AND s.state = 'active')
       WHERE id = @postId AND state = 'accepted'`,
    )
    .run(values)
  if (changes === 0) return undefined
  connection
    .statement('INSERT INTO list_post_octets (post_id, octets) VALUES (?, ?)')
    .run(revision.postId, octets.bytes)
  return post(connection, revision.postId)
}

/** See `Store.planCopies`. */
export function planCopies(
  connection: Connection,
  page: CopiesPage,
  deliveries: readonly DeliveryInsert[],
): number[] | undefined {
  const messageId = connection
    .statement(
      `UPDATE list_posts SET cursor = @cursor, copies = copies + @count,
         state = CASE WHEN @isLast = 1 THEN 'done' ELSE state END,
         finished_at = CASE WHEN @isLast = 1 THEN @at END
       WHERE id = @postId AND state = 'expanding' AND cursor = @after RETURNING message_id`,
    )
    .pluck()
    .get({
      postId: page.postId,
      after: page.after,
      cursor: page.cursor,
      isLast: page.isLast ? 1 : 0,
      at: page.at,
      count: deliveries.length,
    }) as number | undefined
  if (messageId === undefined) return undefined
  keepAtLeast(connection, messageId, page.keepUntil)
  return deliveries.map(delivery => insertDelivery(connection, messageId, delivery))
}

function keepAtLeast(connection: Connection, messageId: number, keepUntil: number): void {
  connection
    .statement('UPDATE messages SET keep_until = max(coalesce(keep_until, 0), ?) WHERE id = ?')
    .run(keepUntil, messageId)
}

/** See `Store.endPost`. */
export function endPost(
  connection: Connection,
  postId: number,
  end: { state: 'done' | 'rejected'; reason: string; at: number },
): boolean {
  const { changes } = connection
    .statement(
      `UPDATE list_posts SET state = @state, reason = @reason, finished_at = @at
       WHERE id = @postId AND state IN ('accepted', 'expanding')`,
    )
    .run({ ...end, postId })
  return changes > 0
}

/** Notes that the owners are told of a held post. False: they were told before, or it is not held any more. */
export function notePostTold(connection: Connection, postId: number, at: number): boolean {
  const { changes } = connection
    .statement(
      `UPDATE list_posts SET owner_told_at = ? WHERE id = ? AND owner_told_at IS NULL AND state = 'held'`,
    )
    .run(at, postId)
  return changes > 0
}

/** See `Store.postsTold`. */
export function postsTold(connection: Connection, listId: number, since: number): number {
  return connection
    .statement('SELECT count(*) FROM list_posts WHERE list_id = ? AND owner_told_at > ?')
    .pluck()
    .get(listId, since) as number
}

/** See `Store.approvePost`. */
export function approvePost(connection: Connection, postId: number): boolean {
  const { changes } = connection
    .statement(
      `UPDATE list_posts SET state = 'accepted', reason = NULL, claimed_by = ? WHERE id = ? AND state = 'held'`,
    )
    .run(connection.relay, postId)
  if (changes > 0) wakeRelay(connection)
  return changes > 0
}

/** See `Store.rejectPost`. */
export function rejectPost(connection: Connection, postId: number, rejection: PostRejection): boolean {
  const { at, reason, failure, keepUntil } = rejection
  const messageId = connection
    .statement(
      `UPDATE list_posts SET state = 'rejected', reason = ?, finished_at = ? WHERE id = ? AND state = 'held'
       RETURNING message_id`,
    )
    .pluck()
    .get(reason, at, postId) as number | undefined
  if (messageId === undefined) return false
  keepAtLeast(connection, messageId, keepUntil)
  if (failure !== undefined) insertFailure(connection, postId, failure, at)
  wakeRelay(connection)
  return true
}

/** The post itself as a delivery that failed: what the poster is told. */
function insertFailure(connection: Connection, postId: number, reason: string, at: number): void {
  connection
    .statement(
      `INSERT INTO deliveries (message_id, ordinal, kind, state, recipient, forward_path, reverse_path, destination,
         attempts, next_attempt_at, expires_at, finished_at, reason, dsn, hop, prefix, post_id)
       SELECT p.message_id, (SELECT coalesce(max(d.ordinal) + 1, 0) FROM deliveries d WHERE d.message_id = p.message_id),
         'post', 'failed', p.recipient, p.list_address, '', '', 0, @at, @at, @at, @reason, 'due', NULL, x'', p.id
       FROM list_posts p WHERE p.id = @postId`,
    )
    .run({ postId, reason, at })
}

/** A relay that runs beside the process which decided looks at the lists each second, and then at open posts. */
function wakeRelay(connection: Connection): void {
  connection.statement('UPDATE list_changes SET version = version + 1').run()
}

/** Forgets what was seen before a time, a little at a call. */
export function forgetMessageIds(connection: Connection, before: number, limit: number): void {
  connection
    .statement(
      `DELETE FROM list_message_ids WHERE (list_id, id_hash) IN
         (SELECT list_id, id_hash FROM list_message_ids WHERE seen_at < ? ORDER BY seen_at LIMIT ?)`,
    )
    .run(before, limit)
}
