/** Targets of aliases that refuse mail for good. */
import { decodeReply } from '../../record/codec.ts'
import type {
  AliasTarget,
  AliasTargetNewsQuery,
  FailedTargetCopy,
  TargetDeliveriesQuery,
  TargetProbe,
} from '../alias-target-records.ts'
import { searchTerm } from '../search-terms.ts'
import type { Connection } from './database.ts'
import type { DeliveryInsert } from './delivery-rows.ts'
import type { MessageInsert } from './message-rows.ts'
import { spoolNotice } from './messages.ts'

const select = `SELECT address, address_key AS addressKey, alias, state, suspended_at AS suspendedAt,
  suspended_by AS suspendedBy, reason, bounce_score AS bounceScore, bounced_at AS bouncedAt, probes,
  probe_due_at AS probeDueAt, probe_queue_id AS probeQueueId, failed_since AS failedSince, returned,
  resumed_at AS resumedAt FROM alias_targets`

/** See `Store.suspendedTargetsVersion`. */
export function suspendedTargetsVersion(connection: Connection): number {
  return connection.statement('SELECT version FROM alias_target_changes').pluck().get() as number
}

/** See `Store.suspendedTargets`. */
export function suspendedTargets(connection: Connection): string[] {
  return connection
    .statement(`SELECT address_key FROM alias_targets WHERE state = 'suspended'`)
    .pluck()
    .all() as string[]
}

/** See `Store.aliasTarget`. */
export function aliasTarget(connection: Connection, addressKey: string): AliasTarget | undefined {
  return connection.statement(`${select} WHERE address_key = ?`).get(addressKey) as AliasTarget | undefined
}

/** See `Store.aliasTargets`. */
export function aliasTargets(connection: Connection, { limit }: { readonly limit: number }): AliasTarget[] {
  return connection
    .statement(
      `${select} WHERE state = 'suspended' OR bounce_score > 0
       ORDER BY state = 'active', suspended_at DESC, bounce_score DESC, id LIMIT ?`,
    )
    .all(limit) as AliasTarget[]
}

/** See `Store.aliasTargetNews`. */
export function aliasTargetNews(connection: Connection, query: AliasTargetNewsQuery): AliasTarget[] {
  return connection
    .statement(
      `${select} WHERE (suspended_at > @after AND suspended_at <= @until)
         OR (resumed_at > @after AND resumed_at <= @until)
       ORDER BY coalesce(suspended_at, resumed_at), id LIMIT @limit`,
    )
    .all(query) as AliasTarget[]
}

/** See `Store.targetProbesDue`. */
export function targetProbesDue(connection: Connection, now: number, limit: number): AliasTarget[] {
  return connection
    .statement(`${select} WHERE probe_due_at <= ? ORDER BY probe_due_at LIMIT ?`)
    .all(now, limit) as AliasTarget[]
}

interface FailedRow extends Omit<FailedTargetCopy, 'reply'> {
  readonly reply: string | null
}

/** See `Store.failedTargetCopies`. */
export function failedTargetCopies(
  connection: Connection,
  queueId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): FailedTargetCopy[] {
  const rows = connection
    .statement(
      `SELECT d.ordinal, d.kind, d.recipient, d.forward_path AS forwardPath, d.reason, a.reply, a.phase
       FROM deliveries d LEFT JOIN attempts a ON a.delivery_id = d.id
         AND a.number = (SELECT max(number) FROM attempts WHERE delivery_id = d.id)
       WHERE d.message_id = (SELECT id FROM messages WHERE queue_id = @queueId) AND d.dsn = 'due'
         AND d.ordinal > @after AND d.subscriber_id IS NULL AND d.kind IN ('alias', 'probe')
       ORDER BY d.ordinal LIMIT @limit`,
    )
    .all({ queueId, after, limit }) as FailedRow[]
  return rows.map(row => ({ ...row, reply: decodeReply(row.reply) }))
}

/** See `Store.targetDeliveries`. */
export function targetDeliveries(
  connection: Connection,
  { address, ...query }: TargetDeliveriesQuery,
): number {
  return connection
    .statement(
      `SELECT count(*) FROM (
         SELECT 1 FROM message_terms t JOIN deliveries d ON d.message_id = t.message_id
         WHERE t.term = @term AND d.kind = 'alias' AND d.state = 'delivered'
           AND lower(d.forward_path) = lower(@address) AND d.finished_at > @after AND d.finished_at <= @until
         LIMIT @limit) AS taken`,
    )
    .pluck()
    .get({ ...query, address, term: searchTerm('to', address) }) as number
}

/** See `Store.keepAliasTarget`. */
export function keepAliasTarget(connection: Connection, target: AliasTarget): void {
  const before = aliasTarget(connection, target.addressKey)
  connection
    .statement(
      `INSERT INTO alias_targets (address, address_key, alias, state, suspended_at, suspended_by, reason,
         bounce_score, bounced_at, probes, probe_due_at, probe_queue_id, failed_since, returned, resumed_at)
       VALUES (@address, @addressKey, @alias, @state, @suspendedAt, @suspendedBy, @reason,
         @bounceScore, @bouncedAt, @probes, @probeDueAt, @probeQueueId, @failedSince, @returned, @resumedAt)
       ON CONFLICT (address_key) DO UPDATE SET address = excluded.address, alias = excluded.alias,
         state = excluded.state, suspended_at = excluded.suspended_at, suspended_by = excluded.suspended_by,
         reason = excluded.reason, bounce_score = excluded.bounce_score, bounced_at = excluded.bounced_at,
         probes = excluded.probes, probe_due_at = excluded.probe_due_at,
         probe_queue_id = excluded.probe_queue_id, failed_since = excluded.failed_since,
         returned = excluded.returned, resumed_at = excluded.resumed_at`,
    )
    .run({ ...target })
  if ((before?.state ?? 'active') !== target.state) noteChange(connection)
}

/** See `Store.forgetAliasTarget`. */
export function forgetAliasTarget(connection: Connection, addressKey: string): void {
  const { changes } = connection.statement('DELETE FROM alias_targets WHERE address_key = ?').run(addressKey)
  if (changes > 0) noteChange(connection)
}

/** See `Store.resumeAliasTargets`. */
export function resumeAliasTargets(connection: Connection, addressKeys: readonly string[]): number {
  const { changes } = connection
    .statement(
      `DELETE FROM alias_targets WHERE state = 'suspended'
         AND address_key IN (SELECT value FROM json_each(?))`,
    )
    .run(JSON.stringify(addressKeys))
  if (changes > 0) noteChange(connection)
  return changes
}

/** See `Store.forgetAliasTargetsBefore`. */
export function forgetAliasTargetsBefore(connection: Connection, time: number): number {
  return connection
    .statement(
      `DELETE FROM alias_targets WHERE state = 'active'
         AND coalesce(bounced_at, 0) < @time AND coalesce(resumed_at, 0) < @time`,
    )
    .run({ time }).changes
}

/** See `Store.spoolTargetProbe`. */
export function spoolTargetProbe(
  connection: Connection,
  { before, target }: TargetProbe,
  message: MessageInsert,
  deliveries: readonly DeliveryInsert[],
): number[] {
  const now = aliasTarget(connection, before.addressKey)
  const isSame = now?.state === 'suspended' && now.probes === before.probes && now.probeQueueId === null
  if (!isSame) return []
  keepAliasTarget(connection, target)
  return spoolNotice(connection, message, deliveries)
}

function noteChange(connection: Connection): void {
  connection.statement('UPDATE alias_target_changes SET version = version + 1').run()
}
