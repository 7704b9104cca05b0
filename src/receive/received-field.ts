/** The trace field of this hop (RFC 5321 section 4.4). */
import { type HeaderField, newField } from '../message/message.ts'
import type { Received } from './received.ts'

/**
 * Composes `Received:`. The recipient is named only when there is exactly one: the field goes to every recipient, and none may learn
 * of the others. A mailbox with UTF-8 stands there as its octets (RFC 6531 section 3.7.3).
 *
 * @param own host name of this relay
 */
export function receivedField(received: Received, own: { readonly hostname: string }): HeaderField {
  const { peer, envelope } = received
  const [only, ...others] = envelope.forwardPaths
  const clauses = [
    `from ${peer.helo} (${peerComment(received)})`,
    ...(peer.tls === undefined
      ? []
      : [`(using ${atom(peer.tls.version)} with cipher ${atom(peer.tls.cipher)})`]),
    `by ${own.hostname} with ${peer.protocol} id ${atom(received.queueId)}`,
    ...(only === undefined || others.length > 0 ? [] : [`for <${only}>`]),
  ]
  const value = `${clauses.join('\r\n\t')};\r\n\t${dateTime(received.receivedAtMilliseconds)}`
  return newField('Received', Buffer.from(value).toString('latin1'))
}

/** A date-time of RFC 5322 section 3.3, in UTC. */
export function dateTime(milliseconds: number): string {
  return new Date(milliseconds).toUTCString().replace('GMT', '+0000')
}

/** TCP-info: the reverse DNS name where it is known, and the address as an address literal. */
function peerComment({ peer }: Received): string {
  const literal = peer.address.includes(':') ? `[IPv6:${peer.address}]` : `[${peer.address}]`
  return peer.hostname === undefined ? literal : `${peer.hostname} ${literal}`
}

/** Words that come from libraries or from the wiring: nothing that could end a comment or a line. */
function atom(text: string): string {
  return text.replace(/[^A-Za-z0-9._+-]/g, '_')
}
