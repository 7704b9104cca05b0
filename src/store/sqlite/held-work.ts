/** What an operator does about work that is held because the relay ended during it twice (under-way.ts). */
import type { DeliverySelection } from '../queue-records.ts'
import type { WorkKind } from '../work-records.ts'
import type { Connection } from './database.ts'
import { recordedAttempts } from './under-way.ts'

/** Makes held work of messages be taken up again, and answers how much; held deliveries are released as all others are. */
export function releaseHeldWork(connection: Connection, selection: DeliverySelection): number {
  forgetReleased(connection)
  const released = takeOut(connection, selection)
  for (const { workId } of released) setReason(connection, workId, null)
  return released.length
}

/** Gives up held work of messages, and answers how much. Nobody is told: there is nothing yet that could be returned. */
export function giveUpHeldWork(
  connection: Connection,
  selection: DeliverySelection,
  end: { readonly at: number; readonly reason: string },
): number {
  forgetReleased(connection)
  const givenUp = takeOut(connection, selection)
  for (const { kind, workId } of givenUp) {
    setReason(connection, workId, end.reason)
    for (const sql of endings[kind]) connection.statement(sql).run({ ...end, workId })
  }
  return givenUp.length
}

const endings: Readonly<Record<Exclude<WorkKind, 'delivery'>, readonly string[]>> = {
  message: [
    `UPDATE messages SET state = 'failed', keep_until = @at, reason = @reason WHERE id = @workId AND state = 'spooled'`,
  ],
  posts: [
    `UPDATE list_posts SET state = 'rejected', reason = @reason, finished_at = @at
     WHERE message_id = @workId AND state IN ('accepted', 'expanding')`,
  ],
  reports: [
    `UPDATE deliveries SET dsn = 'skipped' WHERE message_id = @workId AND dsn = 'due'`,
    `UPDATE deliveries SET success_dsn = 'skipped'
     WHERE message_id = @workId AND success_dsn = 'due'`,
  ],
}

interface HeldRow {
  readonly kind: Exclude<WorkKind, 'delivery'>
  readonly workId: number
}

function takeOut(connection: Connection, selection: DeliverySelection): HeldRow[] {
  if (selection.kind === 'destination') return []
  if (selection.kind === 'message' && selection.ordinal !== undefined) return []
  const ofMessage = '(SELECT id FROM messages WHERE queue_id = @queueId)'
  const isMeant = selection.kind === 'all' ? 'true' : `work_id = ${ofMessage}`
  return connection
    .statement(
      `DELETE FROM under_way WHERE kind <> 'delivery' AND held_by IS NOT NULL AND ${isMeant}
       RETURNING kind, work_id AS workId`,
    )
    .all(selection) as HeldRow[]
}

/** A delivery that is not held any more is no suspect: the attempts that were cut off have not been made. */
function forgetReleased(connection: Connection): void {
  const released = `SELECT work_id FROM under_way WHERE kind = 'delivery' AND held_by IS NOT NULL
    AND work_id NOT IN (SELECT id FROM deliveries WHERE state = 'held')`
  connection
    .statement(
      `UPDATE deliveries SET attempts = ${recordedAttempts} WHERE state = 'queued' AND id IN (${released})`,
    )
    .run()
  connection.statement(`DELETE FROM under_way WHERE kind = 'delivery' AND work_id IN (${released})`).run()
}

function setReason(connection: Connection, messageId: number, reason: string | null): void {
  connection.statement('UPDATE messages SET reason = ? WHERE id = ?').run(reason, messageId)
}
