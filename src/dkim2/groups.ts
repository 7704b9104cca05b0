/**
 * One result of several signatures or hashes: those of a group must all hold, of several groups one is enough.
 * draft-ietf-dkim-dkim2-spec-08 section 14.6, steps 6 and 7; a profile without alternatives has one group.
 */

import type { GroupRules } from './profile.ts'
import type { Failure, FailureState } from './verdict.ts'

/** Members in their groups, in the order of the field. */
export function grouped<T extends { readonly group?: number }>(members: readonly T[]): T[][] {
  return [...Map.groupBy(members, member => member.group ?? 0).values()]
}

/** The failure of a group; undefined: all of it holds. */
export function allOf(failures: readonly Failure[], rules: GroupRules): Failure | undefined {
  return first(failures, rules.precedence)
}

const anyPrecedence = ['temperror', 'fail', 'permerror'] as const

/**
 * The failure of all groups together: one that may yet pass outranks one that was disproved, which outranks one that
 * cannot be judged. Undefined: a group holds.
 *
 * @param outcomes of the groups, one at least
 * @param none what is wrong where several groups failed
 */
export function anyOf(outcomes: readonly (Failure | undefined)[], none: Failure): Failure | undefined {
  const failures = outcomes.filter(outcome => outcome !== undefined)
  if (failures.length < outcomes.length) return undefined
  const found = first(failures, anyPrecedence)
  return found?.state === 'fail' && failures.length > 1 ? none : found
}

function first(failures: readonly Failure[], order: readonly FailureState[]): Failure | undefined {
  for (const state of order) {
    const found = failures.find(failure => failure.state === state)
    if (found) return found
  }
  return undefined
}
