/** Identifier alignment (RFC 9989 section 4.4): whether a domain that was authenticated may speak for the one in From. */
import type { DiscoveredPolicy } from './discover-policy.ts'
import type { DmarcLookUps } from './look-ups.ts'
import type { AlignmentMode } from './policy-record.ts'
import { organizationalDomain, walkTree } from './tree-walk.ts'

/** `unknown`: DNS did not tell. */
export type Alignment = 'aligned' | 'not-aligned' | 'unknown'

/**
 * Relaxed alignment compares organizational domains. That of an identifier is the identifier itself or a name above it, so that
 * only one at or below the author's needs a tree walk.
 *
 * @param identifier that was authenticated: lower case, A-labels
 */
export async function alignmentOf(
  identifier: string,
  author: DiscoveredPolicy,
  mode: AlignmentMode,
  lookUps: DmarcLookUps,
): Promise<Alignment> {
  if (identifier === author.domain) return 'aligned'
  if (!mayAlign(identifier, author, mode)) return 'not-aligned'
  const organization = author.organizationalDomain
  if (organization === undefined) return 'unknown'
  const own = organizationalDomain(identifier, await walkTree(identifier, lookUps))
  if (own === undefined) return 'unknown'
  return own === organization ? 'aligned' : 'not-aligned'
}

/** False where no answer of DNS could make it align. */
export function mayAlign(identifier: string, author: DiscoveredPolicy, mode: AlignmentMode): boolean {
  if (identifier === '' || author.domain === '') return false
  if (identifier === author.domain) return true
  if (mode === 'strict') return false
  const { organizationalDomain: organization } = author
  if (organization === undefined) return lastLabel(identifier) === lastLabel(author.domain)
  return identifier === organization || identifier.endsWith(`.${organization}`)
}

function lastLabel(domain: string): string {
  return domain.slice(domain.lastIndexOf('.') + 1)
}
