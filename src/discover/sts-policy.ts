/**
 * The texts of MTA-STS (RFC 8461): the TXT record that announces a policy, the policy file, and the match of a host.
 *
 * mailauth reads them, to the letter of the RFC. Its own fetching and caching are not used: it takes port 443 and the public
 * authorities only, connects to whatever address DNS names, tries one of them, and reads the clock itself.
 */
import { parsePolicy, resolvePolicy, validateMx } from 'mailauth/lib/mta-sts.js'
import type { Answer } from '../dns/resolver.ts'

/** A policy as its file says it. */
export interface StsPolicyText {
  readonly mode: 'enforce' | 'testing' | 'none'
  readonly maxAgeSeconds: number
  /** Host names in lower case; `*.` stands for one label. */
  readonly mx: readonly string[]
  /** The lines of the file, for reports. */
  readonly lines: readonly string[]
}

/** What the TXT records of _mta-sts say. */
export type StsRecord =
  | { readonly kind: 'id'; readonly id: string }
  /** No record, several, or one that is malformed: all the same to a sender (RFC 8461 section 3.1). */
  | { readonly kind: 'absent' }
  | { readonly kind: 'temporary'; readonly reason: string }

/** More than the largest operators have; the rest is left out. */
const maxPatterns = 200

/** Lines and characters that are kept for reports: a policy has half a dozen short ones. */
const maxKeptLines = 50
const maxKeptCharacters = 300

/** Reads the answer to the question for TXT of `_mta-sts.<domain>`. */
export async function readStsRecord(answer: Answer<string>): Promise<StsRecord> {
  if (answer.kind === 'temporary') return answer
  if (answer.kind === 'absent') return { kind: 'absent' }
  const strings = answer.records.map(text => [text])
  const resolver = async () => strings
  const id = await resolvePolicy('policy.invalid', { strict: true, resolver }).catch(() => false as const)
  return id === false ? { kind: 'absent' } : { kind: 'id', id }
}

/** Reads a policy file; or says what is wrong with it. */
export function readStsPolicy(octets: Buffer): StsPolicyText | { readonly invalid: string } {
  try {
    const { mode, maxAge, mx } = parsePolicy(octets, { strict: true })
    if (maxAge === undefined) return { invalid: 'no max_age' }
    return { mode, maxAgeSeconds: maxAge, mx: (mx ?? []).slice(0, maxPatterns), lines: linesOf(octets) }
  } catch (error) {
    return { invalid: error instanceof Error ? error.message : String(error) }
  }
}

/** True when the policy names this host (RFC 8461 section 4.1). */
export function namesHost(policy: Pick<StsPolicyText, 'mx'>, host: string): boolean {
  return validateMx(host, { mode: 'enforce', mx: policy.mx }).valid
}

function linesOf(octets: Buffer): string[] {
  const lines = octets
    .toString('utf8')
    .split(/\r?\n/)
    .map(line => line.trim())
  return lines
    .filter(line => line !== '')
    .slice(0, maxKeptLines)
    .map(line => line.slice(0, maxKeptCharacters))
}
