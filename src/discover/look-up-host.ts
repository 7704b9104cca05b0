/** One host that DNS names: its addresses, and what DANE demands of it. */
import type { Answer, AnswerFacts, HostAddress } from '../dns/resolver.ts'
import { danePolicy, underDane } from './dane.ts'
import { policyText } from './explain-hop.ts'
import type { DiscoverContext } from './find-next-hops.ts'
import type { Candidate, ResolvedHost } from './hosts.ts'

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
  { resolver, note }: DiscoverContext,
): Promise<LookedUpHost> {
  const answer = await resolver.addresses(candidate.host)
  if (answer.kind !== 'records') return { candidate, addresses: [], answer }
  const { host, port, source } = candidate
  const addresses = answer.records
  const question = { host, port, source, domain, named: named ?? answer, addresses: answer }
  const policy = await danePolicy(question, resolver)
  if (policy.kind === 'temporary') return { candidate, addresses, answer: policy, isBarred: true }
  if (policy.kind !== 'dane') return { candidate: { ...candidate, policy }, addresses, answer }
  note?.({ kind: 'policy', name: 'dane', text: policyText(policy) })
  return { candidate: underDane(candidate, policy), addresses, answer }
}
