/** One host that DNS names: its addresses, and what DANE demands of it. */
import type { Answer, AnswerFacts, HostAddress } from '../dns/resolver.ts'
import type { Candidate, ResolvedHost } from './candidate.ts'
import { danePolicy, underDane } from './dane.ts'
import type { DiscoverDependencies } from './discover-step.ts'
import { policyText } from './explain-hop.ts'
import type { TlsPolicy } from './next-hop.ts'

/** The candidate has its policy. */
export interface LookedUpHost extends ResolvedHost {
  /** The answer with its addresses; temporary also where its TLSA records cannot be found out. */
  readonly answer: Answer<HostAddress>
}

/**
 * @param domain the destination
 * @param named the answer that named the host; undefined where that is the one with its addresses
 */
export async function lookUpHost(
  candidate: Candidate,
  domain: string,
  named: AnswerFacts | undefined,
  { resolver, note, waivesPolicies, daneUnknown }: DiscoverDependencies,
): Promise<LookedUpHost> {
  const answer = await resolver.addresses(candidate.host)
  if (answer.kind !== 'records') return { candidate, addresses: [], answer }
  const { host, port, source } = candidate
  const addresses = answer.records
  if (waivesPolicies === true) return { candidate: { ...candidate, policy: waived }, addresses, answer }
  const question = { host, port, source, domain, named: named ?? answer, addresses: answer }
  const policy = await danePolicy(question, resolver)
  if (policy.kind === 'temporary') {
    daneUnknown?.({ domain, host })
    return { candidate, addresses, answer: policy, isBarred: true }
  }
  const known = named?.authentic === true ? { ...candidate, isNameAuthentic: true as const } : candidate
  if (policy.kind !== 'dane') return { candidate: { ...known, policy }, addresses, answer }
  note?.({ kind: 'policy', name: 'dane', text: policyText(policy) })
  return { candidate: underDane(known, policy), addresses, answer }
}

const waived: TlsPolicy = {
  kind: 'none',
  reason: 'the message waives the policies of its destination (TLS-Required: No)',
}
