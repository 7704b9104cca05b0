/** What was kept with a message beside the verdict on its chain: who vouches for the sender, and what a bounce is about. */
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { FilterRecord } from '../record/filter-record.ts'
import type { BounceNext } from '../record/message-record.ts'
import { type SenderPolicyReport, senderPolicyReport } from './sender-report.ts'

/** How a message was admitted. */
export interface AdmissionReport extends SenderPolicyReport {
  /** SPF and DKIM; null where they were not asked for: there was a chain, or the client is one of ours. */
  readonly sender: SenderReport | null
  /** The reverse-path may be believed, and hears of failures; null where nothing was verified. */
  readonly senderAuthenticated: boolean | null
  /** False: forwarded without a hop of this relay; null where nothing was verified. */
  readonly addHop: boolean | null
  /** It came back by a foreign list, and nobody vouches for its From; null for all other mail. */
  readonly foreignList: { readonly domain: string; readonly from: readonly string[] } | null
  /** Queue id of the message that this is a duplicate of, accepted once more; null for what is none. */
  readonly duplicateOf: string | null
  /** Recipients that were left out because they have had it. */
  readonly alreadyHad: readonly string[]
  /** A Bcc that it came with: `removed` before this hop signed, or `kept` under an earlier signature; null where there was none. */
  readonly bcc: 'removed' | 'kept' | null
  /** BIMI fields of others that it came with: `removed` as a change of this hop, or `kept`; null where there were none. */
  readonly bimi: 'removed' | 'kept' | null
  /** What the content filter thought of it; null where it was not asked. */
  readonly filter: FilterRecord | null
}

export interface SenderReport {
  /** SPF result word of RFC 7208. */
  readonly spf: string
  /** Domains of the DKIM signatures that passed. */
  readonly dkim: readonly string[]
  /** One of the two vouches for the reverse-path. */
  readonly authenticated: boolean
}

/** How a message to a bounce address was judged. */
export interface BounceReport {
  /** The delivery whose bounce address it came to; null where that was not kept. */
  readonly about: { readonly queueId: string; readonly ordinal: number } | null
  /** `authentic`, `unauthenticated`, or `parked`: taken, and nothing follows. */
  readonly judgement: string
  /** Why it is no more than that; null for an authentic one. */
  readonly reason: string | null
  /** The returned message is what was sent; null where that was not asked. */
  readonly isVerified: boolean | null
}

/** The admission of a message; null: nothing was verified. */
export function admissionReport(admission: AdmissionRecord | null): AdmissionReport {
  const sender = admission?.sender
  return {
    sender: sender
      ? { spf: sender.spf, dkim: sender.dkimDomains, authenticated: sender.authenticated }
      : null,
    senderAuthenticated: admission?.senderAuthenticated ?? null,
    addHop: admission?.addHop ?? null,
    foreignList: admission?.foreignList ?? null,
    duplicateOf: admission?.duplicateOf ?? null,
    alreadyHad: admission?.alreadyHad ?? [],
    bcc: admission?.bcc ?? null,
    bimi: admission?.brand ?? null,
    ...senderPolicyReport(admission),
    filter: admission?.filter ?? null,
  }
}

/** The judgement of a bounce; null where it was not kept. */
export function bounceReport(next: BounceNext): BounceReport | null {
  if (next.do === 'pass-on') {
    const { queueId, ordinal, judgement, reason, isVerified } = next.bounce
    return { about: { queueId, ordinal }, judgement, reason: reason ?? null, isVerified }
  }
  const { reason, about } = next
  if (reason === undefined) return null
  return { about: about ?? null, judgement: 'parked', reason, isVerified: null }
}
