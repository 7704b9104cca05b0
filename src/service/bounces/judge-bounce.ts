/**
 * What comes to a bounce address (docs/design/bounces.md, "Propagation", step 1): a report is authenticated in the session and
 * spooled to be passed on; everything else is taken and goes no further.
 */
import type { Admitted } from '../../admit/admit.ts'
import type { KnownDelivery, ReportVerdict } from '../../bounce/authenticate-report.ts'
import { authenticateReport } from '../../bounce/authenticate-report.ts'
import type { BounceClass } from '../../bounce/classify.ts'
import { classifyBounce } from '../../bounce/classify.ts'
import type { ReportRequest } from '../../bounce/notify.ts'
import { whyNotPassedOn } from '../../bounce/notify.ts'
import { readReport } from '../../bounce/read-report.ts'
import type { Reading, TxtLookup, Verdict } from '../../dkim2/index.ts'
import { revisions } from '../../dkim2/index.ts'
import type { ReturnedVerdict } from '../../dkim2/returned.ts'
import { verifyReturned } from '../../dkim2/returned.ts'
import { addressKey } from '../../lists/list-address.ts'
import type { Message } from '../../message/message.ts'
import type { BounceRecord, DeliveryName } from '../../record/bounce-record.ts'
import { authorAddresses } from '../../revise/from-rewrite.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { StoredDelivery } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'

export interface BounceDependencies {
  readonly store: Pick<Store, 'delivery'>
  readonly lookup: TxtLookup
  readonly nowSeconds: number
  /** How old the signature in a returned message may be: the life of a bounce address. */
  readonly maxAgeSeconds: number
  /** Every signature of a returned message is verified, not that of this hop alone. */
  readonly wholeChain: boolean
  /** Refuse reports that are not signed. */
  readonly requireSignature: boolean
}

export type BounceJudgement =
  | { readonly kind: 'pass-on'; readonly bounce: BounceRecord }
  /** Taken for the owners of a list to hear of; it goes no further. */
  | { readonly kind: 'tell-owners'; readonly bounce: BounceRecord }
  /** Taken, and nothing follows; kept for the hop log with the reason. `untold`: why nobody hears of what somebody may have wanted to say. */
  | { readonly kind: 'park'; readonly reason: string; readonly untold?: string | undefined }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply }

/** What came to a bounce address, once it has been taken apart. */
export interface ReadBounce {
  readonly bounce: BounceClass
  /** Verdict on the message that a report returns. */
  readonly returned?: ReturnedVerdict | undefined
}

/** All that was found out about a message to a bounce address, and what follows from it. */
export interface BounceFindings extends ReadBounce {
  /** Undefined: what the address stands for is gone. */
  readonly delivery: StoredDelivery | undefined
  /** Whether a report is believed. */
  readonly judged?: ReportVerdict
  /** Why the previous hop does not want to hear of it. */
  readonly unwanted?: string | undefined
  readonly judgement: BounceJudgement
}

export interface ArrivedBounce {
  readonly message: Message
  /** MAIL FROM of its transaction. */
  readonly reversePath: string
  /** On the message itself, in the envelope in which it came. */
  readonly verdict: Verdict
}

/** Judges what came to the bounce address of one delivery. */
export async function judgeBounce(
  { message, received, record }: Admitted,
  token: DeliveryName,
  dependencies: BounceDependencies,
): Promise<BounceJudgement> {
  const { reversePath } = received.envelope
  return (await examineBounce({ message, reversePath, verdict: record }, token, dependencies)).judgement
}

/** Finds out all that the judgement of a bounce rests on; what is absent was not come to. */
export async function examineBounce(
  arrived: ArrivedBounce,
  token: DeliveryName,
  dependencies: BounceDependencies,
): Promise<BounceFindings> {
  const delivery = await dependencies.store.delivery(token.queueId, token.ordinal)
  const read = await readBounce(arrived, delivery, dependencies)
  const { bounce, returned } = read
  if (!('report' in bounce)) {
    return { ...read, delivery, judgement: withoutReport(bounce, arrived.message, token, delivery) }
  }
  const isTold = delivery?.dsn === 'sent' || delivery?.dsn === 'counted'
  const evidence = {
    verdict: arrived.verdict,
    returned,
    delivery: delivery && knownDelivery(delivery),
    isRepeated: isTold && bounce.kind === 'failed',
  }
  const judged = authenticateReport(evidence, { requireSignature: dependencies.requireSignature })
  const unwanted = whyNotPassedOn(bounce.kind, requestOf(delivery))
  const isVerified = returned?.state === 'pass'
  const judgement = judgementOf(judged, unwanted, { ...token, action: bounce.kind, isVerified })
  return { ...read, delivery, judged, unwanted, judgement }
}

