/**
 * Stage 2: a received message is verified against its own envelope and accepted, deferred or refused. What is accepted
 * gets its trace: Authentication-Results and Received on top, forged results in our name removed.
 */
import type { ChainBounds, Revision, Verdict } from '../dkim2/index.ts'
import { lastSigner, verifyChain } from '../dkim2/index.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import type { HeaderField, Message } from '../message/message.ts'
import { beginsWithFold, readMessage } from '../message/message.ts'
import type { Received } from '../receive/received.ts'
import type { AdmissionRecord, SenderAuthentication } from '../record/admission-record.ts'
import type { AdmitPolicy } from '../record/recipient-role.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import { authenticationResults, claimsAuthservId, propertyValue } from './authentication-results.ts'
import { blindCopyIndices, uncoveredBlindCopies } from './blind-copies.ts'
import { borderRefusal, brandFate } from './border-fields.ts'
import type { SignatureBounds } from './dkim-signatures.ts'
import type { LookUps } from './look-ups.ts'
import type { LoopBounds } from './loops.ts'
import { findLoop } from './loops.ts'
import type { FindOwn, OwnClaim, OwnJudgement } from './own-senders.ts'
import { claimsBeyondChain, judgeClaims, ownClaims } from './own-senders.ts'
import { decide } from './policy.ts'
import { authenticateSender } from './sender-authentication.ts'

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

export interface AdmitDependencies {
  /** This relay in Authentication-Results. */
  readonly authservId: string
  /** Of this message. */
  readonly lookUps: LookUps
  /** Ends the judgement, as it ends the look-ups. */
  readonly ends: AbortSignal
  readonly nowSeconds: number
  readonly loopBounds: LoopBounds
  /** Of a message of so many octets. */
  chainBounds(sizeBytes: number): Partial<ChainBounds>
  readonly signatureBounds: SignatureBounds
  isOwnDomain(domain: string): boolean
  /** The own domain that this one is, or is below of. */
  readonly findOwn: FindOwn
  /** Revision of the draft by which the messages of a peer are verified; undefined: its fields name no signer. */
  revisionOf(signer: string | undefined): Revision
  receivedField(received: Received): HeaderField
}

/**
 * Verifies and decides.
 *
 * @param policy of the domain of the recipients; they share one (recipients.ts)
 * @param isReport it came to a bounce address: whose From it has makes no difference, since nothing of it is sent on
 */
export async function admit(
  received: Received,
  policy: AdmitPolicy,
  dependencies: AdmitDependencies,
  isReport = false,
): Promise<Admission> {
  const message = readMessage(received.octets)
  if (beginsWithFold(message)) {
    return { kind: 'refused', reply: leadingFold, verdict: { state: 'none', hops: [] } }
  }
  const tooMuch = borderRefusal(message)
  if (tooMuch !== undefined) return { kind: 'refused', reply: tooMuch, verdict: { state: 'none', hops: [] } }
  const { reversePath, forwardPaths } = received.envelope
  const verdict = await verifyChain(message, {
    envelope: { reversePath, forwardPaths },
    lookup: dependencies.lookUps.lookup,
    nowSeconds: dependencies.nowSeconds,
    bounds: dependencies.chainBounds(received.octets.length),
    stopsAtFailure: true,
    revision: dependencies.revisionOf(lastSigner(message)),
  })
  const loop = findLoop(message, verdict.hops, forwardPaths, dependencies.loopBounds)
  if (loop !== undefined)
    return { kind: 'refused', reply: { code: 554, enhanced: '5.4.6', text: loop }, verdict }
  const decision = decide(verdict, policy)
  if (decision.kind === 'refuse') return { kind: 'refused', reply: decision.reply, verdict }

  // A client of ours vouches for senders of own domains, not for the rest of the world.
  const trusted = received.trusted && dependencies.isOwnDomain(asciiDomainOf(reversePath))
  const claims = received.trusted
    ? []
    : claimsBeyondChain(claimsOf(received, message, isReport, dependencies), message, verdict)
  const isAsked = claims.length > 0 || (verdict.state === 'none' && !trusted)
  const sender = isAsked ? await askForSender(received, message, claims.length > 0, dependencies) : undefined
  const judged = judgeOwn(claims, { message, reversePath, verdict, sender }, dependencies)
  if (judged.kind === 'refused') return { kind: 'refused', reply: judged.reply, verdict }
  const blind = verdict.state === 'none' ? uncoveredBlindCopies(message) : []
  const record: AdmissionRecord = {
    ...verdict,
    addHop: decision.addHop,
    ...(sender === undefined ? {} : { sender }),
    senderAuthenticated: verdict.state === 'pass' || trusted || sender?.authenticated === true,
    ...(judged.kind === 'foreign-list' && { foreignList: judged.list }),
    ...(blindCopyIndices(message).length === 0 ? {} : { bcc: blind.length === 0 ? 'kept' : 'removed' }),
    ...brandFate(message, verdict),
  }
  const results = authenticationResults(dependencies.authservId, verdict, otherResults(record, reversePath))
  return {
    kind: 'admitted',
    admitted: {
      received,
      message,
      record,
      prepend: [results, dependencies.receivedField(received)],
      removed: message.fields.flatMap((field, index) =>
        claimsAuthservId(field, dependencies.authservId) || blind.includes(index) ? [index] : [],
      ),
    },
  }
}

