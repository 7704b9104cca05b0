/**
 * A message that this relay writes itself, a report or a notice: signed at i=1 for the one address that it goes to and put
 * into the queue in one transaction with whatever it follows from. A crash neither loses nor doubles it.
 */

import type { ProfileId } from '../dkim2/index.ts'
import { isAsciiText } from '../message/header-field.ts'
import { domainOf } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { OwnMessageRecord } from '../record/message-record.ts'
import type { Envelope } from '../smtp/envelope.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import type { OutgoingMessage } from './message-cache.ts'
import { outgoingMessage } from './outgoing.ts'

/** A message without its signature. */
export interface OwnMessage {
  readonly queueId: string
  readonly kind: OwnMessageRecord['kind']
  /** As composed, CRLF line ends. */
  readonly octets: Buffer
  /** '' or an own bounce address of this very message. */
  readonly reversePath: string
  /** The one address that it goes to. */
  readonly to: string
  /** The own domain that signs: that of the From field. */
  readonly domain: string
  /** Wire profile; undefined: that of the destination. */
  readonly profile: ProfileId | undefined
  /** Unix milliseconds. */
  readonly composedAt: number
  /** It goes with REQUIRETLS (RFC 8689). */
  readonly requireTls?: boolean
}

export interface OwnMessageDependencies {
  readonly store: Pick<Store, 'message'>
  isOwnDomain(domain: string): boolean
  /** Signs a message as a new one for its one recipient, ready to be queued. */
  sign(message: Message, own: OwnMessage): Promise<NewDelivery>
  keepUntil(milliseconds: number): number
  /** The message is queued. */
  queued(deliveries: readonly StoredDelivery[], message: NewMessage, outgoing: OutgoingMessage): void
  /** The message goes to an address of our own: it takes the way of every message to that. */
  spooled(message: NewMessage): void
}

/** Puts a message and its deliveries into the store; [] where another writer won. */
export type Commit = (
  message: NewMessage,
  deliveries: readonly NewDelivery[],
) => Promise<readonly StoredDelivery[]>

/**
 * Signs and queues a message of our own; `commit` notes in the same transaction what it follows from.
 *
 * @returns false where another writer won and nothing was queued
 */
export async function sendOwnMessage(
  own: OwnMessage,
  commit: Commit,
  dependencies: OwnMessageDependencies,
): Promise<boolean> {
  const { octets, reversePath, to } = own
  const envelope: Envelope = {
    reversePath,
    forwardPaths: [to],
    smtpUtf8: !isAsciiText(to),
    ...(own.requireTls === true && { requireTls: true }),
  }
  const signed = await dependencies.sign(readMessage(octets), own)
  const message = newMessage(own, envelope)
  if (dependencies.isOwnDomain(domainOf(to))) {
    const whole = Buffer.concat([signed.prefix, octets])
    const record = { kind: own.kind, admission: ownAdmission(signed) }
    const spooled: NewMessage = { ...message, octets: whole, record, state: 'spooled' }
    await commit(spooled, [])
    // It has no deliveries yet that could tell whether it is there.
    if ((await dependencies.store.message(spooled.queueId)) === undefined) return false
    dependencies.spooled(spooled)
    return true
  }
  const queued: NewMessage = { ...message, keepUntil: dependencies.keepUntil(message.receivedAt) }
  const deliveries = await commit(queued, [signed])
  if (deliveries.length > 0)
    dependencies.queued(deliveries, queued, outgoingMessage({ ...queued, envelope, admission: null }))
  return deliveries.length > 0
}

function newMessage(own: OwnMessage, envelope: Envelope): NewMessage {
  return {
    queueId: own.queueId,
    receivedAt: own.composedAt,
    record: { kind: own.kind, admission: null },
    state: 'forwarded',
    listener: null,
    peer: null,
    envelope,
    octets: own.octets,
    prepend: Buffer.alloc(0),
    removed: [],
  }
}

/** A message of ours that comes to an own address was signed a moment ago: it needs no verification by DNS. */
function ownAdmission(signed: NewDelivery): AdmissionRecord {
  if (signed.hop === null) return { state: 'none', hops: [], addHop: true, senderAuthenticated: true }
  const { domain, selectors, timestampSeconds, profile } = signed.hop
  return {
    state: 'pass',
    profile,
    fullyVerified: true,
    hops: [
      {
        sequence: 1,
        domain,
        reversePath: signed.reversePath,
        forwardPaths: [signed.forwardPath],
        timestampSeconds,
        selectors,
        algorithms: [],
        flags: [],
        state: 'pass',
      },
    ],
    addHop: true,
    senderAuthenticated: true,
  }
}
