/** One host that DNS names: its addresses, and what DANE demands of it. */
import type { Answer, AnswerFacts, HostAddress } from '../dns/resolver.ts'
import { danePolicy, underDane } from './dane.ts'
import { policyText } from './explain-hop.ts'
import type { DiscoverContext } from './find-next-hops.ts'
import type { Candidate } from './hosts.ts'

export interface LookedUpHost {
  /** With its policy. */
  readonly candidate: Candidate
  /** Temporary when its addresses, or its TLSA records, cannot be found out. */
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
  { resolver, note }: DiscoverContext,
): Promise<LookedUpHost> {
  const answer = await resolver.addresses(candidate.host)
  if (answer.kind !== 'records') return { candidate, answer }
  const { host, port, source } = candidate
  const question = { host, port, source, domain, named: named ?? answer, addresses: answer }
  const policy = await danePolicy(question, resolver)
  if (policy.kind === 'temporary') return { candidate, answer: policy }
  if (policy.kind !== 'dane') return { answer, candidate: { ...candidate, policy } }
  note?.({ kind: 'policy', name: 'dane', text: policyText(policy) })
  return { answer, candidate: underDane(candidate, policy) }
}
