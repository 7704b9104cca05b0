/** Noting what messages can be found by. */
import { decodeEnvelope, decodePeer } from '../../record/codec.ts'
import { type HeaderIdentity, searchTerm } from '../search-terms.ts'
import type { Connection } from './database.ts'
import type { MessageInsert } from './message-rows.ts'

/** Notes all that is known of a message when it is put on disk. */
export function noteMessage(
  connection: Connection,
  messageId: number | bigint,
  message: MessageInsert,
  { messageId: idField, subjectHash, authors }: HeaderIdentity,
): void {
  const { reversePath, forwardPaths } = decodeEnvelope(message.queueId, message.envelope)
  const peer = decodePeer(message.queueId, message.peer)
  const terms = new Set([
    ...[reversePath, ...authors].flatMap(address => addressTerms('from', address)),
    ...forwardPaths.flatMap(address => addressTerms('to', address)),
    ...(peer === null ? [] : [searchTerm('peer', peer.address)]),
    ...(idField === null ? [] : [searchTerm('message-id', idField)]),
    ...(subjectHash === null ? [] : [searchTerm('subject', subjectHash)]),
  ])
  for (const term of terms) note(connection, messageId, term)
}

/** Notes to whom a message is sent on. */
export function noteForwardPath(connection: Connection, messageId: number | bigint, address: string): void {
  for (const term of addressTerms('to', address)) note(connection, messageId, term)
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
