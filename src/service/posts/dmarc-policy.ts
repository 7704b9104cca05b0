/** What the domain of an author asks receivers to do with mail that fails DMARC (RFC 9989), as far as a list needs to know. */
import { createRecordLookup, discoverPolicy, getPolicyTags } from 'mailauth/lib/dmarc/get-dmarc-record.js'
import type { Resolver } from '../../dns/resolver.ts'
import { asciiDomainOf, isDomain } from '../../message/mailbox.ts'
import type { DmarcPolicy } from '../../revise/from-rewrite.ts'
import { recordResolver } from '../record-resolver.ts'

export type PolicyFinding =
  /** undefined: the domain has no policy. */
  | { readonly kind: 'found'; readonly policy: DmarcPolicy | undefined }
  /** DNS did not answer. */
  | { readonly kind: 'unknown'; readonly reason: string }

const strictness: readonly DmarcPolicy[] = ['none', 'quarantine', 'reject']

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
  const strictest = strictness.findLast(policy => policies.includes(policy))
  const unknown = findings.find(one => one.kind === 'unknown')
  return unknown === undefined || strictest === 'reject' ? { kind: 'found', policy: strictest } : unknown
}

/**
 * The policy for mail of an author: that of the own domain, else the one for subdomains of the organizational domain.
 * `t=y` (testing) is ignored: receivers of before RFC 9989 do not know it.
 *
 * @param author an address
 */
export async function dmarcPolicy(author: string, resolver: Resolver): Promise<PolicyFinding> {
  const domain = asciiDomainOf(author)
  if (!isDomain(domain)) return { kind: 'found', policy: undefined }
  try {
    const { record, recordDomain } = await discoverPolicy(
      domain,
      createRecordLookup(recordResolver(resolver)),
    )
    const tags = record === false ? null : getPolicyTags(record)
    if (tags === null) return { kind: 'found', policy: undefined }
    return { kind: 'found', policy: recordDomain === domain ? tags.p : (tags.sp ?? tags.p) }
  } catch (error) {
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) }
  }
}
