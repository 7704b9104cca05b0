/** Who speaks for a message although nobody vouches for its From: a hop of a chain that passes, or a list that signed it. */
import type { Verdict } from '../dkim2/index.ts'
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'
import type { SenderAuthentication } from '../record/admission-record.ts'

/**
 * The list that a message came by: its List-Id (RFC 2919) is of a domain that signed, by a hop of a chain that passes or by a DKIM
 * signature of the whole body.
 *
 * @param counts whether a signer counts
 */
export function signedList(
  message: Message,
  verdict: Verdict,
  sender: SenderAuthentication,
  counts: (domain: string) => boolean = () => true,
): string | undefined {
  const ids = message.fields
    .filter(field => lowerAscii(field.name) === 'list-id')
    .map(field => /<([^<>]*)>[^<>]*$/.exec(fieldValue(field))?.[1]?.trim().toLowerCase() ?? '')
  const hops = verdict.state === 'pass' ? verdict.hops.map(hop => hop.domain) : []
  const whole = (sender.dkim ?? []).filter(({ isWhole }) => isWhole).map(({ domain }) => domain)
  return [...hops, ...whole].find(by => counts(by) && ids.some(id => id === by || id.endsWith(`.${by}`)))
}

/** In words; undefined where nobody does. */
export function speakerFor(
  message: Message,
  verdict: Verdict,
  sender: SenderAuthentication,
): string | undefined {
  const list = signedList(message, verdict, sender)
  if (list !== undefined) return `the list at ${list}, which signed it,`
  const hop = verdict.state === 'pass' ? verdict.hops.at(-1) : undefined
  return hop === undefined ? undefined : `the DKIM2 chain of ${hop.domain}`
}
