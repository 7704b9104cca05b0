/**
 * What was under way when the process ended by itself. At the next start it is suspect: it is tried, but one piece of work at a time, so
 * that the one that ends the process is alone with it. What is under way at such an end for the second time in a row is held.
 */
import { heldReason, type SuspectWork, type WorkKind } from '../work-records.ts'
import type { Connection } from './database.ts'

/**
 * What may have been under way, by kind: its number, and how far it has come; of one relay or of all. Reports are nobody's: whoever
 * comes first makes them.
 */
const open: Readonly<Record<WorkKind, (relay: number | null) => string>> = {
  // An announced attempt that was never recorded.
  delivery: relay => `SELECT d.id AS workId, d.attempts AS progress FROM deliveries d
    WHERE d.state = 'queued' AND d.attempts > 0 ${inHandOf(relay, 'd')}
      AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id AND a.number = d.attempts)`,
  message: relay =>
    `SELECT m.id AS workId, 0 AS progress FROM messages m WHERE m.state = 'spooled' ${inHandOf(relay, 'm')}`,
  posts: relay => `SELECT p.message_id AS workId, sum(p.copies) AS progress FROM list_posts p
    WHERE p.message_id IN
      (SELECT o.message_id FROM list_posts o WHERE o.state IN ('accepted', 'expanding') ${inHandOf(relay, 'o')})
    GROUP BY p.message_id`,
  reports: () => `SELECT message_id AS workId, 0 AS progress FROM deliveries WHERE dsn = 'due'
    UNION SELECT message_id, 0 FROM deliveries WHERE success_dsn = 'due'`,
}

function inHandOf(relay: number | null, table: string): string {
  return relay === null ? '' : `AND ${table}.claimed_by = ${relay}`
}

const kinds = Object.keys(open) as WorkKind[]

interface OpenWork {
  readonly workId: number
  readonly progress: number
}

interface KnownWork extends OpenWork {
  readonly kind: WorkKind
  readonly lastRun: number
  readonly begun: number
}

interface CutOff extends KnownWork {
  /** Where it stands now. */
  readonly now: OpenWork
}

/** A relay begins to run on this database, and no other does; what the run before has left is judged. */
export function beginRun(connection: Connection): void {
  const { run, isClean } = connection
    .statement('SELECT run, is_clean AS isClean FROM process_runs')
    .get() as { run: number; isClean: 0 | 1 }
  if (isClean === 1) forgetUnderWay(connection)
  else judgeUnderWay(connection, run, null)
  connection.statement('UPDATE process_runs SET run = run + 1, is_clean = 0').run()
}

/** One relay has ended while others run: what it had in hand is judged. */
export function judgeEnd(connection: Connection, relay: number): void {
  const run = connection.statement('SELECT run FROM process_runs').pluck().get() as number
  judgeUnderWay(connection, run, relay)
  connection.statement('UPDATE process_runs SET run = run + 1').run()
}

/** The relay stops as it was told. `relay`: its number while others run; what those have in hand is not touched. */
export function endRun(connection: Connection, relay: number | null = null): void {
  if (relay === null) connection.statement('UPDATE process_runs SET is_clean = 1').run()
  else noteCleanStop(connection, relay)
}

/** In the place of the run that ended during a piece of work: that was a clean stop. */
const cleanStop = 0

/** The attempts of a delivery that are on record; those that were cut off have none. */
export const recordedAttempts =
  '(SELECT coalesce(max(a.number), 0) FROM attempts a WHERE a.delivery_id = deliveries.id)'

/** What a clean stop has cut off does not count: it is noted as such, so that the next crash passes it over. */
function forgetUnderWay(connection: Connection): void {
  connection
    .statement(
      `DELETE FROM under_way WHERE kind = 'delivery' AND held_by IS NULL
         AND work_id NOT IN (SELECT workId FROM (${open.delivery(null)}) AS cut_off)`,
    )
    .run()
  noteCleanStop(connection, null)
  connection.statement('UPDATE under_way SET begun = 0 WHERE held_by IS NULL').run()
}

function noteCleanStop(connection: Connection, relay: number | null): void {
  connection
    .statement(
      `INSERT INTO under_way (kind, work_id, progress, last_run) SELECT 'delivery', workId, progress, ${cleanStop}
       FROM (${open.delivery(relay)}) AS cut_off WHERE true
       ON CONFLICT (kind, work_id) DO UPDATE SET progress = excluded.progress WHERE under_way.held_by IS NULL`,
    )
    .run()
}

/** After an end that nobody asked for: of the only relay, or of one of several. */
function judgeUnderWay(connection: Connection, run: number, relay: number | null): void {
  const again: CutOff[] = []
  for (const kind of kinds) {
    const known = knownWork(connection, kind)
    const inHand = openWork(connection, kind, relay)
    const old: number[] = []
    for (const now of inHand) {
      const before = known.get(now.workId)
      const isNew = before?.lastRun === cleanStop && now.progress > before.progress
      if (before === undefined || isNew) continue
      old.push(now.workId)
      // Otherwise its turn had not come.
      if (before.begun > 0) again.push({ ...before, now })
    }
    if (old.length < inHand.length) noteOthers(connection, kind, { relay, run, old })
    const open = relay === null ? inHand : openWork(connection, kind, null)
    for (const { workId } of open) known.delete(workId)
    if (known.size > 0) forget(connection, kind, [...known.keys()])
  }
  holdLastBegun(connection, again, run)
  if (relay === null) connection.statement('UPDATE under_way SET begun = 0').run()
  else for (const one of again) beginAnew(connection, one)
}

function openWork(connection: Connection, kind: WorkKind, relay: number | null): OpenWork[] {
  return connection.statement(open[kind](relay)).all() as OpenWork[]
}

