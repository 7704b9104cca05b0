/** Failed copies of posts and of probes, and what they make of their subscribers. */

import { decodeReply } from '../../record/codec.ts'
import type { CountedFailure, FailedCopy, ListRemark, Subscriber, SubscriberChange } from '../list-records.ts'
import type { BounceFollowUp } from '../report-records.ts'
import type { Connection } from './database.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import { addListNews, addListRemark } from './list-news.ts'
import type { MessageInsert } from './message-rows.ts'
import { spoolNotice } from './messages.ts'
import { parkBounce } from './reports.ts'
import { selectSubscriber, subscriberById } from './subscribers.ts'

interface FailedRow {
  readonly ordinal: number
  readonly kind: string
  readonly postListId: number | null
  readonly reason: string | null
  readonly reply: string | null
  readonly phase: string | null
  readonly nextHop: string | null
  readonly subscriberId: number
}

/** See `Store.failedCopies`. */
export function failedCopies(
  connection: Connection,
  queueId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): FailedCopy[] {
  const rows = connection
    .statement(
      `SELECT d.ordinal, d.kind, p.list_id AS postListId, d.reason, a.reply, a.phase, a.next_hop AS nextHop, d.subscriber_id AS subscriberId
       FROM deliveries d LEFT JOIN list_posts p ON p.id = d.post_id
         LEFT JOIN attempts a ON a.delivery_id = d.id
           AND a.number = (SELECT max(number) FROM attempts WHERE delivery_id = d.id)
       WHERE d.message_id = (SELECT id FROM messages WHERE queue_id = @queueId) AND d.dsn = 'due'
         AND d.ordinal > @after AND d.subscriber_id IS NOT NULL
       ORDER BY d.ordinal LIMIT @limit`,
    )
    .all({ queueId, after, limit }) as FailedRow[]
  return rows.map(({ subscriberId, reply, ...row }) => ({
    ...row,
    reply: decodeReply(reply),
    subscriber: subscriberById(connection, subscriberId),
  }))
}

/** How many failures of a message are still to be counted or reported. */
export function failuresLeft(connection: Connection, queueId: string): number {
  return connection
    .statement(
      `SELECT count(*) FROM deliveries
       WHERE dsn = 'due' AND message_id = (SELECT id FROM messages WHERE queue_id = ?)`,
    )
    .pluck()
    .get(queueId) as number
}

/** See `Store.countFailures`. */
export function countFailures(
  connection: Connection,
  queueId: string,
  failures: readonly CountedFailure[],
): void {
  const mark = connection.statement(
    `UPDATE deliveries SET dsn = 'counted' WHERE dsn = 'due' AND ordinal = ?
       AND message_id = (SELECT id FROM messages WHERE queue_id = ?)`,
  )
  for (const { ordinal, ...follows } of failures) {
    // Counted once, whoever comes twice.
    if (mark.run(ordinal, queueId).changes > 0) follow(connection, follows)
  }
}

function follow(connection: Connection, { change, remark }: Omit<CountedFailure, 'ordinal'>): void {
  if (change !== undefined) changeSubscriber(connection, change)
  if (remark !== undefined) addListRemark(connection, remark)
}

/** See `Store.countBounce`. */
export function countBounce(
  connection: Connection,
  bounce: BounceFollowUp,
  follows: Omit<CountedFailure, 'ordinal'>,
): boolean {
  if (!parkBounce(connection, bounce.bounceQueueId, null, bounce.keepUntil)) return false
  const { changes } = connection
    .statement(
      `UPDATE deliveries SET dsn = 'counted' WHERE dsn NOT IN ('sent', 'counted') AND ordinal = @ordinal
         AND message_id = (SELECT id FROM messages WHERE queue_id = @queueId)`,
    )
    .run({ queueId: bounce.queueId, ordinal: bounce.ordinal })
  if (changes > 0) follow(connection, follows)
  return true
}

/** See `Store.noteUnread`. */
export function noteUnread(
  connection: Connection,
  { bounceQueueId, keepUntil }: BounceFollowUp,
  reason: string,
  remark: ListRemark | null,
): boolean {
  if (!parkBounce(connection, bounceQueueId, reason, keepUntil)) return false
  if (remark !== null) addListRemark(connection, remark)
  return true
}

/** Changes one subscriber and notes what its owners are told; false: it is gone. */
export function changeSubscriber(connection: Connection, change: SubscriberChange): boolean {
  const { subscriberId: id, standing, news } = change
  const before = subscriberById(connection, id)
  if (before === undefined) return false
  if (standing === null) connection.statement('DELETE FROM subscribers WHERE id = ?').run(id)
  else {
    connection
      .statement(
        `UPDATE subscribers SET state = @state, suspended_at = @suspendedAt, suspended_by = @suspendedBy,
           reason = @reason, bounce_score = @bounceScore, bounced_at = @bouncedAt, probes = @probes,
           probe_due_at = @probeDueAt, probe_queue_id = @probeQueueId WHERE id = @id`,
      )
      .run({ id, ...standing })
  }
  if (news !== undefined) addListNews(connection, before.listId, news)
  return true
}

/** Subscribers whose probe is to be sent or decided on, the longest due first. */
export function probesDue(connection: Connection, now: number, limit: number): Subscriber[] {
  return connection
    .statement(`${selectSubscriber} WHERE probe_due_at <= ? ORDER BY probe_due_at LIMIT ?`)
    .all(now, limit) as Subscriber[]
}

/** Queues a probe with the change of its subscriber; the ids of its deliveries, none when that is gone. */
export function spoolProbe(
  connection: Connection,
  change: SubscriberChange,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  return changeSubscriber(connection, change) ? spoolNotice(connection, message, deliveries) : []
}
