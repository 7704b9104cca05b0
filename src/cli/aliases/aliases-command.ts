/** aliases: aliases of the database, changed beside a running relay, which notices within a second. */
import type { Command } from 'commander'
import type { Finish, Terminal } from '../terminal.ts'
import { addAdd, addRemove, addSet } from './change-aliases.ts'
import { addExport, addImport } from './import-aliases.ts'
import { addList } from './list-aliases.ts'
import { addResume, addShow } from './suspended-targets.ts'

/** Adds `aliases` with its subcommands. */
export function aliasesCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const aliases = program.command('aliases').description('aliases that do not stand in the configuration')
  const all = [addAdd, addSet, addRemove, addList, addShow, addResume, addImport, addExport]
  for (const add of all) add(aliases, terminal, finish)
}
