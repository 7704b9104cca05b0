/** What DMARC made of one message, in the words of an aggregate report (RFC 9990 section 3.1.1). */
import type { State } from '../dkim2/index.ts'

/** What was done because of DMARC; `pass`: nothing, as it passed a policy that would have asked for something. */
export type DmarcDisposition = 'none' | 'pass' | 'quarantine' | 'reject'

/** Why less was done than the policy asks for (RFC 9990 section 3.1.6). */
export interface PolicyOverride {
  readonly type: 'local_policy' | 'mailing_list' | 'other' | 'policy_test_mode' | 'trusted_forwarder'
  /** For people. */
  readonly comment?: string
}

/** One DKIM signature that was verified. */
export interface DkimSignatureResult {
  /** d=, lower case, A-labels. */
  readonly domain: string
  /** s= */
  readonly selector: string
  readonly result: DkimResultWord
}

/** RFC 8601 section 2.7.1. */
export const dkimResultWords = [
  'none',
  'pass',
  'fail',
  'policy',
  'neutral',
  'temperror',
  'permerror',
] as const
export type DkimResultWord = (typeof dkimResultWords)[number]

/** RFC 8601 section 2.7.2. */
export const spfResultWords = [
  'none',
  'pass',
  'fail',
  'softfail',
  'neutral',
  'temperror',
  'permerror',
] as const
export type SpfResultWord = (typeof spfResultWords)[number]

/** Messages for which all of this is the same, from the same address, are one record of a report. */
export interface DmarcEvaluation {
  /** In From; lower case, A-labels. */
  readonly headerFrom: string
  /** Of the reverse-path; '' where that is null. */
  readonly envelopeFrom: string
  readonly disposition: DmarcDisposition
  /** Whether what DKIM and SPF vouch for aligns with From. */
  readonly dkimAligned: boolean
  readonly spfAligned: boolean
  readonly reasons: readonly PolicyOverride[]
  readonly dkim: readonly DkimSignatureResult[]
  /** Absent where neither the reverse-path nor HELO names a domain. */
  readonly spf?: { readonly domain: string; readonly result: SpfResultWord }
  /** Absent where the message has no DKIM2 chain; the domains are those of its hops, the first hop first. */
  readonly dkim2?: { readonly result: State; readonly domains: readonly string[] }
  /** Absent where it has no ARC chain; the domains of the seals, the oldest first. */
  readonly arc?: { readonly result: 'pass' | 'fail' | 'temperror'; readonly domains: readonly string[] }
}