function claimsOf(
  { envelope }: Received,
  message: Message,
  isReport: boolean,
  dependencies: AdmitDependencies,
): readonly OwnClaim[] {
  const claims = ownClaims(message, envelope.reversePath, dependencies.findOwn)
  return isReport ? claims.filter(claim => claim.where === 'MAIL FROM') : claims
}

function judgeOwn(
  claims: readonly OwnClaim[],
  evidence: {
    readonly message: Message
    readonly reversePath: string
    readonly verdict: Verdict
    readonly sender: SenderAuthentication | undefined
  },
  dependencies: AdmitDependencies,
): OwnJudgement {
  const { sender } = evidence
  return sender === undefined
    ? { kind: 'fine' }
    : judgeClaims(claims, { ...evidence, sender }, dependencies.findOwn)
}

function askForSender(
  received: Received,
  message: Message,
  isDkimAsked: boolean,
  dependencies: AdmitDependencies,
): Promise<SenderAuthentication> {
  const input = {
    message,
    reversePath: received.envelope.reversePath,
    isDkimAsked,
    peerAddress: received.peer.address,
    helo: received.peer.helo,
    hostname: dependencies.authservId,
    resolver: dependencies.lookUps.resolver,
    ends: dependencies.ends,
  }
  return authenticateSender(input, dependencies.signatureBounds)
}

/** What this relay put on top would swallow the first line, and nothing would verify afterwards. */
const leadingFold: SmtpReply = {
  code: 550,
  enhanced: '5.6.0',
  text: 'the header section begins with a continuation line',
}

function otherResults(record: AdmissionRecord, reversePath: string): string[] {
  return [...senderResults(record, reversePath), ...foreignListResults(record)]
}

/** A method of our own (RFC 8601 section 2.7.6): readers of own domains see that nobody vouches for From. */
function foreignListResults({ foreignList }: AdmissionRecord): string[] {
  if (foreignList === undefined) return []
  const from = foreignList.from.map(domain => `header.from=${propertyValue(domain)}`).join(' ')
  return [`x-own-domain=foreign-list ${from} policy.list=${propertyValue(foreignList.domain)}`]
}

function senderResults(record: AdmissionRecord, reversePath: string): string[] {
  if (record.sender === undefined || reversePath === '') return []
  const spf = `spf=${record.sender.spf} smtp.mailfrom=${propertyValue(reversePath, '@')}`
  const dkim = record.sender.dkimDomains.map(
    domain => `dkim=pass header.d=${propertyValue(asciiDomainOf(`@${domain}`))}`,
  )
  return [spf, ...dkim]
}
