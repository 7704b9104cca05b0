/**
 * Searching the hop log. A search walks over the fewest messages that one of its conditions leaves, by the index of that condition, from
 * the newest to the oldest, and looks at the others for each of them; so its time goes with what is found and not with what is kept. The
 * newest messages, which are in no index yet, are few and looked through first.
 */
import type { MessageCriteria, MessagesQuery } from '../queries.ts'
import { queueIdAt } from '../queue-ids.ts'
import type { MessageState } from '../records.ts'
import { searchTerm, type TermKind } from '../search-terms.ts'
import type { Connection } from './database.ts'
import { shownState, summaryColumns } from './hop-log.ts'
import type { MessageSummaryRow } from './message-rows.ts'

/** Row numbers go with the time in a queue id, less the time that a message takes to come in; sessions are cut off long before this. */
const slackMilliseconds = 3_600_000

/** Beyond, it no longer matters which condition leaves the fewest messages. */
const maxCounted = 1_000

/** Whether a question looks for anything but the newest messages of a frequent state. */
export function isSearch({ criteria, since, until, state }: MessagesQuery): boolean {
  const isRare = state !== undefined && state !== 'forwarded'
  return termsOf(criteria).length > 0 || since !== undefined || until !== undefined || isRare
}

function isEnded(state: MessageState | undefined): boolean {
  return state === 'bounce-received' || state === 'obeyed'
}

/** The numbers that the conditions of a search stand for in the index. */
export function termsOf(criteria: MessageCriteria = {}): number[] {
  const { from, to, messageId, subjectHash, peer } = criteria
  const term = (kind: TermKind, value: string | undefined) =>
    value === undefined ? [] : [searchTerm(kind, value)]
  const party = (side: 'from' | 'to', value: string | undefined) =>
    term(value === '' || value?.includes('@', 1) ? side : `${side}-domain`, value?.replace(/^@/, ''))
  return [
    ...party('from', from),
    ...party('to', to),
    ...term('message-id', messageId),
    ...term('subject', subjectHash),
    ...term('peer', peer),
  ]
}

/** Messages that meet every condition, the one that was put on disk last first. */
export function searchMessages(connection: Connection, query: MessagesQuery): MessageSummaryRow[] {
  const terms = byRarity(connection, termsOf(query.criteria))
  const bounds = boundsOf(connection, query)
  const found: MessageSummaryRow[] = []
  for (const source of sourcesOf(query.state, terms[0])) {
    const limit = query.limit - found.length
    if (limit > 0) found.push(...walk(connection, source, terms, { ...query, limit }, bounds))
  }
  return found
}

function walk(
  connection: Connection,
  source: Source,
  [term, ...others]: readonly number[],
  { state, limit }: MessagesQuery,
  bounds: Bounds,
): MessageSummaryRow[] {
  const rows = connection
    .statement(
      `SELECT ${summaryColumns} FROM ${source.from}
       WHERE ${source.where} AND ${hasOthers} AND m.id > @above AND m.id < @below
         AND m.received_at >= @since AND m.received_at < @until AND (@state IS NULL OR ${shownState} = @state)
       ORDER BY ${source.id} DESC LIMIT @limit`,
    )
    .all({
      ...bounds,
      ...othersOf(source.usesTerm || term === undefined ? others : [term, ...others]),
      ...(source.usesTerm && { term }),
      state: state ?? null,
      limit,
    })
  return rows as MessageSummaryRow[]
}

/** The other conditions of a message, however many. */
export const hasOthers = `(@count = 0 OR @count = (SELECT count(*) FROM message_terms o
  WHERE o.message_id = m.id AND o.term IN (SELECT value FROM json_each(@others))))`

export function othersOf(terms: readonly number[]): { readonly others: string; readonly count: number } {
  return { others: JSON.stringify(terms), count: new Set(terms).size }
}

interface Source {
  readonly from: string
  readonly where: string
  /** The number by which its index is in order. */
  readonly id: string
  readonly usesTerm: boolean
}

