/** users clients allow | forget: the installations that an account may sign in from, by the keys that `users show` prints. */
import type { Command } from 'commander'
import { isClientKey } from '../../accounts/client-id.ts'
import { printable } from '../../message/printable.ts'
import type { StoredAccount } from '../../store/account-records.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption } from '../options.ts'
import { withConfig } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { UsageError } from '../terminal.ts'
import { findAccount } from './account-arguments.ts'

interface ClientsCommand {
  readonly name: string
  readonly description: string
  /** Participle of what was done. */
  readonly done: string
  change(store: Store, account: StoredAccount, keys: readonly string[], now: number): Promise<number>
}

const commands: readonly ClientsCommand[] = [
  {
    name: 'allow',
    description: 'let an account that is bound to its clients sign in from these',
    done: 'allowed',
    change: (store, { id }, keys, now) => store.allowClients(id, keys, now),
  },
  {
    name: 'forget',
    description: 'forget clients; an account that is bound signs in from them no more',
    done: 'forgotten',
    change: (store, { id }, keys) => store.forgetClients(id, keys),
  },
]

/** Adds `users clients`. */
export function addClients(users: Command, terminal: Terminal, finish: Finish): void {
  const clients = users.command('clients').description('clients that accounts sign in from (CLIENTID)')
  for (const command of commands) {
    withConfig(clients.command(command.name))
      .description(command.description)
      .argument('<name>')
      .argument('[client...]', 'as users show prints them')
      .option('--all', 'every client of the account')
      .action(async (name: string, keys: string[], options: ConfigOption & { readonly all?: true }) => {
        refuseWrong(command, keys, options.all === true)
        const changed = await withStore(options.config, 'change', async store => {
          const account = await findAccount(store, name)
          const known = async () => (await store.accountClients(account.id)).map(one => one.clientKey)
          return command.change(store, account, options.all ? await known() : keys, terminal.clock())
        })
        const what = `${changed} ${changed === 1 ? 'client' : 'clients'}`
        terminal.out(`${printable(name)}: ${what} ${command.done}\n`)
        finish(changed > 0 ? 0 : 1)
      })
  }
}

function refuseWrong({ name }: ClientsCommand, keys: readonly string[], all: boolean): void {
  if (all === keys.length > 0)
    throw new UsageError(`users clients ${name}: expected clients or --all, one of them`)
  const wrong = keys.find(key => !isClientKey(key))
  if (wrong !== undefined)
    throw new UsageError(
      `${printable(wrong)}: expected a client such as 0f1e2d3c4b5a6978, as users show prints it`,
    )
}
