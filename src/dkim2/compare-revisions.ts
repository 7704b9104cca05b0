/** Verifying a message under several revisions of the draft, and telling which rules make the verdicts differ. */

import type { Message } from '../message/message.ts'
import { type Reading, type Revision, revisions } from './profile.ts'
import { profileSource } from './profiles/index.ts'
import { messageInstanceBetween } from './profiles/message-instance/profile.ts'
import { changesUntil, type RuleChange, ruleChanges } from './profiles/message-instance/rules.ts'
import { type Verdict, verdictText } from './verdict.ts'
import { type VerifyOptions, verifyIn } from './verify.ts'

export type { RuleChange } from './profiles/message-instance/rules.ts'

export interface RevisionComparison {
  /** In the order of the revisions. */
  readonly revisions: readonly { readonly revision: Revision; readonly verdict: Verdict }[]
  /** The first rule, in the order in which they changed, with which the verdict differs; absent: the verdicts are the same. */
  readonly rule?: RuleChange
  /** One for each revision whose verdict is not that of the one before it in the comparison. */
  readonly differences: readonly RevisionDifference[]
}

export interface RevisionDifference {
  readonly from: Revision
  readonly to: Revision
  /** Of the rules that changed between the two, the first with which the verdict differs from that of `from`. */
  readonly rule: RuleChange
}

/**
 * Verifies under each of the revisions. Where two that follow each other differ, the rules that changed between them are taken one
 * after another, and the first one with which the verdict is no more the older one is told.
 *
 * @param options `revision` is ignored
 * @param compared default: all
 */
export async function compareRevisions(
  message: Message,
  options: VerifyOptions,
  compared: readonly Revision[] = revisions,
): Promise<RevisionComparison> {
  const verdicts: { revision: Revision; verdict: Verdict }[] = []
  for (const revision of revisions.filter(name => compared.includes(name))) {
    verdicts.push({ revision, verdict: await verifyUnder(message, options, changesUntil(revision)) })
  }
  const differences: RevisionDifference[] = []
  for (const [index, newer] of verdicts.entries()) {
    const older = verdicts[index - 1]
    const rule = older && (await decidingRule(message, options, older, newer))
    if (rule) differences.push({ from: older.revision, to: newer.revision, rule })
  }
  const [first] = differences
  return { revisions: verdicts, ...(first ? { rule: first.rule } : {}), differences }
}

type Judged = RevisionComparison['revisions'][number]

/** Undefined where the two verdicts are the same. */
async function decidingRule(
  message: Message,
  options: VerifyOptions,
  older: Judged,
  newer: Judged,
): Promise<RuleChange | undefined> {
  if (verdictText(older.verdict) === verdictText(newer.verdict)) return undefined
  // Where the results differ it is they that count, otherwise the wording.
  const shown =
    older.verdict.state === newer.verdict.state ? verdictText : (verdict: Verdict) => verdict.state
  const last = changesUntil(newer.revision)
  for (let count = changesUntil(older.revision) + 1; count < last; count++) {
    const verdict = await verifyUnder(message, options, count)
    if (shown(verdict) !== shown(older.verdict)) return ruleChanges[count - 1]
  }
  return ruleChanges[last - 1]
}

/** With the first `count` of the changed rules. */
function verifyUnder(message: Message, options: VerifyOptions, count: number): Promise<Verdict> {
  const reading: Reading = { lenient: options.lenient ?? false }
  const profileOf = profileSource(reading)
  const between = messageInstanceBetween(count, options.lenient ?? false)
  return verifyIn(message, options, id => (id === between.id ? between : profileOf(id)))
}

/** A comparison as one line; undefined where the verdicts are the same. */
export function differenceText({ differences, revisions: judged }: RevisionComparison): string | undefined {
  if (differences.length === 0) return undefined
  const verdicts = judged.map(({ revision, verdict }) => `${revision}: ${verdictText(verdict)}`)
  const rules = differences.map(({ rule }) => ruleText(rule))
  return `${verdicts.join('; ')}; ${rules.join('; ')}`
}

/** `since 08 (14.6): what changed`. */
export function ruleText({ since, section, text }: RuleChange): string {
  return `since ${since} (section ${section}): ${text}`
}
