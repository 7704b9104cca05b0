/**
 * Whether a sealer that the operator trusts says that DMARC passed when the message came to it (RFC 8617 section 7.2.1). Anybody can
 * seal anything: without trust a chain that passes says nothing of the author.
 */
import { relaxedDomainMatch } from '../dkim2/index.ts'
import type { ArcFinding } from './arc-validation.ts'
import { withoutComments } from './authentication-results.ts'

/**
 * The sealer whose word counts: one of the newest in a row that are all trusted, as whoever seals above it could have changed the
 * message.
 *
 * @param authors domains in From
 * @param trusted domains; names below them are trusted too
 */
export function vouchingSealer(
  { record, sets }: ArcFinding,
  authors: readonly string[],
  trusted: readonly string[],
): string | undefined {
  if (record.result !== 'pass' || authors.length === 0) return undefined
  for (const { sealer, results } of sets.toReversed()) {
    if (!trusted.some(domain => relaxedDomainMatch(sealer, domain))) return undefined
    if (authors.every(author => saysPass(results, author))) return sealer
  }
  return undefined
}

const quotedString = /"(?:[^"\\]|\\[\s\S])*"?/g

/** `dmarc=pass` for the domain, in results of RFC 8601. What is quoted there comes from strangers. */
function saysPass(results: string, author: string): boolean {
  return withoutComments(results)
    .replace(quotedString, 'x')
    .split(';')
    .some(result => {
      const words = result
        .trim()
        .toLowerCase()
        .replace(/\s*=\s*/g, '=')
        .split(/\s+/)
      return words[0] === 'dmarc=pass' && words.includes(`header.from=${author}`)
    })
}
