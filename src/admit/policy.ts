/**
 * What a verdict means for the SMTP session (docs/design/message-instance.md, "Verification"; RFC 8601 for the words).
 * Pure: the policy of the recipients' domain comes in.
 */
import type { State, Verdict } from '../dkim2/index.ts'
import { verdictText } from '../dkim2/index.ts'
import type { AdmitPolicy } from '../record/recipient-role.ts'
import type { SmtpReply } from '../smtp/reply.ts'

/** What happens with a message of this verdict. `accept-without-hop` forwards it with no signature of ours on top. */
export type AdmitAction = 'accept' | 'accept-without-hop' | 'defer' | 'reject'

/** The rule of the drafts: broken chains are refused, never deferred; DNS trouble is deferred; no chain is no fault. */
export const defaultAdmitPolicy: AdmitPolicy = {
  fail: 'reject',
  permerror: 'reject',
  temperror: 'defer',
  none: 'accept',
  duplicate: 'refuse',
  senderChecks: 'where-dkim2-is-silent',
  dmarcReject: 'refuse',
  dmarcQuarantine: 'mark',
  spfFail: 'accept',
  unknownSenders: 'refuse',
  unreachableSenders: 'refuse-commands',
  ambiguousFormat: 'refuse',
}

const policyNames = [
  ...(['fail', 'permerror', 'temperror', 'none', 'duplicate', 'senderChecks', 'dmarcReject'] as const),
  ...(['dmarcQuarantine', 'spfFail', 'unknownSenders', 'unreachableSenders', 'ambiguousFormat'] as const),
]

export type AdmitDecision =
  | { readonly kind: 'accept'; readonly addHop: boolean }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply }

/** Applies a policy to a verdict. */
export function decide(verdict: Verdict, policy: AdmitPolicy): AdmitDecision {
  const action = actionFor(verdict.state, policy)
  if (action === 'accept') return { kind: 'accept', addHop: true }
  if (action === 'accept-without-hop') return { kind: 'accept', addHop: false }
  return { kind: 'refuse', reply: refusal(verdict, action) }
}

/** True when two recipients may share a transaction: one message can only be accepted or refused for all of them. */
export function samePolicy(a: AdmitPolicy, b: AdmitPolicy): boolean {
  return policyNames.every(name => a[name] === b[name])
}

function actionFor(state: State, policy: AdmitPolicy): AdmitAction {
  return state === 'pass' ? 'accept' : policy[state]
}

function refusal(verdict: Verdict, action: 'defer' | 'reject'): SmtpReply {
  if (action === 'defer') return { code: 451, enhanced: '4.7.5', text: verdictText(verdict) }
  const text =
    verdict.state === 'none' ? 'this address takes only mail with a DKIM2-Signature' : verdictText(verdict)
  return { code: 550, enhanced: '5.7.1', text }
}
