/**
 * What comes to a bounce address (docs/design/bounces.md, "Propagation", step 1): a report is authenticated in the session and
 * spooled to be passed on; everything else is taken and goes no further.
 */
import type { Admitted } from '../../admit/admit.ts'
import type { KnownDelivery } from '../../bounce/authenticate-report.ts'
import { authenticateReport } from '../../bounce/authenticate-report.ts'
import { classifyBounce } from '../../bounce/classify.ts'
import type { ReportRequest } from '../../bounce/notify.ts'
import { whyNotPassedOn } from '../../bounce/notify.ts'
import { readReport } from '../../bounce/read-report.ts'
import type { Reading, TxtLookup } from '../../dkim2/index.ts'
import { revisions } from '../../dkim2/index.ts'
import { verifyReturned } from '../../dkim2/returned.ts'
import type { Message } from '../../message/message.ts'
import { fieldValue } from '../../message/message.ts'
import type { BounceRecord } from '../../record/bounce-record.ts'
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
  /** Taken, and nothing follows; kept for the hop log with the reason. */
  | { readonly kind: 'park'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply }

/** Judges what came to the bounce address of one delivery. */
export async function judgeBounce(
  admitted: Admitted,
  token: { readonly queueId: string; readonly ordinal: number },
  dependencies: BounceDependencies,
): Promise<BounceJudgement> {
  const reading = await readReport(admitted.message)
  const found = classifyBounce(admitted.message, admitted.received.envelope.reversePath, reading)
  const delivery = await dependencies.store.delivery(token.queueId, token.ordinal)
  if (!('report' in found)) {
    const reason = `${found.kind}: ${found.reason}`
    const isFromReader = found.kind === 'auto-reply' && isFrom(admitted.message, delivery?.forwardPath)
    if (delivery === undefined || delivery.subscriberId === null || isFromReader) return park(reason)
    return { kind: 'tell-owners', bounce: { ...token, judgement: 'unread', reason, isVerified: false } }
  }
  const returned =
    found.report.returned &&
    (await verifyReturned(found.report.returned, {
      lookup: dependencies.lookup,
      nowSeconds: dependencies.nowSeconds,
      maxAgeSeconds: dependencies.maxAgeSeconds,
      wholeChain: dependencies.wholeChain,
      ...revisionOf(delivery),
    }))
  const evidence = {
    verdict: admitted.record,
    returned,
    delivery: delivery && knownDelivery(delivery),
    isRepeated: (delivery?.dsn === 'sent' || delivery?.dsn === 'counted') && found.kind === 'failed',
  }
  const verdict = authenticateReport(evidence, { requireSignature: dependencies.requireSignature })
  if (verdict.kind === 'refused' || verdict.kind === 'deferred')
    return { kind: 'refuse', reply: verdict.reply }
  if (verdict.kind === 'repeated') return park(verdict.reason)
  const unwanted = whyNotPassedOn(found.kind, requestOf(delivery))
  if (unwanted !== undefined) return park(unwanted)
  const isVerified = returned?.state === 'pass'
  const reason = verdict.kind === 'unauthenticated' ? { reason: verdict.reason } : {}
  return {
    kind: 'pass-on',
    bounce: { ...token, action: found.kind, judgement: verdict.kind, ...reason, isVerified },
  }
}

function park(reason: string): BounceJudgement {
  return { kind: 'park', reason }
}

/** Readers who are away answer every post: their programs are not worth a word. */
function isFrom({ fields }: Message, address = ''): boolean {
  const from = fields.filter(({ name }) => name.toLowerCase() === 'from').map(fieldValue)
  return from.some(value => value.toLowerCase().includes(address.toLowerCase()))
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
