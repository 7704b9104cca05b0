/**
 * Noting what messages can be found by. It stands beside each message at once; the index over it is made some hundred messages at a
 * time, as it would cost every commit a page for each term.
 */
import { decodeEnvelope, decodePeer } from '../../record/codec.ts'
import { type HeaderIdentity, searchTerm } from '../search-terms.ts'
import type { Connection } from './database.ts'
import type { MessageInsert } from './message-rows.ts'

/** Notes all that is known of a message when it is put on disk. */
export function noteMessage(
  connection: Connection,
  messageId: number | bigint,
  message: MessageInsert,
  identity: HeaderIdentity,
): void {
  for (const term of termsOfMessage(message, identity)) note(connection, messageId, term)
}

/** What a message can be found by when it is put on disk. */
export function termsOfMessage(
  message: Pick<MessageInsert, 'queueId' | 'envelope' | 'peer'>,
  { messageId: idField, subjectHash, authors }: HeaderIdentity,
): ReadonlySet<number> {
  const { reversePath, forwardPaths } = decodeEnvelope(message.queueId, message.envelope)
  const peer = decodePeer(message.queueId, message.peer)
  return new Set([
    ...[reversePath, ...authors].flatMap(address => addressTerms('from', address)),
    ...forwardPaths.flatMap(address => addressTerms('to', address)),
    ...(peer === null ? [] : [searchTerm('peer', peer.address)]),
    ...(idField === null ? [] : [searchTerm('message-id', idField)]),
    ...(subjectHash === null ? [] : [searchTerm('subject', subjectHash)]),
  ])
}

/** Notes to whom a message is sent on. */
export function noteForwardPath(connection: Connection, messageId: number | bigint, address: string): void {
  for (const term of termsOfForwardPath(address)) note(connection, messageId, term)
}

/** What a message can be found by when it is sent on to somebody. */
export function termsOfForwardPath(address: string): readonly number[] {
  return addressTerms('to', address)
}

/** A message is found by the whole address and by its domain. */
function addressTerms(side: 'from' | 'to', address: string): number[] {
  const whole = searchTerm(side, address)
  return address === '' ? [whole] : [whole, searchTerm(`${side}-domain`, address)]
}

function note(connection: Connection, messageId: number | bigint, term: number): void {
  connection
    .statement('INSERT OR IGNORE INTO message_terms (message_id, term) VALUES (?, ?)')
    .run(messageId, term)
}

/** See `Store.indexTerms`. */
export function indexTerms(connection: Connection, limit: number): boolean {
  const last = connection
    .statement(
      `SELECT max(message_id) FROM (SELECT DISTINCT message_id FROM message_terms
       WHERE message_id > (SELECT message_id FROM term_index_mark WHERE only_row = 1) ORDER BY message_id LIMIT ?) AS next`,
    )
    .pluck()
    .get(limit) as number | null
  if (last === null) return false
  connection
    .statement(
      `INSERT OR IGNORE INTO term_index (term, message_id) SELECT term, message_id FROM message_terms
       WHERE message_id > (SELECT message_id FROM term_index_mark WHERE only_row = 1) AND message_id <= ? ORDER BY term, message_id`,
    )
    .run(last)
  connection.statement('UPDATE term_index_mark SET message_id = ? WHERE only_row = 1').run(last)
  return (
    connection.statement('SELECT 1 FROM message_terms WHERE message_id > ? LIMIT 1').get(last) !== undefined
  )
}
