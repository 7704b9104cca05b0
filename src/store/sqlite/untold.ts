/** Losses that nobody was told of, counted until the postmaster is (digest.ts). */
import type { NewLoss } from '../care-records.ts'
import type { Connection } from './database.ts'

/** Strangers choose the domains that mail fails for: beyond so many kinds of losses they are counted without their domain. */
const maxKinds = 1_000

/** Counts a loss with those of its kind, reason and domain. */
export function addUntold(connection: Connection, { about, ...loss }: NewLoss): void {
  const insert = connection.statement(
    `INSERT INTO untold (kind, why, about, said, queue_id, count, first_at, last_at)
     VALUES (@kind, @why, @about, @said, @queueId, 1, @at, @at)
     ON CONFLICT (kind, why, about) DO UPDATE SET count = untold.count + 1, last_at = max(untold.last_at, excluded.last_at),
       said = excluded.said, queue_id = excluded.queue_id`,
  )
  const known = connection
    .statement('SELECT 1 FROM untold WHERE kind = @kind AND why = @why AND about = @about')
    .get({ ...loss, about })
  const kinds = connection.statement('SELECT count(*) FROM untold').pluck().get() as number
  insert.run({ ...loss, about: known !== undefined || kinds < maxKinds ? about : '' })
}
