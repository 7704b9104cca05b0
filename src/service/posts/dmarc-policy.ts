/** What the domain of an author asks receivers to do with mail that fails DMARC (RFC 9989), as far as a list needs to know. */
import { discoverDmarcPolicy } from '../../dmarc/discover-policy.ts'
import { dmarcLookUps } from '../../dmarc/look-ups.ts'
import { type DmarcPolicy, dmarcPolicies } from '../../dmarc/policy-record.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { asciiDomainOf } from '../../message/mailbox.ts'

export type PolicyFinding =
  /** undefined: the domain has no policy. */
  | { readonly kind: 'found'; readonly policy: DmarcPolicy | undefined }
  /** DNS did not answer. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** Domains of authors of one post that DNS is asked about, each with several questions; honest posts have one or two. */
const maxAskedDomains = 4

/**
 * The strictest policy of several authors, as receivers reject a message for any of their domains (RFC 9989 on several authors,
 * RFC 7489 section 6.6.1 before it). Unknown where DNS did not answer, or was not asked about so many domains, and the others ask
 * for less than rejection.
 */
export async function strictestPolicy(
  authors: readonly string[],
  resolver: Resolver,
): Promise<PolicyFinding> {
  const domains = new Map(authors.map(author => [asciiDomainOf(author), author]))
  if (domains.size > maxAskedDomains) {
    return { kind: 'unknown', reason: `From names authors of ${domains.size} domains` }
  }
  const findings = await Promise.all([...domains.values()].map(author => dmarcPolicy(author, resolver)))
  const policies = findings.flatMap(one => (one.kind === 'found' && one.policy ? [one.policy] : []))
  const strictest = dmarcPolicies.findLast(policy => policies.includes(policy))
  const unknown = findings.find(one => one.kind === 'unknown')
  return unknown === undefined || strictest === 'reject' ? { kind: 'found', policy: strictest } : unknown
}

/**
 * The policy for mail of an author. `t=y` (testing) makes no difference: receivers of before RFC 9989 do not know it, and those of
 * after it may treat such mail as they treat none else, "such as rewriting From" (section 4.7).
 *
 * @param author an address
 */
export async function dmarcPolicy(author: string, resolver: Resolver): Promise<PolicyFinding> {
  const found = await discoverDmarcPolicy(asciiDomainOf(author), dmarcLookUps(resolver))
  const doubt = found.kind === 'policy' ? found.doubt : undefined
  if (found.kind === 'unknown' || doubt !== undefined) {
    return { kind: 'unknown', reason: found.kind === 'unknown' ? found.reason : (doubt ?? '') }
  }
  return { kind: 'found', policy: found.kind === 'policy' ? found.published : undefined }
}
