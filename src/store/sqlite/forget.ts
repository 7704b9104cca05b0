/**
 * Erasing a person: the address goes from every text that is kept of messages, and octets that have it go as a whole. What a message is found by
 * is no guide here, as replies of hosts and older fields name people too: so every record is looked at, in steps.
 */
import { asciiDomainOf, foldedAddress } from '../../message/mailbox.ts'
import { shortName } from '../../record/short-names.ts'
import { type PackedSection, unpackedSection } from '../header-dictionary.ts'
import type { ForgetAnswer, ForgottenByLists } from '../retention-records.ts'
import { searchTerm } from '../search-terms.ts'
import { forgetAliasTarget } from './alias-targets.ts'
import type { Connection } from './database.ts'
import { isDone, removeOctets } from './shed-bodies.ts'

/** Stands where the address stood. RFC 2606 section 2: nobody ever gets mail at it. */
export const placeholder = 'forgotten@forgotten.invalid'

/** Texts that may name somebody, by table; `key` names the row, `where` the rows of a message. */
const places = [
  {
    table: 'messages',
    key: ['id'],
    where: 'id = @id',
    texts: ['envelope', 'verdict', 'peer', 'reason', 'header_message_id'],
  },
  {
    table: 'deliveries',
    key: ['id'],
    where: 'message_id = @id',
    texts: ['recipient', 'forward_path', 'reverse_path', 'reason', 'hop', 'notification'],
  },
  {
    table: 'attempts',
    key: ['delivery_id', 'number'],
    where: 'delivery_id IN (SELECT d.id FROM deliveries d WHERE d.message_id = @id)',
    texts: ['reply', 'reason'],
  },
  { table: 'list_posts', key: ['id'], where: 'message_id = @id', texts: ['recipient', 'reason', 'revision'] },
] as const

type Place = (typeof places)[number]
type TextRow = Readonly<Record<string, string | number | null>>

/** See `Store.forgetInMessages`. */
export function forgetInMessages(
  connection: Connection,
  { address, after, limit }: { address: string; after: number; limit: number },
): ForgetAnswer {
  connection.room.overwriteRemoved()
  const found = messagesToLookAt(connection, { after, limit })
  return forgetAnswer(
    found,
    limit,
    found.filter(one => forgetInMessage(connection, one, address)),
  )
}

/** A message that is looked at; `done` is 1 when nothing is left to do with it. */
export interface LookedAt {
  readonly id: number
  readonly queueId: string
  readonly done: number
}

/** The messages of one step. */
export function messagesToLookAt(
  connection: Connection,
  query: { readonly after: number; readonly limit: number },
): LookedAt[] {
  return connection
    .statement(
      `SELECT m.id, m.queue_id AS queueId, CASE WHEN ${isDone} THEN 1 ELSE 0 END AS done
       FROM messages m WHERE m.id > @after ORDER BY m.id LIMIT @limit`,
    )
    .all(query) as LookedAt[]
}

/** Whether it names the address; it is erased from one that is done. */
export function forgetInMessage(connection: Connection, { id, done }: LookedAt, address: string): boolean {
  const pattern = addressPattern(address)
  if (!isNamedIn(connection, id, pattern)) return false
  if (done === 1) eraseFrom(connection, id, address, pattern)
  return true
}

/** @param named those of them that name the address */
export function forgetAnswer(
  found: readonly LookedAt[],
  limit: number,
  named: readonly LookedAt[],
): ForgetAnswer {
  return {
    messages: named.filter(({ done }) => done === 1).length,
    open: named.filter(({ done }) => done === 0).map(({ queueId }) => queueId),
    last: found.length < limit ? null : (found.at(-1)?.id ?? null),
  }
}

/**
 * The address, in any case, with either spelling of its domain, also as bounce addresses of others name it (`a=x.example`); not as a part of
 * another address.
 */
