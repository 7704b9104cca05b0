/** aliases: aliases of the database, changed beside a running relay, which notices within a second. */
import type { Command } from 'commander'
import type { Finish, Terminal } from '../terminal.ts'
import { addAdd, addRemove, addSet } from './change-aliases.ts'
import { addExport, addImport } from './import-aliases.ts'
import { addList } from './list-aliases.ts'

/** Adds `aliases` with its subcommands. */
export function aliasesCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const aliases = program.command('aliases').description('aliases that do not stand in the configuration')
  for (const add of [addAdd, addSet, addRemove, addList, addImport, addExport]) add(aliases, terminal, finish)
}
