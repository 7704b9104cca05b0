/** users clients allow | forget: the installations that an account may sign in from, by the keys that `users show` prints. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { UsageError } from '../terminal.ts'

interface ClientsCommand {
  readonly name: 'allow' | 'forget'
  readonly description: string
  /** Participle of what was done. */
  readonly done: string
}

const commands: readonly ClientsCommand[] = [
  {
    name: 'allow',
    description: 'let an account that is bound to its clients sign in from these',
    done: 'allowed',
  },
  {
    name: 'forget',
    description: 'forget clients; an account that is bound signs in from them no more',
    done: 'forgotten',
  },
]

/** Adds `users clients`. */
export function addClients(users: Command, terminal: Terminal, finish: Finish): void {
  const clients = users.command('clients').description('clients that accounts sign in from (CLIENTID)')
  for (const { name: action, description, done } of commands) {
    withDesk(clients.command(action))
      .description(description)
      .argument('<name>')
      .argument('[client...]', 'as users show prints them')
      .option('--all', 'every client of the account')
      .action(async (name: string, keys: string[], options: DeskOptions & { readonly all?: true }) => {
        const { all } = options
        if ((all === true) === keys.length > 0)
          throw new UsageError(`users clients ${action}: expected clients or --all, one of them`)
        const { changed } = await useDesk(options, terminal, desk =>
          desk.ask('changeClients', { name, action, ...(all ? { all } : { clients: keys }) }),
        )
        const what = `${changed} ${changed === 1 ? 'client' : 'clients'}`
        terminal.out(`${printable(name)}: ${what} ${done}\n`)
        finish(changed > 0 ? 0 : 1)
      })
  }
}
