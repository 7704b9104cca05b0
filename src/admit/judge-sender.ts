/** The judgement of a sender: who vouches for it, whether it may speak for own domains, and what the policy makes of the rest. */
import type { Verdict } from '../dkim2/index.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import type { Received } from '../receive/received.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { AdmitPolicy } from '../record/recipient-role.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import { dmarcEvaluation, type ReportableEvaluation } from './dmarc-evaluation.ts'
import {
  chainVouchesForFrom,
  type Examination,
  type ExamineDependencies,
  examineChain,
  examineSender,
} from './examine-sender.ts'
import type { FindOwn, OwnClaim, OwnJudgement } from './own-senders.ts'
import { claimsBeyondChain, judgeClaims, ownClaims } from './own-senders.ts'
import { decideSender, type SenderDecision } from './sender-policy.ts'

export interface JudgeSenderDependencies extends ExamineDependencies {
  isOwnDomain(domain: string): boolean
  /** The own domain that this one is, or is below of. */
  readonly findOwn: FindOwn
}

export interface SenderCase {
  readonly received: Received
  readonly message: Message
  readonly verdict: Verdict
  readonly policy: AdmitPolicy
  /** It came to a bounce address. */
  readonly isReport: boolean
}

export type SenderJudgement =
  | { readonly kind: 'refused'; readonly reply: SmtpReply; readonly evaluation?: ReportableEvaluation }
  | {
      readonly kind: 'taken'
      readonly evaluation?: ReportableEvaluation
      readonly findings: Pick<
        AdmissionRecord,
        'sender' | 'senderAuthenticated' | 'dmarc' | 'arc' | 'marked' | 'foreignList'
      >
      readonly lookedAt: readonly string[]
    }

/** Asks DNS only where the chain leaves something open. */
export async function judgeSender(
  one: SenderCase,
  dependencies: JudgeSenderDependencies,
): Promise<SenderJudgement> {
  const { received, message, verdict, policy, isReport } = one
  // A client of ours vouches for senders of own domains, not for the rest of the world.
  const trusted = received.trusted && dependencies.isOwnDomain(asciiDomainOf(received.envelope.reversePath))
  const claims = received.trusted ? [] : claimsBeyondChain(claimsOf(one, dependencies), message, verdict)
  const isPolicyAsked =
    !received.trusted &&
    !isReport &&
    (policy.senderChecks === 'always' || !chainVouchesForFrom(message, verdict))
  const isDkimAsked = claims.length > 0
  const isAsked = isPolicyAsked || isDkimAsked || (verdict.state === 'none' && !trusted)
  const found = isAsked
    ? await examineSender({ received, message, verdict, isPolicyAsked, isDkimAsked }, dependencies)
    : undefined
  const evaluated =
    found === undefined || !isPolicyAsked ? undefined : dmarcEvaluation(received, verdict, found, policy)
  const told = evaluated === undefined ? {} : { evaluation: evaluated }
  const own = judgeOwn(claims, one, found, dependencies.findOwn)
  if (own.kind === 'refused') return { ...own, ...told }
  const decision = found === undefined || !isPolicyAsked ? accepted : decideSender(found.evidence, policy)
  if (decision.kind === 'refuse') return { kind: 'refused', reply: decision.reply, ...told }
  // Whoever seals the message must know the state of the chain, whoever vouches for its sender (RFC 8617 section 5.1).
  const arc = found?.evidence.arc ?? (isReport ? undefined : await examineChain(one, dependencies))
  return {
    kind: 'taken',
    ...told,
    findings: {
      ...findingsOf(one, found, decision, trusted),
      ...(arc !== undefined && { arc }),
      ...(own.kind === 'foreign-list' && { foreignList: own.list }),
    },
    lookedAt: decision.lookedAt,
  }
}

const accepted: SenderDecision = { kind: 'accept', lookedAt: [] }

function findingsOf(
  { verdict }: SenderCase,
  found: Examination | undefined,
  { marked }: Extract<SenderDecision, { kind: 'accept' }>,
  trusted: boolean,
) {
  const sender = found?.findings.sender
  const { dmarc } = found?.evidence ?? {}
  return {
    ...(sender !== undefined && { sender }),
    ...(dmarc !== undefined && { dmarc }),
    ...(marked !== undefined && { marked }),
    senderAuthenticated: verdict.state === 'pass' || trusted || sender?.authenticated === true,
  }
}

function claimsOf(
  { received, message, isReport }: SenderCase,
  dependencies: JudgeSenderDependencies,
): readonly OwnClaim[] {
  const claims = ownClaims(message, received.envelope.reversePath, dependencies.findOwn)
  return isReport ? claims.filter(claim => claim.where === 'MAIL FROM') : claims
}

function judgeOwn(
  claims: readonly OwnClaim[],
  { received, message, verdict }: SenderCase,
  found: Examination | undefined,
  findOwn: FindOwn,
): OwnJudgement {
  if (found === undefined) return { kind: 'fine' }
  const { reversePath } = received.envelope
  return judgeClaims(claims, { message, reversePath, verdict, sender: found.findings.sender }, findOwn)
}
