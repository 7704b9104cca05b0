/**
 * Copies of mail that came back by a foreign list, with a From of an own domain that nobody vouches for. They go on, but under no
 * domain that would make From pass with whoever receives them: SPF and DKIM2 of this relay speak for the way that the mail
 * took, and must not be taken for the word of its author (RFC 7489 section 3.1).
 */
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { Forwarding } from './expand-envelope.ts'

export interface UnalignedDependencies {
  readonly ownDomains: readonly string[]
  /** The reverse-path of a copy (bounce/bounce-address). */
  bounceAddress(queueId: string, ordinal: number, domain: string): string
}

/**
 * Gives such copies another own domain, where there is one that no domain in From is related to. A chain can only be continued
 * from where it was sent to (draft-ietf-dkim-dkim2-spec-06 section 9.4), so its copies, and all where there is no such domain,
 * go on as they came: with the reverse-path of the list and without a hop of ours.
 *
 * @param reversePath as received
 */
export function unalignedCopies(
  queueId: string,
  reversePath: string,
  { foreignList, hops }: Pick<AdmissionRecord, 'foreignList' | 'hops'>,
  copies: readonly Forwarding[],
  dependencies: UnalignedDependencies,
): readonly Forwarding[] {
  if (foreignList === undefined) return copies
  const isRelated = (domain: string) => foreignList.from.some(from => areRelated(from, domain))
  const other = hops.length === 0 ? dependencies.ownDomains.find(domain => !isRelated(domain)) : undefined
  return copies.map(copy => {
    if (!isRelated(copy.domain)) return copy
    if (other === undefined) return { ...copy, reversePath, withoutHop: reasonOf(foreignList.domain) }
    return { ...copy, domain: other, reversePath: dependencies.bounceAddress(queueId, copy.ordinal, other) }
  })
}

function reasonOf(list: string): string {
  return `it came back by a list of ${list}, and a signature here would vouch for its From`
}

/**
 * True where two domains may be of one organization, for whoever compares them in relaxed mode: that domain has two labels at
 * least, so who shares fewer is not related. Errs on the side of related, and needs no list of public suffixes.
 */
export function areRelated(one: string, other: string): boolean {
  const end = (domain: string) => domain.split('.').slice(-2).join('.')
  return end(one) === end(other)
}
