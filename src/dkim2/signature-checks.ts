/** The signatures of one hop. draft-ietf-dkim-dkim2-spec-06 section 11.6. */

import { verifyInput } from './algorithms.ts'
import { allOf, anyOf } from './groups.ts'
import type { FetchedKeys } from './keys.ts'
import type { Hop, Signature } from './model.ts'
import type { GroupRules } from './profile.ts'
import { type Failure, signatureFailure } from './verdict.ts'

/**
 * Checks every signature whose key is there; all of a group must hold. The work is done in the thread pool.
 *
 * @param input the whole signing input of this hop
 */
export async function checkSignatures(
  hop: Hop,
  input: Buffer,
  keys: FetchedKeys,
  rules: GroupRules,
): Promise<Failure | undefined> {
  const outcomes = await Promise.all(
    keys.groupsOf(hop).map(group => checkGroup(hop.sequence, group, input, keys, rules)),
  )
  return outcomes.length === 0 ? undefined : anyOf(outcomes, signatureFailure.noGroup(hop.sequence))
}

async function checkGroup(
  i: number,
  group: readonly Signature[],
  input: Buffer,
  keys: FetchedKeys,
  rules: GroupRules,
): Promise<Failure | undefined> {
  const failures = group.map(signature => keys.failureOf(signature)).filter(failure => failure !== undefined)
  const results = await Promise.all(
    group.map(async signature => {
      const published = keys.keyOf(signature)
      if (!published) return undefined
      const holds = await verifyInput(published.algorithm, published.key, input, signature.value)
      return { selector: signature.selector, holds }
    }),
  )
  const wrong = results.find(result => result && !result.holds)
  const passed = results.find(result => result?.holds)
  if (wrong && passed) failures.push(signatureFailure.mixed(i, passed.selector, wrong.selector))
  else if (wrong) failures.push(signatureFailure.incorrect(i, wrong.selector))
  return allOf(failures, rules)
}
