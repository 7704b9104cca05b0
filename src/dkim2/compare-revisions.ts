/** Verifying a message under two revisions of the draft, and telling which rule makes the verdicts differ. */

import type { Message } from '../message/message.ts'
import type { Reading } from './profile.ts'
import { profileSource } from './profiles/index.ts'
import { messageInstanceBetween } from './profiles/message-instance/profile.ts'
import { type RuleChange, ruleChanges } from './profiles/message-instance/rules.ts'
import { type Verdict, verdictText } from './verdict.ts'
import { type VerifyOptions, verifyIn } from './verify.ts'

export interface RevisionComparison {
  readonly revisions: readonly { readonly revision: string; readonly verdict: Verdict }[]
  /** The first rule, in the order in which they changed, with which the verdict differs; absent: the verdicts are the same. */
  readonly rule?: RuleChange
}

/**
 * Verifies under 06 and 09. Where they differ, the changed rules are taken one after another, and the first one with which
 * the verdict is no more that of 06 is told.
 *
 * @param options `revision` is of no account
 */
export async function compareRevisions(
  message: Message,
  options: VerifyOptions,
): Promise<RevisionComparison> {
  const old = await verifyUnder(message, options, 0)
  const now = await verifyUnder(message, options, ruleChanges.length)
  const revisions = [
    { revision: '06', verdict: old },
    { revision: '09', verdict: now },
  ]
  if (verdictText(old) === verdictText(now)) return { revisions }
  // Where the results differ it is they that count, otherwise the wording.
  const shown = old.state === now.state ? verdictText : (verdict: Verdict) => verdict.state
  for (let count = 1; count < ruleChanges.length; count++) {
    const verdict = await verifyUnder(message, options, count)
    if (shown(verdict) !== shown(old)) return { revisions, ...withRule(count) }
  }
  return { revisions, ...withRule(ruleChanges.length) }
}

function withRule(count: number): { rule?: RuleChange } {
  const rule = ruleChanges[count - 1]
  return rule ? { rule } : {}
}

/** With the first `count` of the changed rules. */
function verifyUnder(message: Message, options: VerifyOptions, count: number): Promise<Verdict> {
  const reading: Reading = { lenient: options.lenient ?? false }
  const profileOf = profileSource(reading)
  const between = messageInstanceBetween(count, options.lenient ?? false)
  return verifyIn(message, options, id => (id === between.id ? between : profileOf(id)))
}

/** A comparison as one line; undefined where the verdicts are the same. */
export function differenceText(comparison: RevisionComparison): string | undefined {
  const { rule, revisions } = comparison
  if (!rule) return undefined
  const verdicts = revisions.map(({ revision, verdict }) => `${revision}: ${verdictText(verdict)}`)
  return `${verdicts.join('; ')}; since ${rule.since}: ${rule.text}`
}
