/**
 * Stage 2: a received message is verified against its own envelope and accepted, deferred or refused. What is accepted
 * gets its trace: Authentication-Results and Received on top, forged results in our name removed.
 */
import type { TxtLookup, Verdict } from '../dkim2/index.ts'
import { verifyChain } from '../dkim2/index.ts'
import type { HeaderField, Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { Received } from '../receive/received.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import { authenticationResults, claimsAuthservId } from './authentication-results.ts'
import type { LoopBounds } from './loops.ts'
import { findLoop } from './loops.ts'
import type { AdmitPolicy } from './policy.ts'
import { decide } from './policy.ts'
import type { RecordResolver, SenderAuthentication } from './sender-authentication.ts'
import { authenticateSender } from './sender-authentication.ts'

/** What is kept of the admission with the message: the verdict, and what later stages must know of it. */
export interface AdmissionRecord extends Verdict {
  /** False: forwarded without a hop of ours. */
  readonly addHop: boolean
  /** SPF and DKIM, where there was no DKIM2 to rely on. */
  readonly sender?: SenderAuthentication
  /** The reverse-path may be believed: the chain passed, SPF or DKIM vouch for it, or the client is one of ours. */
  readonly senderAuthenticated: boolean
}

/** The noun of this stage. */
export interface Admitted {
  readonly received: Received
  readonly message: Message
  readonly record: AdmissionRecord
  /** Fields to put on top, first one topmost. */
  readonly prepend: readonly HeaderField[]
  /** Indices of received fields that are dropped. */
  readonly removed: readonly number[]
}

export type Admission =
  | { readonly kind: 'admitted'; readonly admitted: Admitted }
  | { readonly kind: 'refused'; readonly reply: SmtpReply; readonly verdict: Verdict }

export interface AdmitWorld {
  /** This relay in Authentication-Results. */
  readonly authservId: string
  readonly lookup: TxtLookup
  readonly resolver: RecordResolver
  readonly nowSeconds: number
  readonly loopBounds: LoopBounds
  receivedField(received: Received): HeaderField
}

/**
 * Verifies and decides.
 *
 * @param policy of the domain of the recipients; they share one (recipients.ts)
 */
export async function admit(received: Received, policy: AdmitPolicy, world: AdmitWorld): Promise<Admission> {
  const message = readMessage(received.octets)
  const { reversePath, forwardPaths } = received.envelope
  const verdict = await verifyChain(message, {
    envelope: { reversePath, forwardPaths },
    lookup: world.lookup,
    nowSeconds: world.nowSeconds,
  })
  const loop = findLoop(message, verdict.hops, forwardPaths, world.loopBounds)
  if (loop !== undefined)
    return { kind: 'refused', reply: { code: 554, enhanced: '5.4.6', text: loop }, verdict }
  const decision = decide(verdict, policy)
  if (decision.kind === 'refuse') return { kind: 'refused', reply: decision.reply, verdict }

  const sender =
    verdict.state === 'none' && !received.trusted ? await askForSender(received, world) : undefined
  const record: AdmissionRecord = {
    ...verdict,
    addHop: decision.addHop,
    ...(sender === undefined ? {} : { sender }),
    senderAuthenticated: verdict.state === 'pass' || received.trusted || sender?.authenticated === true,
  }
  const results = authenticationResults(world.authservId, verdict, otherResults(record, reversePath))
  return {
    kind: 'admitted',
    admitted: {
      received,
      message,
      record,
      prepend: [results, world.receivedField(received)],
      removed: message.fields.flatMap((field, index) =>
        claimsAuthservId(field, world.authservId) ? [index] : [],
      ),
    },
  }
}

function askForSender(received: Received, world: AdmitWorld): Promise<SenderAuthentication> {
  return authenticateSender({
    octets: received.octets,
    reversePath: received.envelope.reversePath,
    peerAddress: received.peer.address,
    helo: received.peer.helo,
    hostname: world.authservId,
    resolver: world.resolver,
  })
}

function otherResults(record: AdmissionRecord, reversePath: string): string[] {
  if (record.sender === undefined || reversePath === '') return []
  const spf = `spf=${record.sender.spf} smtp.mailfrom=${printableAddress(reversePath)}`
  return [spf, ...record.sender.dkimDomains.map(domain => `dkim=pass header.d=${domain}`)]
}

function printableAddress(address: string): string {
  return /^[A-Za-z0-9.!#$%&'*+\-/=?^_`{|}~@]+$/.test(address)
    ? address
    : `"${address.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}
