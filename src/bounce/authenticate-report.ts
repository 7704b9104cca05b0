/**
 * Whether a report may be believed (draft-ietf-dkim-dkim2-spec-06 section 12.1.2; docs/design/bounces.md, "Propagation"). A signed report
 * must come from where the message was sent, and return a message that was sent by this hop in the very delivery that the
 * bounce address names. Pure: all that was looked up comes in.
 */
import type { Verdict } from '../dkim2/index.ts'
import { continuesFrom, verdictText } from '../dkim2/index.ts'
import type { ReturnedHop, ReturnedVerdict } from '../dkim2/returned.ts'
import { comparable } from '../message/mailbox.ts'
import type { SmtpReply } from '../smtp/reply.ts'

/** What the store knows of the delivery that a bounce address names. */
export interface KnownDelivery {
  /** Forward-path as the previous hop gave it. */
  readonly recipient: string
  readonly forwardPath: string
  /** The bounce address. */
  readonly reversePath: string
  /** Our hop; null for a copy that went out without one. */
  readonly hop: {
    readonly sequence: number
    readonly domain: string
    readonly timestampSeconds: number
  } | null
}

export interface ReportEvidence {
  /** Verdict on the report itself, verified against the envelope in which it came. */
  readonly verdict: Verdict
  /** Verdict on the message that it returns; undefined where it returns none. */
  readonly returned: ReturnedVerdict | undefined
  /** Undefined: the address is genuine, but what it stands for is gone. */
  readonly delivery: KnownDelivery | undefined
  /** The failure of this delivery has been reported already. */
  readonly isRepeated: boolean
}

export interface ReportPolicy {
  /** Refuse reports that are not signed. */
  readonly requireSignature: boolean
}

export type ReportVerdict =
  | { readonly kind: 'authentic' /** Domain that signed the report. */; readonly domain: string }
  /** Not signed, or nothing that the signature could be held against: only the address vouches for it. */
  | { readonly kind: 'unauthenticated'; readonly reason: string }
  /** Authentic or not, it says nothing new. */
  | { readonly kind: 'repeated'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reply: SmtpReply; readonly reason: string }
  /** A DNS answer is missing. */
  | { readonly kind: 'deferred'; readonly reply: SmtpReply; readonly reason: string }

/** Judges a report that came to a genuine bounce address. */
export function authenticateReport(evidence: ReportEvidence, policy: ReportPolicy): ReportVerdict {
  const { verdict, delivery, isRepeated } = evidence
  if (delivery === undefined)
    return refused('the delivery that this address stands for is not known any more')
  if (verdict.state === 'temperror') return deferred(verdictText(verdict))
  if (verdict.state === 'fail' || verdict.state === 'permerror') return refused(verdictText(verdict))
  const judged =
    verdict.state === 'none'
      ? judgeUnsigned(evidence.returned, delivery)
      : judgeSigned(verdict, evidence.returned, delivery)
  if (judged.kind === 'unauthenticated' && policy.requireSignature) {
    return refused(`a signed report is required here: ${judged.reason}`)
  }
  const isBelieved = judged.kind === 'authentic' || judged.kind === 'unauthenticated'
  if (isBelieved && isRepeated) return { kind: 'repeated', reason: 'this failure was reported before' }
  return judged
}

/**
 * A peer that does not sign may mangle what it returns. But a message of ours that was sent in another delivery shows that
 * this address and that message were put together by somebody.
 */
function judgeUnsigned(returned: ReturnedVerdict | undefined, delivery: KnownDelivery): ReportVerdict {
  const hop = returned?.highest
  const isOurs = hop !== undefined && hop.domain === delivery.hop?.domain
  const difference = isOurs ? differenceOf(hop, delivery) : undefined
  return difference === undefined ? unauthenticated('the report is not signed') : refused(difference)
}

function judgeSigned(
  verdict: Verdict,
  returned: ReturnedVerdict | undefined,
  delivery: KnownDelivery,
): ReportVerdict {
  const domain = authorOf(verdict)
  if (domain === undefined) return refused('no signature of the report could be verified')
  if (returned === undefined || delivery.hop === null) {
    if (!isAlignedWith(domain, [delivery.forwardPath])) return refused(notAligned(domain))
    return unauthenticated(
      returned === undefined
        ? 'the report returns no message'
        : 'the message had been sent without a signature',
    )
  }
  if (returned.state === 'temperror') return deferred(`returned message: ${verdictText(returned)}`)
  const { highest } = returned
  if (highest === undefined) return refused(`returned message: ${noChain(returned)}`)
  const difference = differenceOf(highest, delivery)
  if (difference !== undefined) return refused(difference)
  if (!isAlignedWith(domain, highest.forwardPaths)) return refused(notAligned(domain))
  if (returned.state !== 'pass') return refused(`returned message: ${verdictText(returned)}`)
  return { kind: 'authentic', domain }
}

/** The report's first hop made it; later ones passed it on. */
function authorOf(verdict: Verdict): string | undefined {
  return verdict.hops.find(hop => hop.state === 'pass')?.domain
}

/** As custody has it for a null reverse-path, which reports have. */
function isAlignedWith(domain: string, forwardPaths: readonly string[]): boolean {
  return continuesFrom({ forwardPaths }, { reversePath: '', domain })
}

/** In what the highest hop of the returned message is not the one that this delivery was sent with. */
function differenceOf(hop: ReturnedHop, delivery: KnownDelivery): string | undefined {
  const own = delivery.hop
  const i = `returned message: DKIM2-Signature i=${hop.sequence}`
  if (own === null || hop.domain !== own.domain) return `${i} was not made here`
  const [forwardPath] = hop.forwardPaths
  const isSameWay =
    hop.sequence === own.sequence &&
    hop.timestampSeconds === own.timestampSeconds &&
    comparable(hop.reversePath) === comparable(delivery.reversePath) &&
    hop.forwardPaths.length === 1 &&
    comparable(forwardPath ?? '') === comparable(delivery.forwardPath)
  return isSameWay ? undefined : `${i} belongs to another delivery than this address`
}

function notAligned(domain: string): string {
  return `d=${domain} of the report is not the domain that the message was sent to`
}

function noChain(returned: ReturnedVerdict): string {
  return returned.state === 'none' ? 'DKIM2-Signature missing' : verdictText(returned)
}

function unauthenticated(reason: string): ReportVerdict {
  return { kind: 'unauthenticated', reason }
}

function refused(reason: string): ReportVerdict {
  return {
    kind: 'refused',
    reason,
    reply: { code: 550, enhanced: '5.7.1', text: `report refused: ${reason}` },
  }
}

function deferred(reason: string): ReportVerdict {
  return { kind: 'deferred', reason, reply: { code: 451, enhanced: '4.7.5', text: reason } }
}
