/**
 * The chain of custody: each hop answers from where the one before had sent the message.
 * draft-ietf-dkim-dkim2-spec-06 sections 9.2, 9.4, 11.3 and 11.4.
 */

import { asciiDomainOf, comparableAscii } from '../message/mailbox.ts'
import type { Chain, Hop } from './model.ts'
import { type Failure, signatureFailure } from './verdict.ts'

/** The SMTP envelope in which a message arrived. Addresses without angle brackets; '' is the null reverse-path. */
export interface EnvelopePaths {
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
}

export interface TimeBounds {
  readonly maxAgeSeconds: number
  readonly maxFutureSeconds: number
}

/** Section 11.3: 14 days. One day of tolerance for clocks that are ahead is what revision 07 suggests. */
export const defaultTimeBounds: TimeBounds = { maxAgeSeconds: 14 * 86_400, maxFutureSeconds: 86_400 }

/**
 * Section 9.4: true if `domain` equals `target`, or does so after labels are removed from its left. Both in lower case.
 * An empty domain matches nothing.
 */
export function relaxedDomainMatch(domain: string, target: string): boolean {
  if (domain === '' || target === '') return false
  return domain === target || domain.endsWith(`.${target}`)
}

/** The first hop whose timestamp is too old or too far ahead. */
export function checkTimestamps(chain: Chain, nowSeconds: number, bounds: TimeBounds): Failure | undefined {
  for (const hop of chain.hops) {
    const age = nowSeconds - hop.timestampSeconds
    if (age > bounds.maxAgeSeconds) return signatureFailure.expired(hop.sequence)
    if (-age > bounds.maxFutureSeconds) return signatureFailure.future(hop.sequence)
  }
  return undefined
}

/** The envelope against the highest hop: same reverse-path, every forward-path among those it names. */
export function checkEnvelope(chain: Chain, envelope: EnvelopePaths): Failure | undefined {
  const hop = chain.hops.at(-1)
  if (!hop || hop.nextDomain !== undefined) return undefined
  if (comparableAscii(envelope.reversePath) !== comparableAscii(hop.reversePath)) {
    return signatureFailure.mailFrom(hop.sequence, envelope.reversePath)
  }
  const named = new Set(hop.forwardPaths.map(comparableAscii))
  const other = envelope.forwardPaths.find(path => !named.has(comparableAscii(path)))
  return other === undefined ? undefined : signatureFailure.rcptTo(hop.sequence, other)
}

/**
 * Each hop's d= against its own reverse-path, and its reverse-path against where the hop before had sent the message.
 *
 * @param arranged domains that may be the nextDomain of the last hop: what came after it is known otherwise
 */
export function checkCustody(chain: Chain, arranged: readonly string[] = []): Failure | undefined {
  let previous: Hop | undefined
  for (const hop of chain.hops) {
    if (!isAligned(hop.domain, hop.reversePath)) return signatureFailure.alignment(hop.sequence)
    if (previous && !continuesFrom(previous, hop)) {
      return previous.nextDomain === undefined
        ? signatureFailure.custody(hop.sequence, hop.reversePath)
        : signatureFailure.nextDomain(hop.sequence)
    }
    previous = hop
  }
  const next = previous?.nextDomain
  return previous && next !== undefined && !arranged.includes(next)
    ? signatureFailure.unexpectedNextDomain(previous.sequence)
    : undefined
}

/** Section 8.8: the signing domain is the reverse-path's or a parent of it; a null reverse-path needs no match. */
export function isAligned(domain: string, reversePath: string): boolean {
  return reversePath === '' || relaxedDomainMatch(asciiDomainOf(reversePath), domain)
}

/**
 * Whether a hop may follow `previous`: its reverse-path has a relaxed match with one of the forward-paths there.
 *
 * A null reverse-path has no domain to match, and section 9.4 says nothing of it. Refusing it would keep DSNs from being
 * forwarded (RFC 5321 section 4.5.5 wants them to stay null); letting it pass would let anyone who has got hold of a
 * message send it on as a bounce. So the signing domain stands in, as implementations of later revisions agree: it must be
 * the domain of a forward-path or a parent of it, as it would be of a reverse-path there. The same goes for an imaginary hop,
 * which has no reverse-path; the hop after one must be of the domain that it names (section 9.3).
 */
export function continuesFrom(
  previous: Pick<Hop, 'forwardPaths' | 'nextDomain'>,
  hop: Pick<Hop, 'reversePath' | 'domain'>,
): boolean {
  if (previous.nextDomain !== undefined) return hop.domain === previous.nextDomain
  const domains = previous.forwardPaths.map(asciiDomainOf)
  if (hop.reversePath === '') return domains.some(target => relaxedDomainMatch(target, hop.domain))
  const domain = asciiDomainOf(hop.reversePath)
  return domains.some(target => relaxedDomainMatch(domain, target))
}
