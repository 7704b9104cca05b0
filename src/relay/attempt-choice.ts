/** Why an attempt went to its next hop and what TLS was demanded of it, in words, as the hop log keeps it. */
import { hopName } from '../deliver/hop-name.ts'
import { policyText, tlsDemand, whyHere } from '../discover/explain-hop.ts'
import type { NextHop } from '../discover/next-hop.ts'

export interface AttemptChoice {
  readonly why: string
  readonly tls?: string
  /** Absent where no policy was looked for. */
  readonly policy?: string
}

/**
 * @param hops the candidates
 * @param name that of the one which decided the outcome; undefined when it came to none
 */
export function choiceOf(hops: readonly NextHop[], name: string | undefined): AttemptChoice | undefined {
  const hop = hops.find(candidate => hopName(candidate) === name)
  if (hop === undefined) return undefined
  if (hop.kind === 'file') return { why: 'configured route to a folder' }
  const policy = hop.policy && policyText(hop.policy)
  return { why: whyHere(hop), tls: tlsDemand(hop), ...(policy !== undefined && { policy }) }
}
