/** lists: mailing lists and their subscribers, changed in the store; a running relay notices within a second. */
import type { Command } from 'commander'
import type { Finish, Terminal } from '../terminal.ts'
import { addCreate, addDelete, addSet } from './change-list.ts'
import { addExport } from './export-subscribers.ts'
import { addHeldPosts } from './held-posts.ts'
import { addImport } from './import-subscribers.ts'
import { addPeopleCommands } from './people.ts'
import { addList, addShow } from './show-list.ts'

/** Adds `lists` with its subcommands. */
export function listsCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const lists = program.command('lists').description('mailing lists and their subscribers')
  const adders = [
    addCreate,
    addList,
    addShow,
    addSet,
    addPeopleCommands,
    addImport,
    addExport,
    addHeldPosts,
    addDelete,
  ]
  for (const add of adders) add(lists, terminal, finish)
}
