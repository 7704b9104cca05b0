/**
 * Results of DMARC, counted together (gathering.ts). Most messages are like one before them: those are counted in one statement, whose rows
 * are locked in one order, so that no two relays wait for each other. What is new of its day needs a look at the bounds, and is counted as on
 * SQLite, one after the other.
 */
import type { DmarcCountBounds, DmarcCounted, JudgedMessage } from '../dmarc-records.ts'
import { countDmarcResult } from '../sqlite/dmarc-results.ts'
import { Gathering } from './gathering.ts'
import type { Ask } from './lane.ts'
import { type Claimant, rerun } from './rerun.ts'

/** One message, and what it is counted within. */
export interface ToCount {
  readonly judged: JudgedMessage
  readonly bounds: DmarcCountBounds
}

/** Messages that one row counts. */
interface Same extends ToCount {
  messages: number
  /** The place of the last one. */
  last: number
  counted: DmarcCounted
}

type Commit = (perform: (ask: Ask) => Promise<unknown>, kind: 'alone' | 'serial') => Promise<unknown>

/** The last policy record of a day is the one that counts. Days come before their results, as where one message is counted (dmarc-results.ts). */
const recordsSql = `WITH latest AS (
    SELECT DISTINCT ON (day, domain) day, domain, record FROM json_to_recordset(@rows::json)
      AS r (last bigint, day text, domain text, record text) ORDER BY day, domain, last DESC),
  changed AS (
    SELECT l.* FROM dmarc_days d JOIN latest l ON d.day = l.day AND d.domain = l.domain
    WHERE d.record <> l.record ORDER BY d.day, d.domain FOR UPDATE OF d)
  UPDATE dmarc_days d SET record = c.record FROM changed c WHERE d.day = c.day AND d.domain = c.domain`

const isSameRow = `r.day = a.day AND r.domain = a.domain AND r.source = a.source
  AND md5(r.evaluation) = md5(a.evaluation) AND r.evaluation = a.evaluation`

/** No two rows are of one kind: an UPDATE takes one of those that meet its row, and drops the others. */
const knownSql = `WITH found AS (
    SELECT a.* FROM dmarc_results r JOIN json_to_recordset(@rows::json)
      AS a (place bigint, day text, domain text, source text, evaluation text, messages bigint) ON ${isSameRow}
    ORDER BY r.day, r.domain, r.source, md5(r.evaluation) FOR UPDATE OF r),
  counted AS (UPDATE dmarc_results r SET messages = r.messages + a.messages FROM found a WHERE ${isSameRow})
  SELECT place FROM found`

/** @param commit makes one change: in a transaction of its own, or with nothing changing meanwhile that it has seen */
export function dmarcCounter(claimant: Claimant, commit: Commit): Gathering<ToCount, DmarcCounted> {
  return new Gathering(async items => {
    const [all, ofItem] = together(items)
    let known: ReadonlySet<unknown> = new Set()
    await commit(async ask => {
      known = await countKnown(ask, all)
    }, 'alone')
    const rest = all.filter((_, place) => !known.has(place))
    if (rest.length > 0) await commit(ask => countOthers(ask, claimant, rest), 'serial')
    return ofItem.map(same => same.counted)
  })
}

/** Answers the rows, and that of each message. */
function together(items: readonly ToCount[]): [all: readonly Same[], ofItem: readonly Same[]] {
  const all = new Map<string, Same>()
  const ofItem = items.map((item, last) => {
    const { day, policyDomain, source, evaluation } = item.judged
    const key = JSON.stringify([day, policyDomain, source, evaluation])
    const same = all.get(key) ?? { ...item, messages: 0, last, counted: 'counted' }
    all.set(key, Object.assign(same, item, { messages: same.messages + 1, last }))
    return same
  })
  return [[...all.values()], ofItem]
}

/** Answers the places of those that are counted now. */
async function countKnown(ask: Ask, all: readonly Same[]): Promise<ReadonlySet<unknown>> {
  const rows = JSON.stringify(
    all.map(({ judged: { policyDomain: domain, evaluation, ...judged }, messages, last }, place) => ({
      ...judged,
      domain,
      evaluation: JSON.stringify(evaluation),
      messages,
      last,
      place,
    })),
  )
  const [, answer] = await Promise.all([ask(recordsSql, { rows }), ask(knownSql, { rows })])
  return new Set(answer.rows.map(({ place }) => place))
}

async function countOthers(ask: Ask, claimant: Claimant, rest: readonly Same[]): Promise<void> {
  for (const same of rest.toSorted((a, b) => a.last - b.last)) {
    const { judged, bounds, messages } = same
    same.counted = await rerun(
      connection => countDmarcResult(connection, judged, bounds, messages),
      claimant,
      ask,
    )
  }
}
