/** DMARC policy discovery (RFC 9989 section 4.10.1): which record is for the mail of a domain, and what it asks for. */
import { isDomain } from '../message/mailbox.ts'
import type { DmarcLookUps } from './look-ups.ts'
import type { DmarcPolicy, PolicyRecord, PublishedPolicies } from './policy-record.ts'
import { dmarcPolicies } from './policy-record.ts'
import {
  type FoundRecord,
  organizationalDomain,
  recordsOf,
  type TreeWalk,
  type WalkStep,
  walkTree,
} from './tree-walk.ts'

/** The policy for mail with a domain in From, and how it was found. */
export type DmarcDiscovery = DiscoveredPolicy | NoPolicy | UnknownPolicy

interface Discovered {
  /** That was asked for. */
  readonly domain: string
  /** The questions that were asked and what came of each, in order. */
  readonly steps: readonly WalkStep[]
}

export interface DiscoveredPolicy extends Discovered {
  readonly kind: 'policy'
  /** Where the record stands. */
  readonly policyDomain: string
  readonly record: PolicyRecord
  /** undefined: DNS did not tell; only the domain itself is known to align. */
  readonly organizationalDomain: string | undefined
  /** The tag that the policy was taken from. */
  readonly tag: keyof PublishedPolicies
  /** What that tag says. */
  readonly published: DmarcPolicy
  /** What is to be applied: as published, or one step milder while the domain tests (`t=y`). */
  readonly policy: DmarcPolicy
  /** Whether the domain exists; only asked where that makes a difference. */
  readonly exists?: boolean
  /** DNS did not tell whether the domain exists: the policy is the milder one of the two that it may be. */
  readonly doubt?: string
}

export interface NoPolicy extends Discovered {
  readonly kind: 'none'
  readonly reason: string
}

/** DNS did not answer. */
export interface UnknownPolicy extends Discovered {
  readonly kind: 'unknown'
  readonly reason: string
}

/**
 * Finds the policy for a domain.
 *
 * @param domain of an author: lower case, A-labels (RFC 5890), without a final dot
 */
export async function discoverDmarcPolicy(domain: string, lookUps: DmarcLookUps): Promise<DmarcDiscovery> {
  if (!isDomain(domain)) return { kind: 'none', domain, steps: [], reason: 'not a domain name' }
  const walk = await walkTree(domain, lookUps)
  const organization = organizationalDomain(domain, walk)
  const at = { domain, steps: walk.steps }
  const found = applicableRecord(domain, organization, walk)
  if (found === undefined) {
    return walk.error === undefined
      ? { kind: 'none', ...at, reason: 'no record' }
      : { kind: 'unknown', ...at, reason: walk.error }
  }
  const { policies } = found.record
  if (policies === undefined) {
    return { kind: 'none', ...at, reason: `the record of ${found.domain} asks for nothing` }
  }
  const choice = await choosePolicy(domain, found.domain, policies, lookUps)
  return {
    kind: 'policy',
    ...at,
    policyDomain: found.domain,
    record: found.record,
    organizationalDomain: organization,
    ...choice,
    policy: found.record.isTesting ? oneStepMilder(choice.published) : choice.published,
  }
}

/** The own record, else that of the organizational domain, else that of the public suffix domain above it. */
function applicableRecord(
  domain: string,
  organization: string | undefined,
  walk: TreeWalk,
): FoundRecord | undefined {
  const records = recordsOf(walk)
  const own = records.find(found => found.domain === domain)
  if (own !== undefined || walk.error !== undefined) return own
  const last = records.at(-1)
  return records.find(found => found.domain === organization) ?? (last?.record.psd === 'y' ? last : undefined)
}

type Choice = Pick<DiscoveredPolicy, 'tag' | 'published' | 'exists' | 'doubt'>

/** `p` for the domain of the record; below it `np` where the domain does not exist, else `sp`; `p` where that is not there. */
async function choosePolicy(
  domain: string,
  policyDomain: string,
  policies: PublishedPolicies,
  lookUps: DmarcLookUps,
): Promise<Choice> {
  const { p, sp, np } = policies
  if (domain === policyDomain) return { tag: 'p', published: p }
  const existing: Choice = sp === undefined ? { tag: 'p', published: p } : { tag: 'sp', published: sp }
  if (np === undefined || np === existing.published) return existing
  const existence = await lookUps.existence(domain)
  if (existence.kind === 'exists') return { ...existing, exists: true }
  const missing: Choice = { tag: 'np', published: np }
  if (existence.kind === 'nonexistent') return { ...missing, exists: false }
  const isMissingMilder = dmarcPolicies.indexOf(np) < dmarcPolicies.indexOf(existing.published)
  return { ...(isMissingMilder ? missing : existing), doubt: existence.reason }
}

function oneStepMilder(policy: DmarcPolicy): DmarcPolicy {
  return dmarcPolicies[dmarcPolicies.indexOf(policy) - 1] ?? 'none'
}
