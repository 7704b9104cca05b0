/** Why a copy goes out without a hop of this relay: one line, with the rule that says so. */
import type { AdmissionRecord } from '../../record/admission-record.ts'

/** The reasons of stages with the rules behind them; the first that fits counts. */
const rules: readonly (readonly [reason: RegExp, rule: string])[] = [
  [/^the From header field is not authentic/, 'draft-ietf-dkim-dkim2-spec-08 section 14.8'],
  [/^it came back by a list/, 'RFC 7489 section 3.1'],
  [/^the chain was not fully verified/, 'draft-ietf-dkim-dkim2-spec-08 section 12'],
]

/**
 * @param reason as signing or expansion gave it
 * @param domain the own domain that would have signed
 */
export function whyUnsigned(
  reason: string,
  { addHop, state }: Pick<AdmissionRecord, 'addHop' | 'state'>,
  domain: string,
): string {
  if (!addHop)
    return `the chain is ${state.toUpperCase()}, which ${domain} takes without a hop (admit.${state}: accept-without-hop)`
  const rule =
    rules.find(([pattern]) => pattern.test(reason))?.[1] ?? 'draft-ietf-dkim-dkim2-spec-06 section 9.1'
  return `${reason} (${rule})`
}
