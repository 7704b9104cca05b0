/** users: accounts that submit mail (RFC 6409), changed in the store; a running relay knows at once. */
import type { Command } from 'commander'
import type { Finish, Terminal } from '../terminal.ts'
import { addClients } from './account-clients.ts'
import { addAdd, addPasswd, addRemove, addSet, addStates } from './change-account.ts'
import { addImport } from './import-accounts.ts'
import { addList, addShow } from './show-accounts.ts'

/** Adds `users` with its subcommands. */
export function usersCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const users = program.command('users').description('accounts that submit mail')
  const adders = [addAdd, addPasswd, addSet, addStates, addList, addShow, addClients, addImport, addRemove]
  for (const add of adders) add(users, terminal, finish)
}