export function addressPattern(address: string): RegExp {
  const localPart = address.slice(0, address.lastIndexOf('@'))
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const spellings = new Set([domain, asciiDomainOf(address)])
  const domains = `(?:${[...spellings].map(escaped).join('|')})(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`
  const plain = String.raw`(?<![\p{L}\p{N}!#$%&'*+/?^_\x60{|}~.-])${escaped(localPart)}@${domains}`
  const within = String.raw`(?<![\p{L}\p{N}_.])${escaped(localPart)}=${domains}(?=[^@\s]{0,200}@)`
  return new RegExp(`${plain}|${within}`, 'giu')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function isNamedIn(connection: Connection, id: number, pattern: RegExp): boolean {
  return (
    places.some(place =>
      textsOf(connection, place, id).some(row => place.texts.some(text => has(row[text], pattern))),
    ) || octetsOf(connection, id).some(octets => has(octets.toString('utf8'), pattern))
  )
}

function textsOf(connection: Connection, { table, key, where, texts }: Place, id: number): TextRow[] {
  return connection
    .statement(`SELECT ${[...key, ...texts].join(', ')} FROM ${table} WHERE ${where}`)
    .all({ id }) as TextRow[]
}

function has(text: string | number | null | undefined, pattern: RegExp): boolean {
  pattern.lastIndex = 0
  return typeof text === 'string' && pattern.test(text)
}

function octetsOf(connection: Connection, id: number): Buffer[] {
  const packed = connection
    .statement('SELECT section, form FROM message_headers WHERE message_id = ?')
    .get(id) as PackedSection | undefined
  const others = connection
    .statement(
      `SELECT octets FROM message_octets WHERE message_id = @id
       UNION ALL SELECT octets FROM list_post_octets WHERE post_id IN (SELECT id FROM list_posts WHERE message_id = @id)
       UNION ALL SELECT prepend FROM message_octets WHERE message_id = @id AND prepend IS NOT NULL
       UNION ALL SELECT prepend FROM messages WHERE id = @id`,
    )
    .pluck()
    .all({ id }) as Uint8Array[]
  const inflated = packed === undefined ? [] : [unpackedSection(packed)]
  return [...inflated, ...others].map(one => Buffer.from(one.buffer, one.byteOffset, one.byteLength))
}

/** Octets may have the address in base64 too (`mf=`, `rt=`): those of a message that names it go as a whole. */
function eraseFrom(connection: Connection, id: number, address: string, pattern: RegExp): void {
  for (const place of places)
    for (const row of textsOf(connection, place, id)) eraseTexts(connection, place, row, pattern)
  removeOctets(connection, id)
  connection.statement('DELETE FROM message_headers WHERE message_id = ?').run(id)
  connection.statement(`UPDATE messages SET subject_hash = NULL WHERE id = ?`).run(id)
  // Of copies of a post too, which an earlier version had planned.
  connection.statement(`UPDATE deliveries SET prefix = x'' WHERE message_id = ? AND prefix <> x''`).run(id)
  const terms = (['from', 'to'] as const).map(side => searchTerm(side, address))
  connection
    .statement(
      'DELETE FROM message_terms WHERE message_id = @id AND term IN (SELECT value FROM json_each(@terms))',
    )
    .run({ id, terms: JSON.stringify(terms) })
}

function eraseTexts(
  connection: Connection,
  { table, key, texts }: Place,
  row: TextRow,
  pattern: RegExp,
): void {
  const changed = texts.filter(text => has(row[text], pattern))
  if (changed.length === 0) return
  const values = changed.map(text => [text, erased(String(row[text]), pattern)] as const)
  connection
    .statement(
      `UPDATE ${table} SET ${changed.map(text => `${text} = @${text}`).join(', ')}
       WHERE ${key.map(name => `${name} = @${name}`).join(' AND ')}`,
    )
    .run({ ...Object.fromEntries(values), ...Object.fromEntries(key.map(name => [name, row[name]])) })
}

const forgottenReversePath = new RegExp(
  `("(?:reversePath|${shortName('reversePath')})":)"${escaped(placeholder)}"`,
  'g',
)

/** Where failures would go back to the person they go to nobody. */
function erased(text: string, pattern: RegExp): string {
  return text.replace(pattern, placeholder).replace(forgottenReversePath, '$1""')
}

/** See `Store.forgetInLists`. */
export function forgetInLists(connection: Connection, address: string): ForgottenByLists {
  connection.room.overwriteRemoved()
  const key = foldedAddress(address)
  const lists = connection
    .statement(
      'SELECT l.address FROM subscribers s JOIN lists l ON l.id = s.list_id WHERE s.address_key = ? ORDER BY l.address',
    )
    .pluck()
    .all(key) as string[]
  connection.statement('DELETE FROM subscribers WHERE address_key = ?').run(key)
  const requests = connection.statement('DELETE FROM list_requests WHERE address_key = ?').run(key).changes
  const news = idsOf(connection, 'list_news', key)
  const former = idsOf(connection, 'former_subscribers', key)
  for (const id of news) connection.statement('DELETE FROM list_news WHERE id = ?').run(id)
  for (const id of former) connection.statement('DELETE FROM former_subscribers WHERE id = ?').run(id)
  for (const target of targetsOf(connection, key)) forgetAliasTarget(connection, target)
  return { lists, requests, news: news.length }
}

/** Targets of aliases that are the address, or whose failures name it. */
function targetsOf(connection: Connection, address: string): string[] {
  const pattern = addressPattern(address)
  const rows = connection
    .statement('SELECT address_key AS key, alias, reason FROM alias_targets')
    .all() as TextRow[]
  return rows
    .filter(({ key, alias, reason }) => key === address || has(alias, pattern) || has(reason, pattern))
    .map(({ key }) => String(key))
}

/** These have the address as it was given. */
function idsOf(connection: Connection, table: 'list_news' | 'former_subscribers', key: string): number[] {
  const rows = connection.statement(`SELECT id, address FROM ${table}`).all() as {
    id: number
    address: string
  }[]
  return rows.filter(({ address }) => foldedAddress(address) === key).map(({ id }) => id)
}
