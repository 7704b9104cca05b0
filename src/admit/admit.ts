/**
 * Stage 2: a received message is verified against its own envelope and accepted, deferred or refused. What is accepted
 * gets its trace: Authentication-Results and Received on top, forged results in our name removed.
 */
import type { ChainBounds, Revision, Verdict } from '../dkim2/index.ts'
import { lastSigner, verifyChain } from '../dkim2/index.ts'
import type { HeaderField, Message } from '../message/message.ts'
import { beginsWithFold, newField, readMessage } from '../message/message.ts'
import type { Received } from '../receive/received.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { AdmitPolicy } from '../record/recipient-role.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import { authenticationResults, claimsAuthservId } from './authentication-results.ts'
import { blindCopyIndices, uncoveredBlindCopies } from './blind-copies.ts'
import { borderRefusal, brandFate } from './border-fields.ts'
import type { ReportableEvaluation } from './dmarc-evaluation.ts'
import { decideFormat, type FormatDecision } from './format-policy.ts'
import { type JudgeSenderDependencies, judgeSender } from './judge-sender.ts'
import type { LoopBounds } from './loops.ts'
import { findLoop } from './loops.ts'
import { decide } from './policy.ts'
import { senderResults } from './sender-results.ts'

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

export type Admission = (
  | { readonly kind: 'admitted'; readonly admitted: Admitted }
  | { readonly kind: 'refused'; readonly reply: SmtpReply; readonly verdict: Verdict }
) & {
  /** What its domain may want to hear of it. */
  readonly evaluation?: ReportableEvaluation
}

export interface AdmitDependencies extends JudgeSenderDependencies {
  readonly nowSeconds: number
  readonly loopBounds: LoopBounds
  /** Of a message of so many octets. */
  chainBounds(sizeBytes: number): Partial<ChainBounds>
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
  const format = isReport ? nothingWrong : decideFormat(message, received.envelope, policy)
  if (format.kind === 'refuse') {
    return { kind: 'refused', reply: format.reply, verdict: { state: 'none', hops: [] } }
  }
  const verdict = await verifyReceived(received, message, dependencies)
  const loop = findLoop(message, verdict.hops, received.envelope.forwardPaths, dependencies.loopBounds)
  if (loop !== undefined)
    return { kind: 'refused', reply: { code: 554, enhanced: '5.4.6', text: loop }, verdict }
  const decision = decide(verdict, policy)
  if (decision.kind === 'refuse') return { kind: 'refused', reply: decision.reply, verdict }
  const judged = await judgeSender({ received, message, verdict, policy, isReport }, dependencies)
  const told = judged.evaluation === undefined ? {} : { evaluation: judged.evaluation }
  if (judged.kind === 'refused') return { kind: 'refused', reply: judged.reply, verdict, ...told }
  const record: AdmissionRecord = {
    ...verdict,
    addHop: decision.addHop,
    ...judged.findings,
    lookedAt: [...format.lookedAt, ...judged.lookedAt],
    ...brandFate(message, verdict),
  }
  return { kind: 'admitted', admitted: admittedAs(record, received, message, dependencies), ...told }
}

const nothingWrong: FormatDecision = { kind: 'accept', lookedAt: [] }

function verifyReceived(
  { envelope, octets }: Received,
  message: Message,
  dependencies: AdmitDependencies,
): Promise<Verdict> {
  return verifyChain(message, {
    envelope: { reversePath: envelope.reversePath, forwardPaths: envelope.forwardPaths },
    lookup: dependencies.lookUps.lookup,
    nowSeconds: dependencies.nowSeconds,
    bounds: dependencies.chainBounds(octets.length),
    stopsAtFailure: true,
    revision: dependencies.revisionOf(lastSigner(message)),
  })
}

/** The message with its trace on top, and without what is forged or blind. */
function admittedAs(
  record: AdmissionRecord,
  received: Received,
  message: Message,
  dependencies: AdmitDependencies,
): Admitted {
  const { authservId } = dependencies
  const blind = record.state === 'none' ? uncoveredBlindCopies(message) : []
  const bcc = blind.length === 0 ? 'kept' : 'removed'
  const results = senderResults(record, received.envelope.reversePath)
  const { marked } = record
  return {
    received,
    message,
    record: blindCopyIndices(message).length === 0 ? record : { ...record, bcc },
    prepend: [
      authenticationResults(authservId, record, results),
      ...(marked === undefined ? [] : [newField('X-DMARC-Failure', marked)]),
      dependencies.receivedField(received),
    ],
    removed: message.fields.flatMap((field, index) =>
      claimsAuthservId(field, authservId) || blind.includes(index) ? [index] : [],
    ),
  }
}

/** What this relay put on top would swallow the first line, and nothing would verify afterwards. */
const leadingFold: SmtpReply = {
  code: 550,
  enhanced: '5.6.0',
  text: 'the header section begins with a continuation line',
}
