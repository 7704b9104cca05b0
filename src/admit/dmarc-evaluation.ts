/** What DMARC made of a message, for the report that its domain may want (RFC 9990 section 3.1.1). Pure. */

import type { Verdict } from '../dkim2/index.ts'
import { readPolicyRecord } from '../dmarc/policy-record.ts'
import { asciiDomain, asciiDomainOf, isDomain } from '../message/mailbox.ts'
import type { Received } from '../receive/received.ts'
import type { DmarcDisposition, DmarcEvaluation, PolicyOverride } from '../record/dmarc-evaluation.ts'
import { spfResultWords } from '../record/dmarc-evaluation.ts'
import type { SenderPolicy } from '../record/recipient-role.ts'
import type { Examination } from './examine-sender.ts'
import type { SenderFindings } from './sender-authentication.ts'
import { dmarcAction, type SenderEvidence } from './sender-policy.ts'

/** A message that was judged by the policy of a domain that wants to hear of it. */
export interface ReportableEvaluation {
  /** Where the policy record stands. */
  readonly policyDomain: string
  /** As published; latin1. */
  readonly record: string
  readonly evaluation: DmarcEvaluation
}

/** Domains of a chain, of DKIM2 or ARC, that a report names. */
const maxNamedDomains = 10

/** Signatures that a report names; RFC 9990 section 3.1.3 has no more than 100, and fewer are verified here. */
const maxNamedSignatures = 10

/**
 * Undefined where there is nothing to report: no policy applied, what might have vouched was not found out, or the domain asks
 * for no reports.
 */
export function dmarcEvaluation(
  received: Received,
  verdict: Verdict,
  { findings, evidence }: Examination,
  policy: SenderPolicy,
): ReportableEvaluation | undefined {
  const { dmarc, arc } = evidence
  if (dmarc?.record === undefined || dmarc.policyDomain === undefined) return undefined
  if (dmarc.result !== 'pass' && dmarc.result !== 'fail') return undefined
  const published = readPolicyRecord(dmarc.record)
  if (published?.aggregateReportUris.length === 0 && published.failureReportUris.length === 0)
    return undefined
  const disposition = dispositionOf(evidence, policy)
  const spf = spfOf(findings, received)
  const evaluation: DmarcEvaluation = {
    headerFrom: dmarc.domain,
    envelopeFrom: asciiDomainOf(received.envelope.reversePath),
    disposition,
    dkimAligned: dmarc.aligned?.dkim !== undefined,
    spfAligned: dmarc.aligned?.spf !== undefined,
    reasons: reasonsOf(evidence, disposition),
    dkim: (findings.signatures ?? []).slice(0, maxNamedSignatures),
    ...(spf !== undefined && { spf }),
    ...(verdict.state !== 'none' && {
      dkim2: { result: verdict.state, domains: named(verdict.hops.map(({ domain }) => domain)) },
    }),
    ...(arc !== undefined && { arc: { result: arc.result, domains: named(arc.sealers) } }),
  }
  return { policyDomain: dmarc.policyDomain, record: dmarc.record, evaluation }
}

function named(domains: readonly string[]): readonly string[] {
  return domains.slice(0, maxNamedDomains)
}

function dispositionOf(evidence: SenderEvidence, policy: SenderPolicy): DmarcDisposition {
  const { dmarc } = evidence
  if (dmarc?.result === 'pass') return dmarc.published === 'none' ? 'none' : 'pass'
  return dmarcAction(evidence, policy)
}

/** Why another thing was done than the policy asks for; one reason says it. */
function reasonsOf(evidence: SenderEvidence, disposition: DmarcDisposition): readonly PolicyOverride[] {
  const { dmarc, arc, isVouched, spokenFor } = evidence
  if (dmarc?.result !== 'fail' || disposition === dmarc.published) return []
  if (disposition === dmarc.policy) return [{ type: 'policy_test_mode' }]
  if (isVouched) return [{ type: 'local_policy', comment: 'a DKIM2 chain that passes vouches for From' }]
  if (arc?.vouching !== undefined)
    return [{ type: 'trusted_forwarder', comment: `ARC of ${arc.vouching} says that DMARC had passed` }]
  if (spokenFor === undefined) return [{ type: 'local_policy' }]
  const isList = spokenFor.startsWith('the list at ')
  return [{ type: isList ? 'mailing_list' : 'local_policy', comment: `${spokenFor} speaks for it` }]
}

/** Without a reverse-path the identity is postmaster at the name in HELO (RFC 7208 section 2.4). */
function spfOf({ sender, heloSpf }: SenderFindings, { envelope, peer }: Received): DmarcEvaluation['spf'] {
  const isNull = envelope.reversePath === ''
  const domain = isNull ? asciiDomain(peer.helo.toLowerCase()) : asciiDomainOf(envelope.reversePath)
  if (!isDomain(domain)) return undefined
  const found = isNull ? (heloSpf ?? 'none') : sender.spf
  return { domain, result: spfResultWords.find(word => word === found) ?? 'none' }
}
