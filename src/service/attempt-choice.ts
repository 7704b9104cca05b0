/** Why an attempt went to its next hop and what TLS was demanded of it, in words, as the hop log keeps it. */
import { hopName } from '../deliver/hop-name.ts'
import type { Outcome } from '../deliver/outcome.ts'
import { gatewayTls, policyText, tlsDemand, whyGateway, whyHere } from '../discover/explain-hop.ts'
import type { NextHop } from '../discover/next-hop.ts'
import type { ChoiceRecord } from '../record/attempt-facts.ts'

/** Characters of one entry of `before`: the reason of each host is told, a peer's long words are cut. */
const maxBeforeCharacters = 300

/**
 * @param hops the candidates
 * @param outcome `nextHop`: name of the one which decided it, undefined when it came to none; `tried`: all in order
 */
export function choiceOf(
  hops: readonly NextHop[],
  { nextHop: name, tried = [] }: Pick<Outcome, 'nextHop' | 'tried'>,
): ChoiceRecord | undefined {
  const hop = hops.find(candidate => hopName(candidate) === name)
  if (hop === undefined) return undefined
  if (hop.kind === 'file') return { why: 'configured route to a folder' }
  if (hop.kind === 'batch') return { why: whyGateway(hop), tls: gatewayTls(hop) }
  const policy = hop.policy && policyText(hop.policy)
  const earlier = tried.slice(
    0,
    tried.findIndex(one => hopName(one.hop) === name),
  )
  const before = earlier.map(one => (one.reason ?? hopName(one.hop)).slice(0, maxBeforeCharacters))
  return {
    why: whyHere(hop),
    tls: tlsDemand(hop),
    ...(policy !== undefined && { policy }),
    ...(before.length > 0 && { before }),
  }
}