/** What is walked over, one after the other. States that few messages have leave fewer than most conditions. */
function sourcesOf(state: MessageState | undefined, term: number | undefined): Source[] {
  const ended = `SELECT e.id FROM messages e WHERE e.state IN ('failed', 'bounce-received', 'obeyed') AND e.state = @state`
  const failed = `SELECT f.message_id FROM deliveries f WHERE f.state = 'failed'`
  const among = (ids: string) => [
    { from: 'messages m', where: `m.id IN (${ids})`, id: 'm.id', usesTerm: false },
  ]
  if (state === 'failed') return among(`${ended} UNION ${failed}`)
  if (isEnded(state)) return among(ended)
  if (state === 'spooled') return among(`SELECT s.id FROM messages s WHERE s.state = 'spooled'`)
  if (term === undefined) return [{ from: 'messages m', where: 'm.id > 0', id: 'm.id', usesTerm: false }]
  const ofTerm = (above: string) => `t.term = @term AND t.message_id > ${above} AND t.message_id < @below`
  const indexed = '(SELECT message_id FROM term_index_mark WHERE only_row = 1)'
  return [
    {
      from: joined('message_terms'),
      where: ofTerm(`max(@above, ${indexed})`),
      id: 't.message_id',
      usesTerm: true,
    },
    { from: joined('term_index'), where: ofTerm('@above'), id: 't.message_id', usesTerm: true },
  ]
}

function joined(terms: string): string {
  return `${terms} t JOIN messages m ON m.id = t.message_id`
}

/** The condition that the fewest messages meet first, as far as they are in the index. */
function byRarity(connection: Connection, terms: readonly number[]): number[] {
  if (terms.length < 2) return [...terms]
  const count = connection
    .statement(
      `SELECT count(*) FROM (SELECT 1 FROM term_index WHERE term = ? LIMIT ${maxCounted}) AS counted`,
    )
    .pluck()
  return terms
    .map(term => ({ term, messages: count.get(term) as number }))
    .toSorted((one, other) => one.messages - other.messages)
    .map(({ term }) => term)
}

interface Bounds {
  readonly since: number
  readonly until: number
  /** Row numbers between which all that is asked for lies. */
  readonly above: number
  readonly below: number
}

/** Where in the order of arrival a time, or the page before, begins: the index of the queue ids tells. */
function boundsOf(connection: Connection, { since, until, before }: MessagesQuery): Bounds {
  const first = since === undefined ? undefined : rowAt(connection, since - slackMilliseconds)
  const last = until === undefined ? undefined : rowAt(connection, until + slackMilliseconds)
  const ofPage = before === undefined ? undefined : rowOf(connection, before.toUpperCase())
  return {
    since: since ?? 0,
    until: until ?? Number.MAX_SAFE_INTEGER,
    above: since === undefined ? 0 : (first ?? Number.MAX_SAFE_INTEGER) - 1,
    below: Math.min(last ?? Number.MAX_SAFE_INTEGER, ofPage ?? Number.MAX_SAFE_INTEGER),
  }
}

/** The first row of a time or later; undefined: there is none. */
function rowAt(connection: Connection, milliseconds: number): number | undefined {
  return connection
    .statement('SELECT id FROM messages WHERE queue_id >= ? ORDER BY queue_id LIMIT 1')
    .pluck()
    .get(queueIdAt(milliseconds)) as number | undefined
}

/** The row of a queue id; where it is gone, the one behind that of the next lower one. */
function rowOf(connection: Connection, queueId: string): number {
  const found = connection
    .statement(
      'SELECT id, queue_id AS queueId FROM messages WHERE queue_id <= ? ORDER BY queue_id DESC LIMIT 1',
    )
    .get(queueId) as { id: number; queueId: string } | undefined
  if (found === undefined) return 0
  return found.queueId === queueId ? found.id : found.id + 1
}

export interface NewMessagesQuery {
  readonly after?: number
  readonly limit: number
  readonly criteria?: MessageCriteria
}

/**
 * Messages that were put on disk after another one, in that order; see `Store.newMessages`.
 *
 * @param highestSql asks for the row number up to which nothing comes later
 */
export function newMessages(
  connection: Connection,
  { after, limit, criteria }: NewMessagesQuery,
  highestSql = 'SELECT max(id) FROM messages',
): { rows: MessageSummaryRow[]; last: number } {
  const highest = (connection.statement(highestSql).pluck().get() as number | null) ?? 0
  if (after === undefined) return { rows: [], last: highest }
  const rows = connection
    .statement(
      `SELECT ${summaryColumns}, m.id AS rowNumber FROM messages m WHERE m.id > @after AND m.id <= @highest AND ${hasOthers}
       ORDER BY m.id LIMIT @limit`,
    )
    .all({ after, highest, limit, ...othersOf(termsOf(criteria)) }) as (MessageSummaryRow & {
    rowNumber: number
  })[]
  const lastRow = rows.length < limit ? highest : rows.at(-1)?.rowNumber
  return { rows, last: Math.max(after, lastRow ?? 0) }
}
