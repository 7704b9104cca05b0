/**
 * What the policy of the recipients' domain makes of a sender (docs/operating.md, "Mail that its sender disowns"). Pure: what was found
 * out comes in. Whatever could not be looked up refuses nothing for good.
 */
import type { DmarcVerdict } from '../dmarc/evaluate.ts'
import type { ArcRecord } from '../record/admission-record.ts'
import type { SenderPolicy } from '../record/recipient-role.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { SenderReach } from './sender-reach.ts'

export interface SenderEvidence {
  /** Of the reverse-path; '' where it is null. */
  readonly domain: string
  readonly reach: SenderReach
  /** The SPF result word. */
  readonly spf: string
  /** DKIM of the sender's domain passes. */
  readonly isSigned: boolean
  readonly dmarc?: DmarcVerdict
  readonly arc?: ArcRecord
  /** Who speaks for the message although DMARC fails: a chain, a list that signed; in words. */
  readonly spokenFor?: string
  /** A chain that passes vouches for From itself. */
  readonly isVouched: boolean
  /** It came for the address of a command. */
  readonly isCommand: boolean
}

export type SenderDecision =
  | { readonly kind: 'accept'; readonly lookedAt: readonly string[]; readonly marked?: string }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply }

/** What one rule says; `note` alone: nothing to be done. */
interface Finding {
  readonly note?: string
  readonly refusal?: SmtpReply
  readonly mark?: string
}

/** Applies the rules in order; the first refusal counts. */
export function decideSender(evidence: SenderEvidence, policy: SenderPolicy): SenderDecision {
  const findings = [reachRule, dmarcRule, spfRule].map(rule => rule(evidence, policy))
  const refusal = findings.find(finding => finding.refusal !== undefined)?.refusal
  if (refusal !== undefined) return { kind: 'refuse', reply: refusal }
  const lookedAt = findings.flatMap(({ note }) => note ?? [])
  const marked = findings.find(({ mark }) => mark !== undefined)?.mark
  return { kind: 'accept', lookedAt, ...(marked !== undefined && { marked }) }
}

function reachRule({ domain, reach, isCommand }: SenderEvidence, policy: SenderPolicy): Finding {
  if (reach.kind === 'reachable') return {}
  if (reach.kind === 'unknown')
    return { note: `whether ${domain} exists could not be looked up: ${reach.reason}` }
  if (reach.kind === 'nonexistent') {
    const text = `the sender's domain ${domain} does not exist (RFC 5321 section 2.3.5)`
    return policy.unknownSenders === 'refuse'
      ? { refusal: { code: 550, enhanced: '5.1.8', text } }
      : { note: text }
  }
  const { enhanced, why } = unreachable[reach.kind]
  const text = `the sender's domain ${domain} takes no mail: ${why}`
  const isRefused =
    policy.unreachableSenders === 'refuse' || (policy.unreachableSenders === 'refuse-commands' && isCommand)
  return isRefused ? { refusal: { code: 550, enhanced, text } } : { note: text }
}

const unreachable = {
  'null-mx': { enhanced: '5.7.27', why: 'it has a null MX (RFC 7505)' },
  'no-mail': { enhanced: '5.1.8', why: 'it has no MX, and its SPF record is v=spf1 -all (RFC 7208)' },
} as const

/** What is done because DMARC fails, whatever else is found. */
export function dmarcAction(
  evidence: SenderEvidence,
  policy: SenderPolicy,
): 'none' | 'quarantine' | 'reject' {
  const { refusal, mark } = dmarcRule(evidence, policy)
  if (refusal !== undefined) return 'reject'
  return mark === undefined ? 'none' : 'quarantine'
}

function dmarcRule({ dmarc, arc, spokenFor, isVouched }: SenderEvidence, policy: SenderPolicy): Finding {
  if (dmarc === undefined || dmarc.result === 'pass' || dmarc.result === 'none') return {}
  if (isVouched) return { note: `DMARC ${dmarc.result} counts for nothing: the DKIM2 chain vouches for From` }
  if (arc?.vouching !== undefined)
    return {
      note: `DMARC ${dmarc.result} is lifted: the trusted sealer ${arc.vouching} says that it had passed`,
    }
  const asked = dmarc.result === 'permerror' ? 'reject' : dmarc.policy
  if (asked === undefined || asked === 'none') return { note: mildNote(dmarc) }
  const action = asked === 'reject' ? policy.dmarcReject : policy.dmarcQuarantine
  const text = failureText(dmarc)
  if (action === 'accept') return { note: `${text}; accepted all the same` }
  if (action === 'refuse' && spokenFor === undefined) return { refusal: dmarcRefusal(dmarc, text) }
  if (dmarc.result === 'temperror') return { note: text }
  return { note: spokenFor === undefined ? text : `${text}; ${spokenFor} speaks for it`, mark: markOf(dmarc) }
}

function mildNote({ result, domain, reason }: DmarcVerdict): string {
  return result === 'temperror'
    ? `DMARC of ${domain} could not be looked up: ${reason ?? 'no answer'}`
    : `DMARC of ${domain} fails; its policy asks for nothing`
}

/** What might have vouched may be found out later: nothing is refused for good. */
function dmarcRefusal(dmarc: DmarcVerdict, text: string): SmtpReply {
  if (dmarc.result === 'temperror') return { code: 451, enhanced: '4.7.5', text: `${text}, try again later` }
  return { code: 550, enhanced: '5.7.1', text }
}

function failureText({ result, domain, policy, policyDomain, reason }: DmarcVerdict): string {
  if (result === 'permerror') return `DMARC cannot be judged: ${reason ?? 'From is malformed'}`
  const at = policyDomain === undefined || policyDomain === domain ? '' : `, set by ${policyDomain}`
  const whose = `From is of ${domain}, whose DMARC policy is ${policy ?? 'none'}${at} (RFC 9989)`
  return result === 'temperror'
    ? `${whose}, and ${reason ?? 'DNS does not answer'}`
    : `${whose}, and neither SPF nor DKIM of that domain vouches for it`
}

function markOf({ domain, policy }: DmarcVerdict): string {
  return `${policy ?? 'reject'}; header.from=${domain}`
}

function spfRule(
  { domain, spf, isSigned, dmarc, arc, isVouched }: SenderEvidence,
  policy: SenderPolicy,
): Finding {
  if (spf !== 'fail') return {}
  const text = `SPF of ${domain} does not allow this client to send for it (RFC 7208 section 8.4)`
  const others = isSigned || isVouched || dmarc?.result === 'pass' || arc?.vouching !== undefined
  if (policy.spfFail === 'accept' || others) return { note: text }
  return { refusal: { code: 550, enhanced: '5.7.23', text } }
}
