/** What admission found out about a message and its sender, as it is kept with the message. */
import type { Verdict } from '../dkim2/index.ts'
import type { DmarcVerdict } from '../dmarc/evaluate.ts'
import type { FilterRecord } from './filter-record.ts'

/** What is kept of the admission with the message: the verdict, and what later stages must know of it. */
export interface AdmissionRecord extends Verdict {
  /** False: forwarded without a hop of ours. */
  readonly addHop: boolean
  /** SPF and DKIM, where there was no DKIM2 to rely on. */
  readonly sender?: SenderAuthentication
  /** DMARC, where the chain does not vouch for From. */
  readonly dmarc?: DmarcVerdict
  /** The ARC chain, where there is one; not looked at in what comes to a bounce address. */
  readonly arc?: ArcRecord
  /** What else was looked at and how the policy of the domain took it, in words, in order. */
  readonly lookedAt?: readonly string[]
  /** Why it was marked for its readers. */
  readonly marked?: string
  /** The reverse-path may be believed: the chain passed, SPF or DKIM vouch for it, or the client is one of ours. */
  readonly senderAuthenticated: boolean
  /** It came back by a foreign list, From is of an own domain, and nobody vouches for that. */
  readonly foreignList?: ForeignList
  /** Queue id of the message that this one is a duplicate of, where it was accepted once more. */
  readonly duplicateOf?: string
  /** Recipients that were left out of the envelope because they have had this message. */
  readonly alreadyHad?: readonly string[]
  /** The message came with a Bcc: removed before this hop signs, or kept because a chain or a DKIM signature covers it. */
  readonly bcc?: 'removed' | 'kept'
  /** It came with BIMI fields of others: removed as a change of this hop, or kept because a chain forbids changes. */
  readonly brand?: 'removed' | 'kept'
  /** What the content filter thought of it; absent where it was not asked. */
  readonly filter?: FilterRecord
}

/** SPF and DKIM of a message. */
export interface SenderAuthentication {
  /** SPF result word, `none` where it was not asked for. */
  readonly spf: string
  /** Domains of the DKIM signatures that passed; lower case, A-labels. */
  readonly dkimDomains: readonly string[]
  /** What each of them covers; absent in records of before this was kept. */
  readonly dkim?: readonly DkimPass[]
  /** Domains of the DKIM signatures whose key could not be looked up for now. */
  readonly dkimUnknown?: readonly string[]
  /** The reverse-path is vouched for. */
  readonly authenticated: boolean
}

/** A DKIM signature that passed, and how much of the message it speaks for (RFC 6376 sections 5.4.2 and 8.2). */
export interface DkimPass {
  /** d=, lower case, A-labels. */
  readonly domain: string
  /** How many fields of a name (lower case) it covers; of those that people are told by and act on. */
  readonly covers: Readonly<Record<string, number>>
  /** All of the body is signed: there is no l=. */
  readonly isWhole: boolean
}

/** The state of an ARC chain as it came (RFC 8617 section 5.2). */
export interface ArcRecord {
  readonly result: 'pass' | 'fail' | 'temperror'
  /** Domains of the seals, the oldest first. */
  readonly sealers: readonly string[]
  /** The trusted sealer that says that DMARC had passed. */
  readonly vouching?: string
  /** Why it does not pass. */
  readonly reason?: string
}

/** Mail of a foreign list to which somebody of an own domain had written: taken, and nobody vouches for its From. */
export interface ForeignList {
  /** The domain that signed it, which is that of its List-Id. */
  readonly domain: string
  /** The domains in From. */
  readonly from: readonly string[]
}
