/** The entries of the table of requests (requests.ts) that are about aliases. */
import * as targets from './alias-targets.ts'
import * as aliases from './aliases.ts'
import { change, question, type Table } from './entry.ts'
import { changeWithMail } from './planned.ts'

export const aliasEntries = {
  aliasesVersion: question(aliases.aliasesVersion),
  aliasChanges: question(aliases.aliasChanges),
  alias: question(aliases.alias),
  setAliases: change(aliases.setAliases),
  removeAliases: change(aliases.removeAliases),
  forgetRemovedAliases: change(aliases.forgetRemovedAliases),
  suspendedTargetsVersion: question(targets.suspendedTargetsVersion),
  suspendedTargets: question(targets.suspendedTargets),
  aliasTarget: question(targets.aliasTarget),
  aliasTargets: question(targets.aliasTargets),
  aliasTargetNews: question(targets.aliasTargetNews),
  targetProbesDue: question(targets.targetProbesDue),
  failedTargetCopies: question(targets.failedTargetCopies),
  targetDeliveries: question(targets.targetDeliveries),
  keepAliasTarget: change(targets.keepAliasTarget),
  forgetAliasTarget: change(targets.forgetAliasTarget),
  resumeAliasTargets: change(targets.resumeAliasTargets),
  forgetAliasTargetsBefore: change(targets.forgetAliasTargetsBefore),
  spoolTargetProbe: changeWithMail(targets.spoolTargetProbe),
} satisfies Partial<Table>
