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

/**
 * The policy for mail of an author: that of the own domain, else the one for subdomains of the organizational domain.
 * `t=y` (testing) is of no account: receivers of before RFC 9989 do not know it.
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
