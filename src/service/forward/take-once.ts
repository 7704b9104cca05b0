/**
 * A message that was signed once is sent on once to each of its recipients: draft-ietf-dkim-dkim2-spec-06 section 11.9. Whoever
 * holds a signed message could otherwise have it forwarded for as long as its signature is valid.
 */

import { hash } from 'node:crypto'
import type { Admitted } from '../../admit/admit.ts'
import { sharedPolicy } from '../../admit/recipients.ts'
import { messageIdentity, verdictText } from '../../dkim2/index.ts'
import { messageFailure } from '../../dkim2/verdict.ts'
import { duplicates } from '../../limits.ts'
import { comparableAscii } from '../../message/mailbox.ts'
import { lowerAscii, type Message } from '../../message/message.ts'
import { peerKey } from '../../receive/networks.ts'
import type { Received } from '../../receive/received.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { AdmitPolicy, RecipientRole } from '../../record/recipient-role.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { OnceOnly, SeenCopy } from '../../store/identity-records.ts'
import type { NewMessage } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import { type Draft, type PlannedAhead, putDraft } from './draft.ts'

/** The recipients that a message is sent on for, and what their domain wants of duplicates. */
export interface Once {
  readonly recipients: readonly string[]
  readonly duplicate: AdmitPolicy['duplicate']
}

export type Taking =
  /** On disk; `admitted` is without the recipients that have had it. */
  | {
      readonly kind: 'stored'
      readonly admitted: Admitted
      readonly message: NewMessage
      readonly planned?: PlannedAhead
    }
  /** The client had sent it before and missed the reply; nothing more was stored. */
  | { readonly kind: 'retry'; readonly queueId: string }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }

/** Whom a message is sent on to; mail of our own clients to the world is theirs to send as often as they like. */
export function onceFor({ envelope }: Received, roles: readonly RecipientRole[]): Once {
  const recipients = envelope.forwardPaths.filter((_, at) => {
    const kind = roles[at]?.kind
    return kind === 'alias' || kind === 'list' || kind === 'list-command' || kind === 'reflector'
  })
  return { recipients, duplicate: sharedPolicy(roles).duplicate }
}

/** What a message is to those who might have had it, and how often it may come. */
interface Identity {
  readonly text: string
  readonly most: number
}

/**
 * Puts a message on disk, unless its recipients have had it. A message without a chain that passed is always taken: nobody could tell
 * it from another one that says the same.
 *
 * @param newDraft how it is stored
 */
export async function takeOnce(
  admitted: Admitted,
  once: Once,
  newDraft: (admitted: Admitted) => Promise<Draft>,
  store: Pick<Store, 'spool' | 'spoolOnce'>,
): Promise<Taking> {
  const identity = identityOf(admitted)
  if (identity === undefined) {
    const draft = await newDraft(admitted)
    const { spooled, ...ahead } = putDraft(draft, message => store.spool(message))
    await spooled
    return { kind: 'stored', admitted, message: draft.message, ...ahead }
  }
  const sentBy = clientOf(admitted.received)
  let going = admitted
  let { most } = identity
  // Each round takes a recipient away, or allows one time more, once.
  for (;;) {
    const draft = await newDraft(going)
    const only = onceOnly(going, once, { ...identity, most }, sentBy)
    const { spooled, ...ahead } = putDraft(draft, message => store.spoolOnce(message, only))
    const seen = await spooled
    if (seen.length === 0) return { kind: 'stored', admitted: going, message: draft.message, ...ahead }
    const rest = without(going, seen)
    const retried = seen.find(copy => copy.isRetry)
    if (rest === undefined && retried !== undefined) return { kind: 'retry', queueId: retried.queueId }
    const duplicate = seen.find(copy => !copy.isRetry)
    if (duplicate !== undefined && once.duplicate === 'accept-once-more' && most === 1) {
      most = 2
      going = noted(going, { duplicateOf: duplicate.queueId })
    } else if (rest !== undefined) going = rest
    else return { kind: 'refused', reply: duplicateReply() }
  }
}

function duplicateReply(): SmtpReply {
  return { code: 550, enhanced: '5.7.1', text: verdictText(messageFailure.duplicate()) }
}

function identityOf({ message, record }: Admitted): Identity | undefined {
  if (record.state !== 'pass') return undefined
  const identity = messageIdentity(message)
  if (identity === undefined) return undefined
  // Of an exploded message there are many copies, each with a signature of its own: only that very one is known again.
  return identity.exploded
    ? { text: `copy ${hash('sha256', signaturesOf(message))}`, most: Number.MAX_SAFE_INTEGER }
    : { text: `message ${identity.hashes}`, most: 1 }
}

function signaturesOf({ fields }: Message): Buffer {
  return Buffer.concat(
    fields.filter(field => lowerAscii(field.name) === 'dkim2-signature').map(field => field.octets),
  )
}

/** The same client with the same envelope, its parameters too; large senders change within their network, and connect from any port. */
function clientOf({ peer, envelope }: Received): string {
  return shortHash([peerKey(peer.address), envelope])
}

/** 128 bits: enough to know something again, and kept for each copy. */
function shortHash(parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts)).slice(0, 32)
}

function onceOnly(
  { received }: Admitted,
  { recipients }: Once,
  { text, most }: Identity,
  sentBy: string,
): OnceOnly {
  const at = received.receivedAtMilliseconds
  const going = new Set(received.envelope.forwardPaths)
  const copies = recipients
    .filter(recipient => going.has(recipient))
    .map(recipient => ({
      recipient,
      key: shortHash([text, comparableAscii(recipient).toLowerCase()]),
    }))
  const { remembered, retryMilliseconds } = duplicates
  return { copies, sentBy, at, retriesSince: at - retryMilliseconds, most, remembered }
}

/** The same for those who have not had it; undefined: all have. */
function without(admitted: Admitted, seen: readonly SeenCopy[]): Admitted | undefined {
  const gone = new Set(seen.map(copy => copy.recipient))
  const { received, record } = admitted
  const { envelope: whole } = received
  const forwardPaths = whole.forwardPaths.filter(path => !gone.has(path))
  const roles = received.roles.filter((_, at) => !gone.has(whole.forwardPaths[at] ?? ''))
  if (forwardPaths.length === 0) return undefined
  const alreadyHad = [...(record.alreadyHad ?? []), ...gone]
  const envelope = { ...whole, forwardPaths }
  return noted({ ...admitted, received: { ...received, envelope, roles } }, { alreadyHad })
}

function noted(admitted: Admitted, note: Pick<AdmissionRecord, 'duplicateOf' | 'alreadyHad'>): Admitted {
  return { ...admitted, record: { ...admitted.record, ...note } }
}
