/**
 * Changes that go over many rows in one step. As one request of SQLite they would be run again for each of their statements; here each
 * row is a request, in the same transaction, or all rows are one statement. What they do is said where SQLite does the same.
 */
import type { AliasesChanged, StoredAlias } from '../alias-records.ts'
import type { ForgetAnswer, ShedAnswer, ShedQuery } from '../retention-records.ts'
import { forgetAnswer, forgetInMessage, type LookedAt, messagesToLookAt } from '../sqlite/forget.ts'
import { bodiesToShed, shed, shedUntil } from '../sqlite/shed-bodies.ts'
import type { Ask } from './lane.ts'
import { type Claimant, rerun } from './rerun.ts'

export async function shedBodies(ask: Ask, claimant: Claimant, query: ShedQuery): Promise<ShedAnswer> {
  const { done, last } = await rerun(connection => bodiesToShed(connection, query), claimant, ask)
  for (const [count, id] of done.entries())
    if (!(await rerun(connection => shed(connection, id), claimant, ask))) return shedUntil(count, id)
  return { shed: done.length, last }
}

export async function forgetInMessages(
  ask: Ask,
  claimant: Claimant,
  query: { address: string; after: number; limit: number },
): Promise<ForgetAnswer> {
  const found = await rerun(connection => messagesToLookAt(connection, query), claimant, ask)
  const named: LookedAt[] = []
  for (const one of found)
    if (await rerun(connection => forgetInMessage(connection, one, query.address), claimant, ask))
      named.push(one)
  return forgetAnswer(found, query.limit, named)
}

/** Of an alias that is named twice the last one counts. */
const setAliasesSql = `WITH asked AS (
    SELECT DISTINCT ON (r.domain, r.localPart) r.domain, r.localPart, r.targets, r.place
    FROM json_to_recordset(@rows::json) AS r (domain text, localPart text, targets text, place bigint)
    ORDER BY r.domain, r.localPart, r.place DESC),
  differing AS (
    SELECT s.domain, s.localPart, s.targets, a.targets IS NULL AS is_new, row_number() OVER (ORDER BY s.place) AS step
    FROM asked s LEFT JOIN aliases a ON a.domain = s.domain AND a.local_part = s.localPart
    WHERE a.targets IS NULL OR a.targets <> s.targets),
  counted AS (SELECT count(*) AS steps, count(*) FILTER (WHERE is_new) AS added FROM differing),
  latest AS (UPDATE alias_changes SET version = version + counted.steps FROM counted RETURNING version - counted.steps AS version),
  put AS (
    INSERT INTO aliases (domain, local_part, targets, version, changed_at)
    SELECT d.domain, d.localPart, d.targets, latest.version + d.step, @at FROM differing d, latest
    ON CONFLICT (domain, local_part) DO UPDATE
      SET targets = excluded.targets, version = excluded.version, changed_at = excluded.changed_at)
  SELECT steps, added FROM counted`

export async function setAliases(
  ask: Ask,
  _: Claimant,
  aliases: readonly StoredAlias[],
  at: number,
): Promise<AliasesChanged> {
  const rows = JSON.stringify(aliases.map((one, place) => ({ ...one, place })))
  const [row] = (await ask(setAliasesSql, { rows, at })).rows
  const [steps, added] = [Number(row?.steps), Number(row?.added)]
  return { added, changed: steps - added, same: aliases.length - steps }
}
