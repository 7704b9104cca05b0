/** The entries of the table of requests (requests.ts) that are about aliases. */
import * as aliases from './aliases.ts'
import { change, question, type Table } from './entry.ts'

export const aliasEntries = {
  aliasesVersion: question(aliases.aliasesVersion),
  aliasChanges: question(aliases.aliasChanges),
  alias: question(aliases.alias),
  setAliases: change(aliases.setAliases),
  removeAliases: change(aliases.removeAliases),
  forgetRemovedAliases: change(aliases.forgetRemovedAliases),
} satisfies Partial<Table>
