/** The DMARC verdict on a message (RFC 9989 section 5.3). */
import { type Alignment, alignmentOf, mayAlign } from './alignment.ts'
import { type DiscoveredPolicy, type DmarcDiscovery, discoverDmarcPolicy } from './discover-policy.ts'
import type { DmarcLookUps } from './look-ups.ts'
import {
  type AlignmentMode,
  type DmarcPolicy,
  dmarcPolicies,
  type PublishedPolicies,
} from './policy-record.ts'
import type { WalkStep } from './tree-walk.ts'

/** What SPF and DKIM found out; domains are lower case, A-labels. */
export interface Identifiers {
  /** The domain of the reverse-path, where SPF says pass. */
  readonly spf?: string
  /** `d=` of the signatures that pass. */
  readonly dkim: readonly string[]
  /** Domains that might have been authenticated: DNS did not tell. */
  readonly unknown: { readonly spf?: string; readonly dkim: readonly string[] }
}

export type DmarcResult = 'pass' | 'fail' | 'none' | 'temperror' | 'permerror'

export interface DmarcVerdict {
  /** In the words of RFC 8601; `none`: there is no policy for the domain, or no domain. */
  readonly result: DmarcResult
  /** In From; of several authors the one with the strictest policy that fails. '' where From names none. */
  readonly domain: string
  /** What is to be applied; absent where there is none or it is not known. */
  readonly policy?: DmarcPolicy
  /** What the record says, and in which tag: without regard to `t=y`. */
  readonly published?: DmarcPolicy
  readonly tag?: keyof PublishedPolicies
  readonly policyDomain?: string
  readonly organizationalDomain?: string
  /** The record that was used, as published; latin1. */
  readonly record?: string
  /** The domains that align with the author's. */
  readonly aligned?: { readonly spf?: string; readonly dkim?: string }
  /** Why it is no more than that, for people. */
  readonly reason?: string
  /** What was asked of DNS for the policy, in order. */
  readonly steps: readonly { readonly name: string; readonly found: WalkStep['found']['kind'] }[]
}

/** Authors' domains that are looked up: honest mail has one, and each takes some questions. */
export const maxAuthorDomains = 4

/**
 * Judges a message.
 *
 * @param authors the domains that From names: lower case, A-labels, each once
 */
export async function evaluateDmarc(
  authors: readonly string[],
  identifiers: Promise<Identifiers>,
  lookUps: DmarcLookUps,
): Promise<DmarcVerdict> {
  const [first = ''] = authors
  if (first === '') return { result: 'none', domain: '', reason: 'From names no domain', steps: [] }
  if (authors.length > maxAuthorDomains) {
    const reason = `From names authors of ${authors.length} domains, at most ${maxAuthorDomains} are looked up`
    return { result: 'permerror', domain: first, reason, steps: [] }
  }
  const found = await Promise.all(authors.map(domain => discoverDmarcPolicy(domain, lookUps)))
  const known = await identifiers
  const verdicts = await Promise.all(found.map(one => verdictOn(one, known, lookUps)))
  return strictest(verdicts)
}

/** A failure counts before what is not known, that before a pass; of several failures the one with the strictest policy. */
function strictest(verdicts: readonly DmarcVerdict[]): DmarcVerdict {
  const weight = ({ result, policy }: DmarcVerdict) => {
    if (result === 'fail') return 10 + dmarcPolicies.indexOf(policy ?? 'none')
    return result === 'temperror' ? 5 : result === 'pass' ? 2 : 1
  }
  return verdicts.reduce((worst, one) => (weight(one) > weight(worst) ? one : worst))
}

async function verdictOn(
  found: DmarcDiscovery,
  identifiers: Identifiers,
  lookUps: DmarcLookUps,
): Promise<DmarcVerdict> {
  const { domain } = found
  const steps = found.steps.map(({ name, found: { kind } }) => ({ name, found: kind }))
  if (found.kind === 'none') return { result: 'none', domain, reason: found.reason, steps }
  if (found.kind === 'unknown') return { result: 'temperror', domain, reason: found.reason, steps }
  const { policy, published, tag, policyDomain, record } = found
  const facts = {
    domain,
    policy,
    published,
    tag,
    policyDomain,
    record: record.text,
    ...(found.organizationalDomain !== undefined && { organizationalDomain: found.organizationalDomain }),
    steps,
  }
  const { dkim, spf, doubt } = await aligned(found, identifiers, lookUps)
  if (dkim !== undefined || spf !== undefined) {
    const by = { ...(spf !== undefined && { spf }), ...(dkim !== undefined && { dkim }) }
    return { ...facts, result: 'pass', aligned: by }
  }
  const reason = doubt ?? found.doubt
  return reason === undefined ? { ...facts, result: 'fail' } : { ...facts, result: 'temperror', reason }
}

interface Aligned {
  readonly spf: string | undefined
  readonly dkim: string | undefined
  /** Why nothing aligns that might. */
  readonly doubt: string | undefined
}

async function aligned(
  author: DiscoveredPolicy,
  { spf, dkim, unknown }: Identifiers,
  lookUps: DmarcLookUps,
): Promise<Aligned> {
  const { spfAlignment, dkimAlignment } = author.record
  const bySpf = spf === undefined ? [] : await alignments([spf], author, spfAlignment, lookUps)
  const byDkim = await alignments(dkim, author, dkimAlignment, lookUps)
  const open = [...bySpf, ...byDkim].find(one => one.alignment === 'unknown')
  const lost = [
    ...(unknown.spf === undefined ? [] : [{ domain: unknown.spf, mode: spfAlignment }]),
    ...unknown.dkim.map(domain => ({ domain, mode: dkimAlignment })),
  ].find(({ domain, mode }) => mayAlign(domain, author, mode))
  const doubtful = open ?? lost
  return {
    spf: bySpf.find(one => one.alignment === 'aligned')?.domain,
    dkim: byDkim.find(one => one.alignment === 'aligned')?.domain,
    doubt: doubtful && `what ${doubtful.domain} vouches for could not be looked up`,
  }
}

function alignments(
  domains: readonly string[],
  author: DiscoveredPolicy,
  mode: AlignmentMode,
  lookUps: DmarcLookUps,
): Promise<readonly { readonly domain: string; readonly alignment: Alignment }[]> {
  return Promise.all(
    [...new Set(domains)].map(async domain => ({
      domain,
      alignment: await alignmentOf(domain, author, mode, lookUps),
    })),
  )
}