function beginAnew(connection: Connection, { kind, workId }: KnownWork): void {
  connection.statement('UPDATE under_way SET begun = 0 WHERE kind = ? AND work_id = ?').run(kind, workId)
}

function knownWork(connection: Connection, kind: WorkKind): Map<number, KnownWork> {
  const rows = connection
    .statement(
      `SELECT kind, work_id AS workId, progress, last_run AS lastRun, begun FROM under_way
       WHERE kind = ? AND held_by IS NULL`,
    )
    .all(kind) as KnownWork[]
  return new Map(rows.map(row => [row.workId, row]))
}

function note(connection: Connection, kind: WorkKind, { workId, progress }: OpenWork, run: number): void {
  connection
    .statement(
      `INSERT INTO under_way (kind, work_id, progress, last_run) VALUES (@kind, @workId, @progress, @run)
       ON CONFLICT (kind, work_id) DO UPDATE SET progress = @progress, last_run = @run WHERE under_way.held_by IS NULL`,
    )
    .run({ kind, workId, progress, run })
}

/** All that was in hand but for what was so before, in one statement: it may be thousands. */
function noteOthers(
  connection: Connection,
  kind: WorkKind,
  { relay, run, old }: { relay: number | null; run: number; old: readonly number[] },
): void {
  connection
    .statement(
      `INSERT INTO under_way (kind, work_id, progress, last_run)
       SELECT '${kind}', workId, progress, @run FROM (${open[kind](relay)}) AS cut_off
       WHERE workId NOT IN (SELECT value FROM json_each(@old))
       ON CONFLICT (kind, work_id) DO UPDATE SET progress = excluded.progress, last_run = excluded.last_run
         WHERE under_way.held_by IS NULL`,
    )
    .run({ run, old: JSON.stringify(old) })
}

/**
 * Suspects are begun one at a time, and the next one only when the one before has ended or has taken long: of several that were under
 * way again the last one is held, the others are tried once more.
 */
function holdLastBegun(connection: Connection, again: readonly CutOff[], run: number): void {
  const stuck = again.filter(isStuck)
  const guilty = stuck.toSorted((a, b) => b.begun - a.begun)[0]
  for (const one of again) if (one !== guilty) note(connection, one.kind, one.now, run)
  if (guilty === undefined) return
  acquit(connection, guilty.lastRun)
  hold(connection, guilty, run)
}

/** Otherwise it has come further since, and what was cut off is another piece of work: the attempt after one that is on record. */
function isStuck({ kind, progress, now }: CutOff): boolean {
  return now.progress - progress <= (kind === 'delivery' ? 1 : 0)
}

function hold(connection: Connection, { kind, workId }: KnownWork, run: number): void {
  connection
    .statement(
      'UPDATE under_way SET last_run = @run, held_by = @run WHERE kind = @kind AND work_id = @workId',
    )
    .run({ run, kind, workId })
  const sql =
    kind === 'delivery'
      ? `UPDATE deliveries SET state = 'held', reason = ? WHERE id = ?`
      : 'UPDATE messages SET reason = ? WHERE id = ?'
  connection.statement(sql).run(heldReason, workId)
}

/**
 * What ended a run is known now: whatever was held because of the same end is innocent of it, and is tried again.
 */
function acquit(connection: Connection, run: number): void {
  connection
    .statement(
      `UPDATE deliveries SET state = 'queued', reason = NULL WHERE state = 'held'
         AND id IN (SELECT work_id FROM under_way WHERE kind = 'delivery' AND held_by = ?)`,
    )
    .run(run)
  connection
    .statement(
      `UPDATE messages SET reason = NULL
       WHERE id IN (SELECT work_id FROM under_way WHERE kind <> 'delivery' AND held_by = ?)`,
    )
    .run(run)
  connection.statement('UPDATE under_way SET held_by = NULL WHERE held_by = ?').run(run)
}

/** Suspects and what is held, in the order of their numbers. */
export function suspectWork(connection: Connection): SuspectWork[] {
  const rows = connection
    .statement(
      `SELECT u.kind, u.work_id AS workId, m.queue_id AS queueId, d.ordinal, u.held_by IS NOT NULL AS isHeld,
         CASE WHEN u.held_by = (SELECT run - 1 FROM process_runs) THEN 1 ELSE 0 END AS isNew
       FROM under_way u LEFT JOIN deliveries d ON u.kind = 'delivery' AND d.id = u.work_id
         JOIN messages m ON m.id = coalesce(d.message_id, u.work_id)
       WHERE (u.kind <> 'delivery' OR d.id IS NOT NULL) AND u.last_run <> ${cleanStop} ORDER BY u.work_id`,
    )
    .all() as (Omit<SuspectWork, 'isHeld' | 'isNew'> & { isHeld: number; isNew: number })[]
  return rows.map(row => ({ ...row, isHeld: row.isHeld === 1, isNew: row.isNew === 1 }))
}

/** A suspect is begun: it is one of those that the next end of the process may be due to. */
export function beginSuspect(connection: Connection, kind: WorkKind, workId: number): void {
  connection
    .statement(
      `UPDATE under_way SET begun = (SELECT max(begun) + 1 FROM under_way) WHERE kind = ? AND work_id = ?`,
    )
    .run(kind, workId)
}

/** The work is done, for now or for good: it has not ended the process. */
export function clearSuspect(connection: Connection, kind: WorkKind, workId: number): void {
  forget(connection, kind, [workId])
}

function forget(connection: Connection, kind: WorkKind, workIds: readonly number[]): void {
  connection
    .statement(
      `DELETE FROM under_way WHERE kind = @kind AND held_by IS NULL
         AND work_id IN (SELECT value FROM json_each(@workIds))`,
    )
    .run({ kind, workIds: JSON.stringify(workIds) })
}