/**
 * Reads what came to a bounce address, and verifies the message that it returns.
 *
 * @param delivery undefined: it is not known what the address stands for
 */
export async function readBounce(
  { message, reversePath }: Omit<ArrivedBounce, 'verdict'>,
  delivery: StoredDelivery | undefined,
  { lookup, nowSeconds, maxAgeSeconds, wholeChain }: Omit<BounceDependencies, 'store'>,
): Promise<ReadBounce> {
  const bounce = classifyBounce(message, reversePath, await readReport(message))
  if (!('report' in bounce) || bounce.report.returned === undefined) return { bounce }
  const options = { lookup, nowSeconds, maxAgeSeconds, wholeChain, ...revisionOf(delivery) }
  return { bounce, returned: await verifyReturned(bounce.report.returned, options) }
}

/** Programs that answer lose nothing by it; who has written a letter, or a report that cannot be read, gets no answer. */
const untoldOf: Readonly<Record<string, string>> = {
  malformed: 'a report came back that cannot be read',
  other: 'what came back is no report (a letter to a bounce address, say)',
}

/** NOTIFY=NEVER (RFC 3461 section 4.1). */
const notToBeTold = 'the sender asked not to be told (NOTIFY)'

function withoutReport(
  bounce: { readonly kind: string; readonly reason: string },
  message: Message,
  token: DeliveryName,
  delivery: StoredDelivery | undefined,
): BounceJudgement {
  const reason = `${bounce.kind}: ${bounce.reason}`
  const isFromReader = bounce.kind === 'auto-reply' && isFrom(message, delivery?.forwardPath)
  if (delivery === undefined || delivery.subscriberId === null || isFromReader)
    return { kind: 'park', reason, ...(bounce.kind in untoldOf && { untold: untoldOf[bounce.kind] }) }
  return { kind: 'tell-owners', bounce: { ...token, judgement: 'unread', reason, isVerified: false } }
}

function judgementOf(
  judged: ReportVerdict,
  unwanted: string | undefined,
  bounce: Omit<BounceRecord, 'judgement' | 'reason'>,
): BounceJudgement {
  if (judged.kind === 'refused' || judged.kind === 'deferred') return { kind: 'refuse', reply: judged.reply }
  if (judged.kind === 'repeated') return park(judged.reason)
  if (unwanted !== undefined)
    return { kind: 'park', reason: unwanted, ...(bounce.action === 'failed' && { untold: notToBeTold }) }
  const reason = judged.kind === 'unauthenticated' ? { reason: judged.reason } : {}
  return { kind: 'pass-on', bounce: { ...bounce, judgement: judged.kind, ...reason } }
}

function park(reason: string): BounceJudgement {
  return { kind: 'park', reason }
}

/** Readers who are away answer every post: their programs are not worth a word. */
function isFrom(message: Message, address = ''): boolean {
  const reader = addressKey(address)
  return authorAddresses(message)?.some(author => addressKey(author) === reader) === true
}

/** What was sent in a delivery is read by the revision that it was signed by. */
export function revisionOf(delivery: Pick<StoredDelivery, 'hop'> | undefined): Reading {
  const signed = delivery?.hop?.revision
  const revision = revisions.find(known => known === signed)
  return revision === undefined ? {} : { revision }
}

/** What was asked of reports about a delivery. */
export function requestOf(delivery: StoredDelivery | undefined): ReportRequest {
  return { notify: delivery?.notification?.notify, successDsn: delivery?.successDsn ?? 'none' }
}

/** What a report is held against. */
export function knownDelivery({ recipient, forwardPath, reversePath, hop }: StoredDelivery): KnownDelivery {
  return { recipient, forwardPath, reversePath, hop }
}
